"""Single fields of a row, and small files, at rest: sealed with AES-256-GCM under a key that is derived (HKDF, RFC 5869) from the installation's."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


def derived(key: bytes, purpose: bytes) -> bytes:
    """32 bytes."""
    return HKDF(SHA256(), 32, None, purpose).derive(key)


def sealed(key: bytes, what: bytes, text: str) -> bytes:
    """`what` the field is, and of whom: a value that was moved elsewhere does not open there."""
    return sealed_bytes(key, what, text.encode())


def opened(key: bytes, what: bytes, closed: bytes) -> str:
    """Raises `cryptography.exceptions.InvalidTag`."""
    return opened_bytes(key, what, closed).decode()


def sealed_bytes(key: bytes, what: bytes, data: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, what)


def opened_bytes(key: bytes, what: bytes, closed: bytes) -> bytes:
    """Raises `cryptography.exceptions.InvalidTag`."""
    return AESGCM(key).decrypt(bytes(closed[:NONCE]), bytes(closed[NONCE:]), what)
