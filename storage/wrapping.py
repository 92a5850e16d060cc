"""Keys that wrap the keys of recordings: the port, the key file, and the ring that finds the one by which a row was wrapped.

A wrapped key is nonce (12) AES-256-GCM( key, AAD = session ) with its tag of 16 bytes, whichever key wraps it: NIST SP 800-38D. A row that was
moved to another session therefore does not open. `storage/pkcs11_token.py` has the second implementation.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
TAG = 16
FILE = "file"
"""What rows say that the key file wrapped."""


class WrappingError(Exception):
    """Root of what can be wrong with a key that wraps others. The sentence says what, and what to do.

    WrappingError
    ├── KeyAway       the token does not answer at the moment
    ├── PinRefused    the token does not take the PIN; it is not tried again, since tokens lock themselves
    ├── KeyUnknown    there is no such key here
    └── NotOpened     what was wrapped does not open: altered, or of another session
    """


class KeyAway(WrappingError):
    """See `WrappingError`."""


class PinRefused(WrappingError):
    """See `WrappingError`."""


class KeyUnknown(WrappingError):
    """See `WrappingError`."""


class NotOpened(WrappingError):
    """See `WrappingError`."""


class WrappingKey(Protocol):
    """One key of AES-256. Both calls raise `WrappingError`."""

    @property
    def name(self) -> str:
        """What rows say that were wrapped by it: `file`, or `pkcs11:` and the key's CKA_ID in hex; at most 140 characters."""
        ...

    async def wrap(self, key: bytes, session: str) -> bytes: ...

    async def unwrap(self, wrapped: bytes, session: str) -> bytes: ...


class FileKey:
    """The installation's key as it lies in the data folder, 32 bytes."""

    name = FILE

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    async def wrap(self, key: bytes, session: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, key, session.encode())

    async def unwrap(self, wrapped: bytes, session: str) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], session.encode())
        except (InvalidTag, ValueError):
            raise NotOpened(f"The key of session {session} does not open with keys/recordings of this data folder") from None


class Keyring:
    """`present` wraps what is new; `find` gives the key of a name, and raises `KeyUnknown`. `problem` tells of the token, empty while it answers."""

    def __init__(self, present: WrappingKey, find: Callable[[str], WrappingKey], problem: Callable[[], str] = lambda: "") -> None:
        self.present, self._find, self.problem = present, find, problem

    @classmethod
    def of_file(cls, key: FileKey) -> Keyring:
        return cls(key, lambda name: _only(key, name))

    async def wrap(self, key: bytes, session: str) -> bytes:
        return await self.present.wrap(key, session)

    async def unwrap(self, wrapped: bytes, by: str, session: str) -> bytes:
        return await self._find(by).unwrap(wrapped, session)


def _only(key: FileKey, name: str) -> WrappingKey:
    if name != key.name:
        raise KeyUnknown(f"wrapped by {name}, a key in a PKCS#11 token: set HEYI_PKCS11_MODULE and what belongs to it")
    return key
