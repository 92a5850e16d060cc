"""STUN binding messages for an ICE-lite agent (RFC 8489, RFC 8445 section 7).

Pure: datagrams in, values or datagrams out. Only what ICE needs is understood: binding requests and responses with USERNAME,
USE-CANDIDATE, XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY (HMAC-SHA1) and FINGERPRINT. Attributes after MESSAGE-INTEGRITY are not
authenticated and therefore not read (RFC 8489 section 9).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from signaling.errors import StunError

MAX_MESSAGE = 1024
"""Bytes. Checks of browsers are 80 to 140 bytes long."""

_COOKIE = 0x2112A442
_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_REQUEST, _RESPONSE = 0x0001, 0x0101
_USERNAME, _INTEGRITY, _MAPPED, _PRIORITY, _USE_CANDIDATE = 0x0006, 0x0008, 0x0020, 0x0024, 0x0025
_FINGERPRINT, _CONTROLLING = 0x8028, 0x802A
_INTEGRITY_BYTES, _FINGERPRINT_BYTES = 24, 8


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """A connectivity check. `receiver` is the user fragment of the agent it is meant for, `sender` that of its author."""

    transaction_id: bytes
    receiver: str
    sender: str
    nominates: bool
    signed: bytes
    """The bytes that MESSAGE-INTEGRITY covers, with the length field as it was when signed."""
    signature: bytes

    def authentic(self, password: str) -> bool:
        """Whether the check was made by somebody who knows the receiver's password."""
        return hmac.compare_digest(hmac.digest(password.encode(), self.signed, hashlib.sha1), self.signature)


def parse_request(data: bytes) -> BindingRequest:
    """Read a binding request. Raises `StunError` when it is malformed, unsigned, too long, or its fingerprint is wrong."""
    transaction_id = _check_header(data, _REQUEST)
    username: bytes | None = None
    nominates = False
    for kind, start, value in _attributes(data):
        if kind == _USERNAME:
            username = value
        elif kind == _USE_CANDIDATE:
            nominates = True
        elif kind == _INTEGRITY:
            if username is None:
                raise StunError("a check without a user name")
            receiver, colon, sender = username.decode("ascii", "replace").partition(":")
            if not colon:
                raise StunError("a user name without a colon")
            return BindingRequest(transaction_id, receiver, sender, nominates, _signed_part(data, start, value), value)
    raise StunError("a check without message integrity")


def parse_response(data: bytes, password: str) -> tuple[bytes, tuple[str, int]]:
    """Read a success response signed with `password`; return its transaction id and the address the responder saw."""
    transaction_id = _check_header(data, _RESPONSE)
    mapped: tuple[str, int] | None = None
    for kind, start, value in _attributes(data):
        if kind == _MAPPED:
            mapped = _unmask(value, transaction_id)
        elif kind == _INTEGRITY:
            if not hmac.compare_digest(hmac.digest(password.encode(), _signed_part(data, start, value), hashlib.sha1), value):
                raise StunError("a response with a wrong signature")
            if mapped is None:
                raise StunError("a response without a mapped address")
            return transaction_id, mapped
    raise StunError("a response without message integrity")


def build_response(transaction_id: bytes, address: tuple[str, int], password: str) -> bytes:
    """The answer to a check that came from `address`."""
    return _sealed(_RESPONSE, transaction_id, _attribute(_MAPPED, _mask(address, transaction_id)), password)


def build_request(
    transaction_id: bytes, receiver: str, sender: str, password: str, *, nominates: bool, priority: int = 1_853_693_695, tie: int = 1
) -> bytes:
    """A check by a controlling agent, as a browser sends it to an ICE-lite server. `password` is the receiver's."""
    body = _attribute(_USERNAME, f"{receiver}:{sender}".encode("ascii"))
    body += _attribute(_PRIORITY, struct.pack("!I", priority)) + _attribute(_CONTROLLING, struct.pack("!Q", tie))
    if nominates:
        body += _attribute(_USE_CANDIDATE, b"")
    return _sealed(_REQUEST, transaction_id, body, password)


def _check_header(data: bytes, expected: int) -> bytes:
    if not 20 <= len(data) <= MAX_MESSAGE:
        raise StunError(f"a message of {len(data)} bytes")
    kind, length, cookie, transaction_id = _HEADER.unpack_from(data)
    if cookie != _COOKIE or length != len(data) - 20 or length % 4:
        raise StunError("a header that does not fit its message")
    if kind != expected:
        raise StunError(f"a message of type {kind:#06x}")
    if data[-8:-4] == _ATTRIBUTE.pack(_FINGERPRINT, 4) and int.from_bytes(data[-4:], "big") != _crc(data[:-8]):
        raise StunError("a wrong fingerprint")
    return bytes(transaction_id)


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(type, offset of the attribute, value), as long as they fit."""
    position = 20
    while position < len(data):
        kind, length = _ATTRIBUTE.unpack_from(data, position)
        end = position + 4 + length
        if end > len(data):
            raise StunError("an attribute longer than its message")
        yield kind, position, data[position + 4 : end]
        position = end + (-length % 4)


def _signed_part(data: bytes, start: int, signature: bytes) -> bytes:
    if len(signature) != 20:
        raise StunError("a signature of a wrong length")
    return data[:2] + struct.pack("!H", start - 20 + _INTEGRITY_BYTES) + data[4:start]


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _sealed(kind: int, transaction_id: bytes, body: bytes, password: str) -> bytes:
    signed = _HEADER.pack(kind, len(body) + _INTEGRITY_BYTES, _COOKIE, transaction_id) + body
    body += _attribute(_INTEGRITY, hmac.digest(password.encode(), signed, hashlib.sha1))
    counted = _HEADER.pack(kind, len(body) + _FINGERPRINT_BYTES, _COOKIE, transaction_id) + body
    return counted + _attribute(_FINGERPRINT, struct.pack("!I", _crc(counted)))


def _crc(data: bytes) -> int:
    return zlib.crc32(data) ^ 0x5354554E


def _pad(transaction_id: bytes) -> bytes:
    return struct.pack("!I", _COOKIE) + transaction_id


def _xor(value: bytes, pad: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(value, pad, strict=False))


def _mask(address: tuple[str, int], transaction_id: bytes) -> bytes:
    ip = ipaddress.ip_address(address[0].partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    port = address[1] ^ (_COOKIE >> 16)
    return struct.pack("!BBH", 0, 1 if ip.version == 4 else 2, port) + _xor(ip.packed, _pad(transaction_id))


def _unmask(value: bytes, transaction_id: bytes) -> tuple[str, int]:
    if len(value) not in (8, 20):
        raise StunError("a mapped address of a wrong length")
    ip = ipaddress.ip_address(_xor(value[4:], _pad(transaction_id)))
    return str(ip), int.from_bytes(value[2:4], "big") ^ (_COOKIE >> 16)
