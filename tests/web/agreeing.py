"""A session in a house of this process in which both parties sit, with a draft that lacks nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from agreements import commands as a
from agreements.acts import Way
from agreements.agreement import Agreement
from agreements.guard import Grant
from agreements.live import LogEntry
from agreements.schema import KINDS
from cases.actor import Actor
from cases.vocabulary import Consent, SeatRole, SessionStage
from rehearsal.hand import Hand, scribble
from rooms import commands as c
from storage.dossier import Dossier
from storage.work import Outcome
from tests.web.live_session import Session, signed_in
from web.composition import open_house
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

    async def present(self) -> tuple[bytes, Agreement]:
        """The file as it is now, and what is kept of it."""
        agreement = (await self.dossier()).agreement
        assert agreement is not None
        return await self.session.house.blobs.get(agreement.file), agreement

    async def sit(self) -> None:
        """The other party comes as well, and both have spoken."""
        session = self.session
        made = await session.do(c.Invite(session.case, SeatRole.PARTY, party="p2"))
        other = Actor("seat", made["seat"], case_id=session.case, session_id=session.id)
        self.parties = [session.party, other]
        await self.heard(other)
        for party in self.parties:
            await session.do(c.GiveFloor(session.case, party.id))
            await session.do(c.SpeakDone(session.case), party)

    async def heard(self, other: Actor) -> None:
        """Somebody comes in, is compared with the card and told the rights; the session stands at the statements."""
        session = self.session
        await session.do(c.GiveConsent(session.case, Consent.ONLINE, True), other)
        await session.do(c.Knock(session.case), other)
        await session.do(c.Admit(session.case, other.id))
        await session.do(c.VerifyIdentity(session.case, other.id))
        await session.do(c.MoveStage(session.case, SessionStage.NOTICE))
        await session.do(c.ConfirmNotice(session.case), other)
        await session.do(c.MoveStage(session.case, SessionStage.STATEMENTS))

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
        hand.set_field("performance.deadline", (drafts.writing.today() + timedelta(days=60)).isoformat())
        hand.write("terms-1", "李某给付赵某")
        hand.put_field("terms-1", "sum", "amount", "1800.00")
        hand.write("terms-1", "。")
        grant = Grant("m", frozenset({77}), may_edit=True, kinds=frozenset(KINDS))
        async with draft.lock:
            await drafts.writing.edit(draft, hand.take(), grant, "m", _stored)

    async def freeze(self, way: Way = Way.PAPER) -> str:
        return str((await self.session.do(a.FreezeDraft(self.session.case, way)))["hash"])

    async def confirm(self, text: str) -> None:
        agreement = (await self.dossier()).agreement
        assert agreement is not None
        for party in self.parties:
            for clause in agreement.clauses:
                await self.session.do(a.ConfirmClause(self.session.case, clause.id, text), party)

    async def open_signing(self) -> str:
        """Written, frozen, confirmed by both, who agree to sign electronically; returns the text's hash."""
        session = self.session
        await self.write()
        for party in self.parties:
            await session.do(c.GiveConsent(session.case, Consent.SIGNATURE, True), party)
        text = await self.freeze(Way.ELECTRONIC)
        await self.confirm(text)
        await session.do(c.MoveStage(session.case, SessionStage.SIGNING))
        return text

    async def shown_codes(self, account: str = "wang") -> dict[str, str]:
        """As the desk reads them."""
        async with signed_in(self.app, self.session, account) as desk:
            answer = await desk.get(f"/api/sessions/{self.session.id}/codes")
            return dict(answer.json()["codes"] if answer.status_code == 200 else {"refused": answer.json()["code"]})

    async def answer_code(self, party: Actor, text: str) -> None:
        await self.session.do(a.AskCode(self.session.case, text), party)
        code = (await self.shown_codes())[party.id]
        await self.session.do(a.AnswerCode(self.session.case, text, code), party)

    async def sign(self, actor: Actor, name: str, text: str) -> None:
        await self.session.do(a.SignAgreement(self.session.case, text, scribble(), name, True), actor)


def _stored(entry: LogEntry, missing: list[str]) -> Any:
    def decide(dossier: Dossier, numbering: Any, now: Any) -> Outcome:
        assert dossier.agreement is not None
        dossier.agreement.missing = missing
        return Outcome(draft=[entry])

    return decide


@asynccontextmanager
async def agreeing(folder: Path, dispute_type: str = "邻里", **settings: Any) -> AsyncIterator[Agreeing]:
    async with open_house(Settings(data=str(folder), media_workers=1, log_level="error", **settings), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()

        def of_type(dossier: Dossier, numbering: Any, now: Any) -> Outcome:
            dossier.case.dispute_type = dispute_type
            return Outcome()

        await house.store.execute(session.case, of_type)
        there = Agreeing(session, config.app)
        await there.sit()
        yield there
