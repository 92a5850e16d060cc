"""One consent, one message (WeChat's 一次性订阅消息): what a party has asked for, has allowed there, and what a notice takes.

An openid tells nothing but that it is the same person at the same official account; it is sealed all the same, and gone once the message is sent.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from cases.errors import NotAllowed
from cases.ports import Clock
from storage.database import reads
from storage.models.notices import WechatConsent
from storage.sealing import opened, sealed
from storage.writer import Writer

LASTS = timedelta(minutes=15)
"""From asking until WeChat has sent the browser back."""
SCENES = 10_000
"""WeChat keeps one message a person and scene: with a scene of its own each case has one."""


def known_by(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()[:32]


async def has_one(db: BaseDBAsyncClient, case_id: str, party: str) -> bool:
    return await WechatConsent.filter(case_id=case_id, party=party, openid__isnull=False, notice="").using_db(db).exists()


async def take(db: BaseDBAsyncClient, case_id: str, party: str, notice: str) -> None:
    """In the transaction that enters the notice: nobody else takes it too, for the case is locked."""
    one = (
        await WechatConsent.filter(case_id=case_id, party=party, openid__isnull=False, notice="").using_db(db).order_by("asked_at").first()
    )
    if one is not None:
        await WechatConsent.filter(id=one.id).using_db(db).update(notice=notice)


async def spent(db: BaseDBAsyncClient, notice: str) -> None:
    """The message is sent, or cannot be."""
    await WechatConsent.filter(notice=notice).using_db(db).delete()


async def forget(db: BaseDBAsyncClient, case_id: str, party: str) -> None:
    """Another person has the telephone: what was allowed by it, and nothing has taken, is nobody's."""
    await WechatConsent.filter(case_id=case_id, party=party, notice="").using_db(db).delete()


class WechatConsents:
    def __init__(self, writer: Writer, clock: Clock, key: bytes) -> None:
        self._writer, self._clock, self._key = writer, clock, key

    async def ask(self, case_id: str, party: str) -> tuple[str, int]:
        """(state that comes back with the browser, scene). An earlier question gives way."""
        state, scene = secrets.token_urlsafe(24), secrets.randbelow(SCENES) + 1

        async def job(db: BaseDBAsyncClient) -> None:
            await WechatConsent.filter(case_id=case_id, party=party, openid=None).using_db(db).delete()
            await WechatConsent.create(
                id=known_by(state), case_id=case_id, party=party, scene=scene, asked_at=self._clock.now(), using_db=db
            )

        await self._writer.run(job, _nothing)
        return state, scene

    async def asked(self, state: str) -> tuple[str, str, int]:
        """(case, party, scene) of a question that is open. Raises `NotAllowed`."""
        row = await WechatConsent.filter(id=known_by(state), openid=None).using_db(reads()).first()
        if row is None or self._clock.now() - row.asked_at > LASTS:
            raise NotAllowed("attempt_over", "This question is over; please ask again")
        return row.case_id, row.party, row.scene

    async def give(self, state: str, openid: str) -> None:
        """An earlier consent that nothing has taken gives way: WeChat sends one at a time that anybody would understand."""
        key = known_by(state)

        async def job(db: BaseDBAsyncClient) -> None:
            row = await WechatConsent.filter(id=key, openid=None).using_db(db).first()
            if row is None:
                raise NotAllowed("attempt_over", "This question is over; please ask again")
            await WechatConsent.filter(case_id=row.case_id, party=row.party, notice="").exclude(id=key).using_db(db).delete()
            await WechatConsent.filter(id=key).using_db(db).update(openid=sealed(self._key, key.encode(), openid))

        await self._writer.run(job, _nothing)

    async def drop(self, case_id: str, party: str) -> None:
        """What is asked for or allowed, and not on its way yet."""

        async def job(db: BaseDBAsyncClient) -> None:
            await WechatConsent.filter(case_id=case_id, party=party, notice="").using_db(db).delete()

        await self._writer.run(job, _nothing)

    async def since(self, case_id: str, party: str) -> datetime | None:
        """Since when there is one that nothing has taken."""
        row = await WechatConsent.filter(case_id=case_id, party=party, openid__isnull=False, notice="").using_db(reads()).first()
        return row.asked_at if row is not None else None

    async def of_notice(self, notice: str) -> tuple[str, int] | None:
        """(openid, scene)."""
        row = await WechatConsent.filter(notice=notice).using_db(reads()).first()
        return (opened(self._key, row.id.encode(), row.openid), row.scene) if row is not None and row.openid is not None else None


def _nothing(_: object) -> None:
    return None
