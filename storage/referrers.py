"""Systems that refer cases, at rest: made, ended, and asked for the secret by which they sign."""

from __future__ import annotations

import secrets

import structlog
from cryptography.exceptions import InvalidTag
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.errors import Invalid, NotFound
from cases.ports import Clock
from cases.referral import Referrer, parse_referrer
from cases.vocabulary import Act
from storage.audit import note_referrer
from storage.database import reads
from storage.models.people import Region
from storage.models.referrers import ReferrerRow
from storage.sealing import derived, opened_bytes, sealed_bytes
from storage.writer import Writer

SECRET_BYTES = 32
log = structlog.get_logger("referrers")


class Referrers:
    """`key`: the installation's own, which is not in the database. `by`: account and role of whoever makes or ends one."""

    def __init__(self, writer: Writer, clock: Clock, key: bytes) -> None:
        self._writer, self._clock = writer, clock
        self._key = derived(key, b"heyi.referrer.secret.v1")

    async def make(self, name: str, source: str, region: str, by: tuple[str, str]) -> tuple[Referrer, str]:
        """The new system, and its secret in hexadecimal, which is told once. Raises `Invalid`."""
        one, secret = parse_referrer(f"ref-{secrets.token_hex(4)}", name, source, region), secrets.token_bytes(SECRET_BYTES)

        async def job(db: BaseDBAsyncClient) -> None:
            if not await Region.filter(code=region).using_db(db).exists():
                raise Invalid("unknown_region", "There is no such region here", field="region")
            closed, now = sealed_bytes(self._key, one.id.encode(), secret), self._clock.now()
            await ReferrerRow.create(id=one.id, name=one.name, source=source, region=region, secret=closed, made_at=now, using_db=db)
            await note_referrer(db, now, Act.REFERRER_MADE, one, by)

        await self._writer.run(job, lambda _: None)
        return one, secret.hex()

    async def renew(self, name_id: str, by: tuple[str, str]) -> tuple[Referrer, str]:
        """Another secret for the same system, whose cases and numbers stay its own; the former is over at once. Raises `NotFound`."""
        secret = secrets.token_bytes(SECRET_BYTES)

        async def job(db: BaseDBAsyncClient) -> Referrer:
            row = await ReferrerRow.filter(id=name_id, ended_at=None).using_db(db).first()
            if row is None:
                raise _unknown()
            await ReferrerRow.filter(id=name_id).using_db(db).update(secret=sealed_bytes(self._key, row.id.encode(), secret))
            await note_referrer(db, self._clock.now(), Act.REFERRER_RENEWED, _of(row), by)
            return _of(row)

        return await self._writer.run(job, lambda _: None), secret.hex()

    async def end(self, name_id: str, by: tuple[str, str]) -> None:
        """It refers nothing any more and reads nothing. Raises `NotFound`; one that has ended stays so."""

        async def job(db: BaseDBAsyncClient) -> None:
            row = await ReferrerRow.filter(id=name_id).using_db(db).first()
            if row is None:
                raise _unknown()
            if await ReferrerRow.filter(id=name_id, ended_at=None).using_db(db).update(ended_at=self._clock.now()):
                await note_referrer(db, self._clock.now(), Act.REFERRER_ENDED, _of(row), by)

        await self._writer.run(job, lambda _: None)

    async def find(self, name_id: str) -> tuple[Referrer, bytes] | None:
        """One that may refer now, and its secret."""
        row = await ReferrerRow.filter(id=name_id, ended_at=None).using_db(reads()).first()
        if row is None:
            return None
        try:
            return _of(row), opened_bytes(self._key, row.id.encode(), row.secret)
        except InvalidTag:
            log.warning("a system's secret does not open: it was made with another key", referrer=row.id)
            return None

    async def rows(self) -> list[ReferrerRow]:
        """All, the newest first."""
        return await ReferrerRow.all().using_db(reads()).order_by("-made_at")


def _unknown() -> NotFound:
    return NotFound("no_referrer", "There is no such system")


def _of(row: ReferrerRow) -> Referrer:
    return Referrer(row.id, row.name, row.source, row.region)
