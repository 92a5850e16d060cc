"""What comes next where a case goes its way, from the report to the end of its file: what is tried at random alone seldom gets far. Cases take turns at the ways that there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from agreements import commands as a
from agreements.acts import Way
from cases.actor import Actor
from cases.commands.casework import Accept, AddParty, Classify, CloseCase, Dispatch
from cases.commands.declining import DeclineReport, TakeUp
from cases.commands.joint import AskJoint, JoinCase
from cases.commands.keeping import ApproveDestruction, AskDestruction
from cases.commands.matters import AnswerMatter
from cases.errors import Refusal
from cases.vocabulary import CaseStage, DeclineReason, DisputeKind, MatterOutcome, Role
from rehearsal.leading_beside import beside
from rehearsal.leading_room import Step, by_mouth, to_drafting
from rehearsal.leading_text import Signing, to_the_seal
from rooms import commands as c
from rooms.room import Room
from storage.dossier import Dossier
from web.house import House

REPORTS = ("dispute", "declined", "matter")
"""What a report turns out to be."""
ALONE = ("alone", "jointly")
"""How it is mediated."""
TEXTS = ("signed", "oral", "paper")
"""How what is agreed is put down."""


class Leader:
    """`accounts`: everybody's of the installation."""

    def __init__(self, house: House, accounts: Sequence[Actor]) -> None:
        self._house, self._accounts, self._signing = house, accounts, Signing()
        self._turns: dict[tuple[str, ...], dict[str, str]] = {}

    async def next_step(self, dossier: Dossier) -> Step | None:
        """Who does what; None where nothing is to be led any further."""
        case, room, mediator = dossier.case, dossier.room, self._mediator(dossier)
        match case.stage:
            case CaseStage.REPORTED:
                return self._given(dossier)
            case CaseStage.DECLINED:
                return self._centre(dossier), TakeUp(case.id, "再看一看")
            case CaseStage.DISPATCHED:
                taker = next((one for one in self._accounts if one.id in case.offered_to), None)
                return (taker, Accept(case.id)) if taker is not None else None
            case CaseStage.ACCEPTED | CaseStage.MEDIATING if mediator is not None:
                return await self._handled(dossier, mediator)
            case CaseStage.AGREED | CaseStage.FAILED if mediator is not None:
                if room is not None and room.ended_at is None:
                    return mediator, c.EndSession(case.id)
                return mediator, CloseCase(case.id, "到此为止")
            case CaseStage.CLOSED if mediator is not None and case.erased is None and case.agreed_at is None:
                if case.destruction is None:
                    return mediator, AskDestruction(case.id, "保管期满", "file")
                return self._centre(dossier), ApproveDestruction(case.id, case.destruction.what)
        return None

    def beside(self, dossier: Dossier, expert: str, today: date) -> list[Step]:
        """What could be done beside that. `expert`: one of the pool."""
        mediator = self._mediator(dossier)
        return beside(dossier, mediator, expert, today) if mediator is not None else []

    def _mediator(self, dossier: Dossier) -> Actor | None:
        lead = dossier.case.mediator
        return next((one for one in self._accounts if lead is not None and lead.account == one.id), None)

    def told(self, command: Any, actor: Actor, result: dict[str, Any]) -> None:
        """What was answered to a step, whoever had thought of it."""
        if isinstance(command, a.BeginSigning | a.PrepareSignature):
            self._signing.told(command, actor.id, result)

    def refused(self, command: Any, actor: Actor) -> None:
        if isinstance(command, a.PrepareSignature | a.CompleteSignature):
            self._signing.failed(command.case, actor.id)

    def _turn(self, case: str, ways: tuple[str, ...]) -> str:
        """One of them for each case, by turns."""
        taken = self._turns.setdefault(ways, {})
        return taken.setdefault(case, ways[len(taken) % len(ways)])

    def _centre(self, dossier: Dossier) -> Actor:
        return next(one for one in self._accounts if one.role is Role.CENTRE and dossier.case.region.startswith(one.region))

    def _given(self, dossier: Dossier) -> Step:
        """By the centre, to somebody."""
        case, centre = dossier.case, self._centre(dossier)
        turn = self._turn(case.id, REPORTS)
        if turn == "declined" and all(step.stage is not CaseStage.DECLINED for step in case.history):
            return centre, DeclineReport(case.id, DeclineReason.ELSEWHERE, "请到法院起诉")
        if turn == "matter" and case.kind is DisputeKind.DISPUTE:
            return centre, Classify(case.id, "其他", DisputeKind.MATTER)
        free = [
            one
            for one in self._accounts
            if one.role is Role.MEDIATOR and one.region.startswith(centre.region) and one.id not in case.refused_by
        ]
        return centre, Dispatch(case.id, [free[0].id if free else case.refused_by[0]])

    async def _handled(self, dossier: Dossier, mediator: Actor) -> Step | None:
        case, room = dossier.case, dossier.room
        if case.kind is DisputeKind.MATTER and case.stage is CaseStage.ACCEPTED:
            return mediator, AnswerMatter(case.id, MatterOutcome.DONE, "路灯修好了")
        if len(case.parties) == 1:
            return mediator, AddParty(case.id, "何某", "respondent", "13600002222")
        if self._turn(case.id, ALONE) == "jointly" and (step := self._joined(dossier, mediator)) is not None:
            return step
        if room is None or room.ended_at is not None:
            return mediator, c.OpenSession(case.id)
        return to_drafting(dossier, room, mediator) or await self._agreed(dossier, room, mediator)

    def _joined(self, dossier: Dossier, mediator: Actor) -> Step | None:
        """Another organisation is asked once, and somebody of it joins."""
        case = dossier.case
        if not case.joint:
            other = next(one.org for one in self._accounts if one.role is Role.MEDIATOR and one.org != mediator.org)
            return mediator, AskJoint(case.id, other, "两镇的地界")
        asked = next((share for share in case.joint if share.waits and share.asked), None)
        if asked is None:
            return None
        return next(one for one in self._accounts if one.id == asked.asked[0]), JoinCase(case.id, asked.id)

    async def _agreed(self, dossier: Dossier, room: Room, mediator: Actor) -> Step | None:
        text = self._turn(dossier.case.id, TEXTS)
        if text == "oral":
            return by_mouth(room, mediator)
        paper = text == "paper" or (dossier.agreement is not None and bool(dossier.agreement.paper_only))
        codes = await self._codes(room, mediator)
        return to_the_seal(dossier, room, mediator, self._signing, Way.PAPER if paper else Way.ELECTRONIC, codes)

    async def _codes(self, room: Room, mediator: Actor) -> dict[str, str]:
        """As the mediator's screen shows them."""
        assert self._house.desk.ceremony is not None
        try:
            return await self._house.desk.ceremony.codes.shown(room.id, mediator)
        except Refusal:
            return {}
