"""Whose address counts: nobody can choose his own by writing a header."""

from __future__ import annotations

import pytest

from realtime.address import client_address, trusted_networks

PROXIES = trusted_networks("10.0.0.0/8, 2001:db8::1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),  # a stranger's header is not believed
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),  # the client wrote the first, the proxy the second
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),  # two proxies
        ("10.0.0.1", ["1.2.3.4", "198.51.100.1"], "198.51.100.1"),  # two headers are one list
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("2001:db8::1", ["2001:db8::7"], "2001:db8::/64"),
        ("203.0.113.5", [], "203.0.113.5"),
        ("::ffff:203.0.113.5", [], "203.0.113.5"),
        ("fe80::1%eth0", [], "fe80::/64"),
        ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
    ],
)
def test_the_address_is_that_of_the_first_who_is_not_trusted(peer: str, forwarded: list[str], address: str) -> None:
    assert client_address((peer, 1), forwarded, PROXIES) == address


def test_a_socket_without_a_name() -> None:
    assert client_address(None, ["198.51.100.1"], PROXIES) == ""


def test_what_is_no_address_is_named() -> None:
    assert trusted_networks("") == ()
    assert client_address(("203.0.113.5", 1), ["198.51.100.1"], trusted_networks("*")) == "198.51.100.1"
    with pytest.raises(ValueError, match=r"proxy\.example"):
        trusted_networks("10.0.0.1, proxy.example")
