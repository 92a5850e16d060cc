"""Two words and half an address: enough to know one's own sign-in by, too little to find anybody."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.came import browser_of, came_from, mask_address

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (CHROME, "Chrome, Windows"),
        (CHROME + " Edg/141.0.0.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 14; V2) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0", "WeChat, Android"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_browsers(told: str, shown: str) -> None:
    assert browser_of(told) == shown


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("203.0.113.77", "203.0.113.*"),
        ("::ffff:203.0.113.77", "203.0.113.*"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:*"),
        ("::1", "0:0:0:*"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_addresses(host: str, shown: str) -> None:
    assert mask_address(host) == shown


@given(st.ip_addresses(), st.text(max_size=300))
def test_it_fits_its_columns_and_never_tells_the_whole_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address, agent: str) -> None:
    came = came_from(str(address), agent)
    assert len(came.address) <= 45 and len(came.browser) <= 40
    assert came.address.endswith("*") and str(address) not in came.address
