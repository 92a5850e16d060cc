"""Where an account is signed in: told to whoever has the account, ended one by one or all the others at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.clock import rfc3339
from cases.errors import NotFound
from cases.ports import Clock
from cases.vocabulary import Act, Role
from storage.audit import Someone, note
from storage.database import reads
from storage.models.doors import Link, Login
from storage.models.people import Account
from storage.models.residents import Resident
from storage.writer import Writer

STAFF_HOURS = 12
RESIDENT_DAYS = 30
LASTS = {"account": timedelta(hours=STAFF_HOURS), "resident": timedelta(days=RESIDENT_DAYS)}
"""How long a sign-in lasts, of an account of staff and of a resident's."""
SHOWN = 50
"""Sign-ins that are listed, the newest first."""
AT_ONCE = 500
ACCOUNT_LINKS = ("account", "once")
"""Kinds of links that let an account in."""


class SignIn(msgspec.Struct):
    """One row of the list. `since` and `seen` in RFC 3339; `seen` is right to a minute; `here`: the one that asks."""

    id: str
    browser: str
    address: str
    since: str
    seen: str
    here: bool


class SignInStore:
    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock = writer, clock
        self._seen: set[str] = set()

    def saw(self, login: str) -> None:
        """Somebody asked for something by this sign-in; written down at the next `note`."""
        self._seen.add(login)

    async def note(self, connected: list[str]) -> None:
        """Write down who has been here since the last time, and who is connected now."""
        seen, self._seen = sorted(self._seen.union(connected)), set()
        for start in range(0, len(seen), AT_ONCE):
            part = seen[start : start + AT_ONCE]

            async def job(db: BaseDBAsyncClient, part: list[str] = part) -> None:
                await Login.filter(id__in=part, kind__in=list(LASTS)).using_db(db).update(seen_at=self._clock.now())

            await self._writer.run(job, _nothing)

    async def of(self, account: str, here: str, kind: str = "account") -> list[SignIn]:
        open_now = Login.filter(kind=kind, account=account, ended_at=None, expires_at__gt=self._clock.now())
        rows = await open_now.using_db(reads()).order_by("-expires_at", "id").limit(SHOWN)
        return [_shown(row, here) for row in rows]

    async def end(self, account: str, login: str, kind: str = "account") -> list[str]:
        """Ends one, and returns it with what was opened from it. Raises `NotFound` when the account has no such sign-in, or has it no longer."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            now = self._clock.now()
            mine = Login.filter(id=login, kind=kind, account=account, ended_at=None)
            if not await mine.using_db(db).update(ended_at=now, ended_why="ended"):
                return []
            await note(db, now, Act.SIGN_INS_ENDED, await owner_of(db, account, kind), detail="1")
            return [login, *await end_within(db, [login], now, "ended")]

        ended = await self._writer.run(job, _nothing)
        if not ended:
            raise NotFound("no_sign_in", "There is no such sign-in; it may have ended already")
        return ended

    async def end_others(self, account: str, here: str, kind: str = "account") -> list[str]:
        """Ends all sign-ins but `here`, and returns them with what was opened from them. Links that let the account in end with them where it has a password: whoever has
        one would come back by it."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            owner, now = await owner_of(db, account, kind), self._clock.now()
            if isinstance(owner, Account) and owner.password_hash:
                await revoke_links(db, account, now)
            ended = await end_all(db, account, now, "ended", but=here, kind=kind)
            await note(db, now, Act.SIGN_INS_ENDED, owner, detail=str(len(ended)))
            return [*ended, *await end_within(db, ended, now, "ended")]

        return await self._writer.run(job, _nothing)


async def owner_of(db: BaseDBAsyncClient, account: str, kind: str) -> Account | Someone:
    """Whose sign-in it is, for the log."""
    if kind == "account":
        return await Account.get(id=account, using_db=db)
    row = await Resident.filter(id=account).using_db(db).first()
    return Someone(account, str(Role.RESIDENT), row.region if row is not None else "")  # the account may be gone by now


async def end_all(db: BaseDBAsyncClient, account: str, now: datetime, why: str, but: str = "", kind: str = "account") -> list[str]:
    """End all sign-ins of an account, or all but one, in a transaction; returns them."""
    there = Login.filter(kind=kind, account=account, ended_at=None).exclude(id=but)
    ended = [str(key) for key in await there.using_db(db).values_list("id", flat=True)]
    await there.using_db(db).update(ended_at=now, ended_why=why)
    return ended


async def end_within(db: BaseDBAsyncClient, logins: list[str], now: datetime, why: str) -> list[str]:
    """End what a resident opened from these sign-ins: the own cases. Returns them."""
    opened = Login.filter(kind="reporter", link__in=logins, ended_at=None)
    ended = [str(key) for key in await opened.using_db(db).values_list("id", flat=True)] if logins else []
    if ended:
        await opened.using_db(db).update(ended_at=now, ended_why=why)
    return ended


async def revoke_links(db: BaseDBAsyncClient, account: str, now: datetime) -> None:
    await Link.filter(kind__in=ACCOUNT_LINKS, account=account, revoked_at=None).using_db(db).update(revoked_at=now)


def _shown(row: Login, here: str) -> SignIn:
    since = row.expires_at - LASTS[row.kind]
    return SignIn(row.id, row.browser, row.address, rfc3339(since), rfc3339(row.seen_at or since), row.id == here)


def _nothing(_: object) -> None:
    return None
