"""Orders that nobody answers in time: noted in the chain once, so that the centre is told of it."""

from __future__ import annotations

from datetime import datetime

import structlog

from cases import case as rules
from cases.actor import SYSTEM
from cases.case import Numbering
from cases.errors import Refusal
from cases.ports import Clock
from cases.vocabulary import CaseStage
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Outcome, Store

log = structlog.get_logger("orders")


class OrderClock:
    def __init__(self, store: Store, reader: Reader, clock: Clock) -> None:
        self._store, self._reader, self._clock = store, reader, clock

    async def look_at_the_clock(self) -> int:
        """Note what is past its time for an answer. Returns how many orders."""
        done = 0
        async for case_id in self._reader.in_stage(CaseStage.DISPATCHED):
            dossier = await self._reader.dossier(case_id)
            if not rules.unanswered(dossier.case, self._clock.now()):
                continue
            try:
                await self._store.execute(case_id, _unanswered)
                done += 1
            except Refusal as refusal:  # answered meanwhile
                log.info("the order was answered", case=case_id, reason=refusal.code)
        return done


def _unanswered(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    return Outcome(rules.mark_unanswered(dossier.case, SYSTEM, now))
