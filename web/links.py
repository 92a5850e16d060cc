"""Links: who may make one, what it leads to, until when it holds, and how it ends.

A link's token is signed, expires, and can be revoked. It stands in the fragment of the address, so that no log and no Referer sees it. A seat has one link in force,
and so has a party's own page: a new one ends the one before.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from cases.actor import Actor
from cases.errors import NotAllowed
from cases.ports import Clock
from cases.vocabulary import Act
from storage.audit import note, note_region
from storage.database import reads
from storage.models.doors import Link, Login
from storage.models.people import Account
from storage.writer import Writer
from web.entry_codes import EntryCodes, Tried, digits_of

FEED, FEED_DAYS = "feed", 365
"""Links that a calendar reads by; they let nobody in."""
WALL, WALL_DAYS = "wall", 365
"""Links by which a screen shows the wall of a region."""
PAGE = "party"
"""Links to a party's own page, and the sessions that they open."""


class Links:
    def __init__(self, writer: Writer, clock: Clock, key: bytes) -> None:
        self._writer, self._clock = writer, clock
        self._entry_codes = EntryCodes(key)
        self._signer = URLSafeSerializer(key, salt="heyi.link.v1")

    async def issue(self, kind: str, lifetime: timedelta, **where: str) -> str:
        """Make a link of kind seat, account, once (an account's, for one use) or wall; return its token. An older link to the same seat is revoked."""

        async def job(db: BaseDBAsyncClient) -> str:
            return await self._make(db, kind, lifetime, **where)

        return str(self._signer.dumps(await self._writer.run(job, _nothing)))

    async def issue_with_code(self, lifetime: timedelta, case_id: str, session_id: str, seat: str) -> tuple[str, str]:
        """The token of a link to a seat, and an entry code that stands for it."""

        async def job(db: BaseDBAsyncClient) -> tuple[str, str]:
            code, code_hash = await self._entry_codes.make(db, case_id, self._clock.now())
            where = {"case_id": case_id, "session_id": session_id, "seat": seat}
            return await self._make(db, "seat", lifetime, code_hash=code_hash, **where), code

        link, code = await self._writer.run(job, _nothing)
        return str(self._signer.dumps(link)), code

    async def _make(self, db: BaseDBAsyncClient, kind: str, lifetime: timedelta, **columns: str) -> str:
        now = self._clock.now()
        if kind == "seat":
            older = Link.filter(session_id=columns["session_id"], seat=columns["seat"], revoked_at=None)
            await older.using_db(db).update(revoked_at=now)
        return (await Link.create(id=secrets.token_hex(12), kind=kind, expires_at=now + lifetime, using_db=db, **columns)).id

    def read(self, token: str) -> str:
        """The link's id. Raises `NotAllowed` for one that we have not signed."""
        try:
            return str(self._signer.loads(token[:400]))
        except BadSignature:
            raise NotAllowed("link_forged", "This link is incomplete or was altered; ask for a new one") from None

    async def of_code(self, db: BaseDBAsyncClient, case_id: str, code: str) -> Tried:
        """The link of a seat to which this entry code belongs; a wrong one is counted."""
        return await self._entry_codes.find(db, case_id, digits_of(code), self._clock.now())

    async def issue_page(self, case_id: str, party: str, lifetime: timedelta) -> tuple[str, list[str]]:
        """The token of a link to a party's own page, and the sign-ins that ended: those by an earlier link, which may be in wrong hands."""

        async def job(db: BaseDBAsyncClient) -> tuple[str, list[str]]:
            ended = await self.end_page(db, case_id, party)
            return await self._make(db, PAGE, lifetime, case_id=case_id, seat=party), ended

        link, ended = await self._writer.run(job, _nothing)
        return str(self._signer.dumps(link)), ended

    async def close_page(self, case_id: str, party: str) -> list[str]:
        """End a party's link and what it opened; returns the sign-ins that ended."""
        return await self._writer.run(lambda db: self.end_page(db, case_id, party), _nothing)

    async def end_page(self, db: BaseDBAsyncClient, case_id: str, party: str) -> list[str]:
        now = self._clock.now()
        await Link.filter(kind=PAGE, case_id=case_id, seat=party, revoked_at=None).using_db(db).update(revoked_at=now)
        there = Login.filter(kind=PAGE, case_id=case_id, seat=party, ended_at=None).using_db(db)
        ended = [str(one) for one in await there.values_list("id", flat=True)]
        await Login.filter(id__in=ended).using_db(db).update(ended_at=now, ended_why="revoked")
        return ended

    async def seat_link(self, session_id: str, seat: str) -> str:
        """The token of the link to a seat that is in force now, as the mediator has made it; empty where there is none."""
        now = self._clock.now()
        there = Link.filter(kind="seat", session_id=session_id, seat=seat, revoked_at=None, expires_at__gt=now)
        link = await there.using_db(reads()).order_by("-expires_at").first()
        return str(self._signer.dumps(link.id)) if link is not None else ""

    async def seat_of_link(self, token: str, code: str) -> tuple[str, str, datetime]:
        """(session, seat, until) of a link in force to which this entry code belongs. Raises `NotAllowed`."""
        link = usable(await Link.filter(id=self.read(token), kind="seat").using_db(reads()).first(), self._clock.now())
        if not hmac.compare_digest(link.code_hash, self._entry_codes.hash_of(link.case_id, digits_of(code))):
            raise NotAllowed("link_forged", "This link is incomplete or was altered; ask for a new one")
        return link.session_id, link.seat, link.expires_at

    async def session_of_link(self, token: str) -> str:
        """The session that a seat's link led to, whether or not it still holds; empty for other links."""
        link = await Link.filter(id=self.read(token), kind="seat").using_db(reads()).first()
        return link.session_id if link is not None else ""

    async def device(self, token: str) -> Actor:
        """The seat of a link that is used by a device, each time anew, without a session. Raises `NotAllowed` with what is wrong."""
        link = usable(await Link.filter(id=self.read(token), kind="seat").using_db(reads()).first(), self._clock.now())
        return Actor(kind="seat", id=link.seat, case_id=link.case_id, session_id=link.session_id)

    async def prolong(self, case_id: str, session_id: str, seats: list[str], until: datetime) -> None:
        """Links to these seats, and to parties' own pages of the case, that are in force open at least until then."""

        async def job(db: BaseDBAsyncClient) -> None:
            now = self._clock.now()
            pages = Link.filter(kind=PAGE, case_id=case_id, revoked_at=None, expires_at__gt=now, expires_at__lt=until)
            await pages.using_db(db).update(expires_at=until)
            there = Link.filter(
                kind="seat", session_id=session_id, seat__in=seats, revoked_at=None, expires_at__gt=now, expires_at__lt=until
            )
            if seats:
                await there.using_db(db).update(expires_at=until)

        await self._writer.run(job, _nothing)

    async def revoke_seat(self, session_id: str, seat: str) -> list[str]:
        """End a seat's links and sessions at once; returns the logins that ended."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            now = self._clock.now()
            await Link.filter(session_id=session_id, seat=seat, revoked_at=None).using_db(db).update(revoked_at=now)
            ended = await Login.filter(session_id=session_id, seat=seat, ended_at=None).using_db(db).values_list("id", flat=True)
            there = Login.filter(session_id=session_id, seat=seat, ended_at=None).using_db(db)
            await there.update(ended_at=now, ended_why="revoked")
            return [str(e) for e in ended]

        return await self._writer.run(job, _nothing)

    async def open_wall(self, region: str, by: tuple[str, str]) -> str:
        """The token of the link by which screens show the wall of a region, for a year; the same while it is in force. `by`: account and role, for the log."""

        async def job(db: BaseDBAsyncClient) -> str:
            there = await self._of_wall(region).using_db(db).order_by("-expires_at").first()
            if there is not None:
                return there.id
            await note_region(db, self._clock.now(), Act.WALL_LINK_MADE, region, by)
            return await self._make(db, WALL, timedelta(days=WALL_DAYS), account=region)

        return str(self._signer.dumps(await self._writer.run(job, _nothing)))

    async def close_wall(self, region: str, by: tuple[str, str]) -> list[str]:
        """End all links to the wall of a region, and the screens that show it by them; returns the sign-ins that ended."""

        async def job(db: BaseDBAsyncClient) -> list[str]:
            now = self._clock.now()
            if await Link.filter(kind=WALL, account=region, revoked_at=None).using_db(db).update(revoked_at=now):
                await note_region(db, now, Act.WALL_LINK_ENDED, region, by)
            there = Login.filter(kind=WALL, region=region, ended_at=None).using_db(db)
            ended = [str(one) for one in await there.values_list("id", flat=True)]
            await Login.filter(id__in=ended).using_db(db).update(ended_at=now, ended_why="revoked")
            return ended

        return await self._writer.run(job, _nothing)

    async def has_wall(self, region: str) -> bool:
        return await self._of_wall(region).using_db(reads()).exists()

    def _of_wall(self, region: str) -> QuerySet[Link]:
        return Link.filter(kind=WALL, account=region, revoked_at=None, expires_at__gt=self._clock.now())

    async def open_feed(self, account: str) -> str:
        """The token of the address at which a calendar reads an account's appointments, for a year; an earlier one ends."""

        async def job(db: BaseDBAsyncClient) -> str:
            await self._end_feeds(db, account)
            await note(db, self._clock.now(), Act.FEED_MADE, await Account.get(id=account, using_db=db))
            return await self._make(db, FEED, timedelta(days=FEED_DAYS), account=account)

        return str(self._signer.dumps(await self._writer.run(job, _nothing)))

    async def close_feed(self, account: str) -> None:
        await self._writer.run(lambda db: self._end_feeds(db, account), _nothing)

    async def _end_feeds(self, db: BaseDBAsyncClient, account: str) -> None:
        now = self._clock.now()
        if await Link.filter(kind=FEED, account=account, revoked_at=None).using_db(db).update(revoked_at=now):
            await note(db, now, Act.FEED_ENDED, await Account.get(id=account, using_db=db))

    async def has_feed(self, account: str) -> bool:
        return await Link.filter(kind=FEED, account=account, revoked_at=None, expires_at__gt=self._clock.now()).using_db(reads()).exists()

    async def account_of_feed(self, token: str) -> str:
        """Raises `NotAllowed` for an address that is altered, ended, or of an account that is no longer in use."""
        link = usable(await Link.filter(id=self.read(token), kind=FEED).using_db(reads()).first(), self._clock.now())
        if not await Account.filter(id=link.account, disabled=False).using_db(reads()).exists():
            raise NotAllowed("account_disabled", "This account is no longer in use; ask your administrator")
        return link.account


def usable(link: Link | None, now: datetime) -> Link:
    """Raises `NotAllowed` with what is wrong: unknown, revoked, expired."""
    if link is None:
        raise NotAllowed("link_forged", "This link is incomplete or was altered; ask for a new one")
    if link.revoked_at is not None:
        raise NotAllowed("link_revoked", "This link was replaced or withdrawn; ask the mediator for a new one")
    if link.expires_at <= now:
        raise NotAllowed("link_expired", "This link has expired; ask the mediator for a new one")
    return link


def _nothing(_: object) -> None:
    return None
