"""Performance and follow-up at the server: commands, and what the clock notes by itself once an hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog

from cases import performance as rules
from cases.actor import SYSTEM, Actor
from cases.case import Numbering, standings
from cases.commands import PerformanceCommand
from cases.errors import Refusal
from cases.ports import Clock
from cases.vocabulary import Standing
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
        """Note what is past its day. Returns of how many cases."""
        done = 0
        async for case_id in self._reader.agreed():
            dossier = await self._reader.dossier(case_id)
            if not rules.lateness(dossier.case, self._clock.now()):
                continue
            try:
                await self._store.execute(case_id, _late)
                done += 1
            except Refusal as refusal:  # closed meanwhile
                log.info("nothing is overdue any more", case=case_id, reason=refusal.code)
        return done


def held_by(dossier: Dossier, actor: Actor) -> tuple[Standing, ...]:
    """What somebody is to the case; parties come by the link of their seat."""
    return seated(dossier.room, actor) if actor.kind == "seat" and dossier.room is not None else standings(dossier.case, actor)


def _late(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    return Outcome(rules.mark_overdue(dossier.case, SYSTEM, now))
