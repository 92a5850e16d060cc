"""Performance and follow-up at the server: commands, and what the clock notes by itself once an hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog

from cases import performance as rules
from cases.actor import SYSTEM, Actor
from cases.case import Numbering, standings
from cases.commands.performance import PerformanceCommand
from cases.errors import Refusal
from cases.ports import Clock
from cases.vocabulary import CaseStage, Standing
from realtime.performance_document import party_of
from rooms.handling import standings as seated
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Outcome, Store

log = structlog.get_logger("performance")


class PerformanceDesk:
    def __init__(self, store: Store, reader: Reader, clock: Clock) -> None:
        self._store, self._reader, self._clock = store, reader, clock

    async def do(self, command: PerformanceCommand, actor: Actor, receipt: str = "") -> dict[str, Any]:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            happened = rules.handle(dossier.case, command, actor, held_by(dossier, actor), party_of(dossier, actor), now)
            entered = happened[0].payload
            return Outcome(happened, {key: entered[key] for key in ("id", "receipt", "visit") if key in entered})

        return await self._store.execute(command.case, decide, receipt)

    async def look_at_the_clock(self) -> int:
        """Remind of what comes near its day, and note what is past it. Returns of how many cases."""
        done = 0
        async for case_id in self._reader.in_stage(CaseStage.AGREED):
            dossier = await self._reader.dossier(case_id)
            now = self._clock.now()
            if not rules.nearing(dossier.case, now) and not rules.lateness(dossier.case, now):
                continue
            try:
                await self._store.execute(case_id, _looked_at)
                done += 1
            except Refusal as refusal:  # closed meanwhile
                log.info("nothing is owed any more", case=case_id, reason=refusal.code)
        return done


def held_by(dossier: Dossier, actor: Actor) -> tuple[Standing, ...]:
    """What somebody is to the case; parties come by the link of their seat."""
    return seated(dossier.room, actor) if actor.kind == "seat" and dossier.room is not None else standings(dossier.case, actor)


def _looked_at(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    return Outcome(rules.remind(dossier.case, SYSTEM, now) + rules.mark_overdue(dossier.case, SYSTEM, now))
