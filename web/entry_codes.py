"""Entry codes (入场码): eight digits that lead to a seat as its link does, for who has no message to tap on. Typed together with the number of the case.

A code lives and dies with its link. It is kept as an HMAC, bound to its case. Every wrong guess counts against all codes of the case that are in force, and
after `TRIES` of them none is: whoever guesses finds one of `n` codes with a chance of `n * TRIES / 10^8`, however many addresses and days there are. The link itself
goes on working; a new one has a new code. What is wrong, number or code, or whether there is any, nobody is told.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime
from typing import NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import F
from tortoise.queryset import QuerySet

from storage.models.doors import Link

DIGITS, TRIES = 8, 20


class Tried(NamedTuple):
    """What a code led to. `spent`: by this wrong guess some that were in force are so no more."""

    link: Link | None
    spent: bool = False


class EntryCodes:
    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"heyi.entry.v1", hashlib.sha256)

    def hash_of(self, case_id: str, code: str) -> str:
        return hmac.new(self._key, f"{case_id}/{code}".encode(), hashlib.sha256).hexdigest()

    async def make(self, db: BaseDBAsyncClient, case_id: str, now: datetime) -> tuple[str, str]:
        """(code, hash) of a code that no other seat of this case has."""
        there = set(await _in_force(db, case_id, now).values_list("code_hash", flat=True))
        while (made := self.hash_of(case_id, code := f"{secrets.randbelow(10**DIGITS):0{DIGITS}}")) in there:
            pass
        return code, made

    async def find(self, db: BaseDBAsyncClient, case_id: str, code: str, now: datetime) -> Tried:
        """The link of this code, under the locks of all that it might have been; a wrong one is counted in the same transaction."""
        given, found, spent = self.hash_of(case_id, code), None, False
        for link in await _in_force(db, case_id, now).select_for_update():
            spent = spent or link.code_tries == TRIES - 1
            if hmac.compare_digest(link.code_hash, given):
                found = link
        if found is not None:
            return Tried(found)
        await _in_force(db, case_id, now).update(code_tries=F("code_tries") + 1)
        return Tried(None, spent)


def _in_force(db: BaseDBAsyncClient, case_id: str, now: datetime) -> QuerySet[Link]:
    there = Link.filter(case_id=case_id, kind="seat", revoked_at=None, expires_at__gt=now, code_tries__lt=TRIES)
    return there.exclude(code_hash="").using_db(db).order_by("id")


def digits_of(text: str) -> str:
    """As somebody types them: with spaces, in full width."""
    return "".join(str(int(c)) for c in text[:40] if c.isdecimal())


def number_of(text: str) -> str:
    """The public code of a case as somebody types it: HY-7K3M-92QF, hy7k3m92qf, 7K3M 92QF, in full width."""
    plain = unicodedata.normalize("NFKC", text[:40]).upper()
    letters = "".join(c for c in plain if c.isascii() and c.isalnum()).removeprefix("HY")
    return f"HY-{letters[:4]}-{letters[4:8]}" if len(letters) == 8 else ""
