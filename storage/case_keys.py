"""What the database has of a case, at rest: sealed with AES-256-GCM under a random key of that case, which is sealed in turn by one that is derived (HKDF, RFC 5869) from the installation's.

Whoever has the database alone, or a copy of it, reads there the course of a case and by which words it is found; the case itself, its room, its agreement, its draft and what its ledger tells are
sealed, and telephones and identity numbers are found by a keyed hash (a blind index); so are telephones and addresses of accounts. Once a case's key is destroyed, nobody reads what was sealed under it, in no copy of the key's row that is
left; the chain of its ledger, which is made of hashes, holds all the same.

The keys of an installation hold for as long as its database is open in this process (`use`, `forget`), as the database itself does.
"""

from __future__ import annotations

import functools
import hmac
import os
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.sealing import NONCE, derived

REMEMBERED = 4096
"""Keys of cases that stay opened in memory."""


class Destroyed(Exception):
    """What was sealed under a key that is no more."""


class Unreadable(Exception):
    """What was sealed was altered, or belongs to another installation."""


class CaseKey:
    """One, opened. `wrapped`: as it is kept. `generation` counts the keys that a case has had: what an earlier one sealed is gone."""

    def __init__(self, case: str, wrapped: str, generation: int, key: bytes) -> None:
        self.wrapped, self.generation = wrapped, generation
        self._case, self._cipher = case, AESGCM(key)

    def seal(self, what: str, text: str) -> str:
        """`what` it is: what was moved elsewhere does not open there."""
        return f"{self.generation}:{b2a_base64(self.seal_bytes(what, text.encode()), newline=False).decode()}"

    def open(self, what: str, closed: str) -> str:
        """Raises `Destroyed`, `Unreadable`."""
        generation, _, data = closed.partition(":")
        if generation.isdecimal() and int(generation) < self.generation:
            raise Destroyed(what)
        try:
            return self.open_bytes(what, a2b_base64(data, strict_mode=True)).decode()
        except ValueError as error:
            raise Unreadable(what) from error

    def seal_bytes(self, what: str, data: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, data, self._bound(what))

    def open_bytes(self, what: str, closed: bytes) -> bytes:
        """Raises `Unreadable`."""
        try:
            return self._cipher.decrypt(closed[:NONCE], closed[NONCE:], self._bound(what))
        except (InvalidTag, ValueError) as error:
            raise Unreadable(what) from error

    def _bound(self, what: str) -> bytes:
        return f"{self._case}/{what}".encode()


class CaseKeys:
    def __init__(self, installation: bytes) -> None:
        self._wrapping = AESGCM(derived(installation, b"heyi.case.key.v1"))
        self._index_key = derived(installation, b"heyi.case.index.v1")
        self._events = AESGCM(derived(installation, b"heyi.stream.event.v1"))
        self._contacts = AESGCM(derived(installation, b"heyi.account.contact.v1"))
        self._opened = functools.lru_cache(REMEMBERED)(self._open)

    def fresh(self, case: str, generation: int = 1) -> CaseKey:
        nonce, key = os.urandom(NONCE), os.urandom(32)
        wrapped = f"{generation}:{b2a_base64(nonce + self._wrapping.encrypt(nonce, key, f'{generation}/{case}'.encode()), newline=False).decode()}"
        return CaseKey(case, wrapped, generation, key)

    def of(self, case: str, wrapped: str) -> CaseKey:
        """Raises `Unreadable`: altered, or of another installation."""
        return self._opened(case, wrapped)

    def _open(self, case: str, wrapped: str) -> CaseKey:
        generation, _, closed = wrapped.partition(":")
        try:
            data = a2b_base64(closed, strict_mode=True)
            key = self._wrapping.decrypt(data[:NONCE], data[NONCE:], f"{generation}/{case}".encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable("key") from error
        return CaseKey(case, wrapped, int(generation), key)

    def forget_opened(self) -> None:
        """After one was destroyed: it stays in no memory either."""
        self._opened.cache_clear()

    def seal_event(self, stream: str, seq: int, patch: str) -> str:
        """Of a stream, which may be of many cases: it is kept for as long as somebody may resume by it."""
        return _sealed(self._events, f"{stream}/{seq}", patch)

    def open_event(self, stream: str, seq: int, closed: str) -> str:
        """Raises `Unreadable`."""
        return _opened(self._events, f"{stream}/{seq}", closed)

    def seal_contact(self, account: str, text: str) -> str:
        return _sealed(self._contacts, account, text)

    def open_contact(self, account: str, closed: str) -> str:
        """Raises `Unreadable`."""
        return _opened(self._contacts, account, closed)

    def index_word(self, kind: str, value: str) -> str:
        """By which a telephone or an identity number is found: one word, whatever it is made of."""
        return f"_{kind}{hmac.digest(self._index_key, f'{kind}/{value}'.encode(), 'sha256').hex()[:32]}"


def _sealed(cipher: AESGCM, bound: str, text: str) -> str:
    nonce = os.urandom(NONCE)
    return b2a_base64(nonce + cipher.encrypt(nonce, text.encode(), bound.encode()), newline=False).decode()


def _opened(cipher: AESGCM, bound: str, closed: str) -> str:
    try:
        data = a2b_base64(closed, strict_mode=True)
        return cipher.decrypt(data[:NONCE], data[NONCE:], bound.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise Unreadable(bound) from error


_used: list[CaseKeys] = []


def use(installation: bytes) -> None:
    _used[:] = [CaseKeys(installation)]


def forget() -> None:
    _used.clear()


def keys() -> CaseKeys:
    """Of the database that is open. A programming error where it was opened without them: nothing of a case is read or written then."""
    if not _used:
        raise RuntimeError("the database was opened without the installation's key: cases are sealed")
    return _used[0]


def blind_words(phones: Iterable[str], numbers: Iterable[str]) -> list[str]:
    """By which a case is found by telephones and identity numbers of its parties."""
    found = [*(phone_word(phone) for phone in phones if phone), *(number_word(number) for number in numbers if number)]
    return list(dict.fromkeys(found))


def phone_word(phone: str) -> str:
    return keys().index_word("p", phone)


def number_word(number: str) -> str:
    return keys().index_word("n", number.upper())
