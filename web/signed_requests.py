"""Requests that another program signs under a secret that both sides have, as our own requests to providers are signed (docs/providers.md). Pure.

`Heyi-Signature`: HMAC-SHA256 (RFC 2104), in hexadecimal, over five lines: the method, the path with its query, `Heyi-Time`, `Idempotency-Key`, and the
SHA-256 of the body in hexadecimal. There is no nonce: what is sent again within the five minutes is answered alike and does nothing more.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from cases.errors import NotSigned

TOLERANCE = 300
"""Seconds between the two clocks."""
KEY_LIMIT = 64


def signature_of(method: str, path: str, at: str, key: str, body: bytes, secret: bytes) -> str:
    return signature_over(method, path, at, key, hashlib.sha256(body).hexdigest(), secret)


def signature_over(method: str, path: str, at: str, key: str, digest: str, secret: bytes) -> str:
    """`digest`: SHA-256 of the body, in hexadecimal."""
    return hmac.new(secret, "\n".join([method, path, at, key, digest]).encode(), "sha256").hexdigest()


def demand_signed(method: str, path: str, headers: Mapping[str, str], digest: str, secret: bytes, wall: float) -> None:
    """Raises `NotSigned`. `digest`: SHA-256 of the body, in hexadecimal; `wall`: seconds since 1970. An unknown sender is to be asked with a secret of nobody's, so that its answer takes as long."""
    at, key = headers.get("Heyi-Time", ""), headers.get("Idempotency-Key", "")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        raise NotSigned("not_signed", "The header Heyi-Time has the seconds since 1970", field="Heyi-Time")
    given = headers.get("Heyi-Signature", "").strip().lower()
    if len(key) > KEY_LIMIT or not hmac.compare_digest(given.encode(), signature_over(method, path, at, key, digest, secret).encode()):
        raise NotSigned("not_signed", "The system is not known here, or the signature is not one of this request under its secret")
    if (off := int(at) - int(wall)) and abs(off) > TOLERANCE:
        raise NotSigned("clock_off", f"The two clocks differ by {abs(off)} seconds, more than five minutes", seconds_off=off)
