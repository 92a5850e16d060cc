"""A session in a house of this process in which both parties sit, with a draft that lacks nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from agreements import commands as a
from agreements.acts import Way
from agreements.guard import Grant
from agreements.schema import KINDS
from cases.actor import Actor
from cases.vocabulary import Consent, SeatRole, SessionStage
from rehearsal.hand import Hand
from rooms import commands as c
from storage.dossier import Dossier
from storage.work import Outcome
from tests.web.live_session import WANG, Session
from web.server import open_house
from web.settings import Settings

FIELDS = {
    "party.1.id": "11010519491231002X",
    "party.1.address": "安和县城关镇东街 1 号",
    "party.2.id": "440524188001010014",
    "party.2.address": "安和县城关镇东街 2 号",
    "disputes.responsibility": "双方各有责任",
    "performance.manner": "银行转账",
}


class Agreeing:
    def __init__(self, session: Session, app: Any) -> None:
        self.session, self.app = session, app
        self.parties: list[Actor] = []

    async def dossier(self) -> Dossier:
        return await self.session.house.reader.dossier(self.session.case)

    async def sit(self) -> None:
        """The other party comes as well, and both have spoken."""
        session = self.session
        made = await session.do(c.Invite(session.case, SeatRole.PARTY, party="p2"))
        other = Actor("seat", made["seat"], case_id=session.case, session_id=session.id)
        self.parties = [session.party, other]
        await session.do(c.GiveConsent(session.case, Consent.ONLINE, True), other)
        await session.do(c.Knock(session.case), other)
        await session.do(c.Admit(session.case, other.id))
        await session.do(c.VerifyIdentity(session.case, other.id))
        await session.do(c.MoveStage(session.case, SessionStage.NOTICE))
        await session.do(c.ConfirmNotice(session.case), other)
        await session.do(c.MoveStage(session.case, SessionStage.STATEMENTS))
        for party in self.parties:
            await session.do(c.GiveFloor(session.case, party.id))
            await session.do(c.SpeakDone(session.case), party)

    async def write(self) -> None:
        """A draft that lacks nothing."""
        session = self.session
        await session.do(c.MoveStage(session.case, SessionStage.DRAFTING))
        drafts = session.house.desk.remarks._drafts  # type: ignore[union-attr]
        dossier = await self.dossier()
        draft = await drafts.draft(dossier)
        dossier = await self.dossier()
        hand = Hand(77, draft.live.updates_since())
        for key, value in FIELDS.items():
            hand.set_field(key, value)
        hand.set_field("performance.deadline", (drafts.today() + timedelta(days=60)).isoformat())
        hand.write("terms-1", "李某给付赵某")
        hand.put_field("terms-1", "sum", "amount", "1800.00")
        hand.write("terms-1", "。")
        grant = Grant("m", frozenset({77}), may_edit=True, kinds=frozenset(KINDS))
        async with draft.lock:
            await drafts.edit(draft, dossier, hand.take(), grant, "m", partial(drafts._stored, WANG))

    async def freeze(self, way: Way = Way.PAPER) -> str:
        return str((await self.session.do(a.FreezeDraft(self.session.case, way)))["hash"])

    async def confirm(self, text: str) -> None:
        agreement = (await self.dossier()).agreement
        assert agreement is not None
        for party in self.parties:
            for clause in agreement.clauses:
                await self.session.do(a.ConfirmClause(self.session.case, clause.id, text), party)


@asynccontextmanager
async def agreeing(folder: Path, dispute_type: str = "邻里", **more: Any) -> AsyncIterator[Agreeing]:
    """`more`: settings."""
    async with open_house(Settings(data=str(folder), media_workers=1, log_level="error", **more), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()

        def of_type(dossier: Dossier, numbering: Any, now: Any) -> Outcome:
            dossier.case.dispute_type = dispute_type
            return Outcome()

        await house.store.execute(session.case, of_type)
        there = Agreeing(session, config.app)
        await there.sit()
        yield there
