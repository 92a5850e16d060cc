"""Invitations of experts at the server: the pool's facts for the rules, the link, and the clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.actor import Actor
from cases.case import Numbering
from cases.clock import rfc3339
from cases.commands.experts import ExpertCommand, InviteExpert
from cases.errors import Refusal
from cases.expert_choice import Candidate
from cases.experts import moment_of
from cases.permissions import demand_pool
from cases.ports import Clock
from cases.vocabulary import PoolDuty
from realtime.session import Code
from rooms import expert_seats
from storage.dossier import Dossier
from storage.expert_calls import Busy, busy, overdue
from storage.work import Outcome, Store
from web.doors import Doors
from web.nodes import Nodes

log = structlog.get_logger("experts")


class ExpertDesk:
    def __init__(self, store: Store, doors: Doors, nodes: Nodes, clock: Clock, base_url: str) -> None:
        self._store, self._doors, self._nodes, self._clock, self._base_url = store, doors, nodes, clock, base_url

    async def do(self, command: ExpertCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        if isinstance(command, InviteExpert):
            return await self._invite(command, actor, receipt)

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            happened = expert_seats.handle(dossier.case, dossier.room, command, actor, now)
            gone = [event.payload["seat"] for event in happened if event.kind in _OVER and "seat" in event.payload]
            session = dossier.room.id if dossier.room is not None else ""
            return Outcome(happened, {"session": session, "gone": gone})

        result = await self._store.execute(command.case, decide, receipt)
        for seat in result.pop("gone"):
            self._nodes.end(await self._doors.links.revoke_seat(result["session"], seat), Code.REVOKED, "this seat was withdrawn")
        return result

    async def _invite(self, command: InviteExpert, actor: Actor, receipt: str) -> dict[str, Any]:
        """The invitation, a fresh link to its seat, and when else the expert is asked for at that time (`also`)."""
        demand_pool(actor, PoolDuty.SEE_EXPERTS)
        self._doors.rates.spend("expert_invited", actor.id)
        at = moment_of(command.at) if command.at else None
        found: list[Candidate] = []
        elsewhere: list[Busy] = []

        async def prepare(db: BaseDBAsyncClient) -> None:
            found.append(await self._doors.experts.candidate(db, command.expert[:32], actor.region))
            elsewhere[:] = await busy(db, command.expert[:32], command.case, at, command.minutes, self._clock.now())

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            marks = self._doors.experts.marks_of(dossier.case)
            invitation, happened = expert_seats.invite_expert(dossier.case, dossier.room, found[-1], marks, command, actor, now)
            also = [{"at": rfc3339(one.at) if one.at else "", "minutes": one.minutes} for one in elsewhere]
            told = {"invitation": invitation.id, "seat": invitation.seat, "session": invitation.session, "until": rfc3339(invitation.until)}
            return Outcome(happened, {**told, "also": also})

        result = await self._store.execute(command.case, decide, receipt, prepare=prepare)
        lifetime = moment_of(result["until"]) - self._clock.now()
        token = await self._doors.links.issue("seat", lifetime, case_id=command.case, session_id=result["session"], seat=result["seat"])
        return {**result, "url": f"{self._base_url}/j#{token}"}

    async def look_at_the_clock(self) -> int:
        """Invitations that nobody answered in time are over. How many cases that were."""
        cases = await overdue(self._clock.now())
        for case in cases:
            try:
                await self._store.execute(case, _followed)
            except Refusal:
                log.exception("an invitation did not end", case=case)
        return len(cases)


_OVER = frozenset({"expert.withdrawn", "expert.conflict", "expert.declined"})


def _followed(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    return Outcome(expert_seats.follow(dossier.case, dossier.room, now))
