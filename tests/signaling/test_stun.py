from __future__ import annotations

import pytest
from aioice import stun as aioice_stun
from hypothesis import given
from hypothesis import strategies as st

from signaling import stun
from signaling.errors import StunError

ID = bytes(range(12))
ADDRESSES = st.tuples(
    st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6).filter(lambda ip: ip.ipv4_mapped is None)).map(str), st.integers(1, 65535)
)


@given(address=ADDRESSES, transaction=st.binary(min_size=12, max_size=12))
def test_a_response_tells_the_address(address: tuple[str, int], transaction: bytes) -> None:
    assert stun.parse_response(stun.build_response(transaction, address, "secret"), "secret") == (transaction, address)


@given(address=ADDRESSES)
def test_another_implementation_reads_our_responses(address: tuple[str, int]) -> None:
    message = aioice_stun.parse_message(stun.build_response(ID, address, "secret"))
    assert message.check_message_integrity(b"secret")
    assert message.attributes["XOR-MAPPED-ADDRESS"] == address


def test_we_read_another_implementations_requests() -> None:
    message = aioice_stun.Message(aioice_stun.Method.BINDING, aioice_stun.Class.REQUEST, ID)
    message.attributes.update({"USERNAME": "ours:theirs", "PRIORITY": 5, "USE-CANDIDATE": None})
    message.add_message_integrity(b"secret")
    request = stun.parse_request(bytes(message))
    assert (request.receiver, request.sender, request.nominates) == ("ours", "theirs", True)
    assert request.authentic("secret") and not request.authentic("Secret")


def test_what_follows_the_signature_is_not_read() -> None:
    plain = stun.build_request(ID, "a", "b", "secret", nominates=False)
    forged = bytearray(plain[:-8] + b"\x00\x25\x00\x00")
    forged[2:4] = (len(forged) - 20).to_bytes(2, "big")
    assert not stun.parse_request(bytes(forged)).nominates


def test_ipv4_mapped_addresses_are_told_as_ipv4() -> None:
    assert stun.parse_response(stun.build_response(ID, ("::ffff:192.0.2.7", 9), "s"), "s")[1] == ("192.0.2.7", 9)


@given(st.binary(max_size=200))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(StunError):
        stun.parse_request(data)


WHOLE = stun.build_request(ID, "ours", "theirs", "secret", nominates=True)


@given(place=st.integers(4, len(WHOLE) - 9), bit=st.integers(0, 7))
def test_damaged_requests_are_refused_or_not_authentic(place: int, bit: int) -> None:
    damaged = bytearray(WHOLE[:-8])
    damaged[2:4] = (len(damaged) - 20).to_bytes(2, "big")
    assert stun.parse_request(bytes(damaged)).authentic("secret")
    damaged[place] ^= 1 << bit
    try:
        request = stun.parse_request(bytes(damaged))
    except StunError:
        return
    assert not request.authentic("secret")


def test_a_message_too_long_is_refused() -> None:
    with pytest.raises(StunError, match="1025 bytes"):
        stun.parse_request(bytes(1025))
