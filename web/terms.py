"""The clocks of open cases: who is reminded, what is noted when a term is over, and terms counted anew where a county's calendar changed."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime

import structlog

from cases import terms
from cases.actor import SYSTEM
from cases.calendar import Calendar
from cases.case import Case, Numbering
from cases.errors import Refusal
from cases.permissions import TIMED
from cases.ports import Clock, Happened
from cases.vocabulary import CaseStage
from storage.calendars import Calendars
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Outcome, Store

log = structlog.get_logger("terms")


class TermClock:
    def __init__(self, store: Store, reader: Reader, calendars: Calendars, clock: Clock) -> None:
        self._store, self._reader, self._calendars, self._clock = store, reader, calendars, clock

    async def look_at_the_clock(self) -> int:
        """Returns of how many cases something was noted. A calendar may have changed in another process, so terms are counted anew too."""
        return await self._look("")

    async def recount(self, region: str) -> int:
        """At once, after the calendar of a region has changed."""
        return await self._look(region)

    async def _look(self, region: str) -> int:
        done = 0
        calendars = await self._calendars.all()
        for stage in sorted(TIMED):
            async for case_id in self._reader.in_stage(CaseStage(stage)):
                case = (await self._reader.dossier(case_id)).case
                if not case.region.startswith(region):
                    continue
                try:
                    # The one that was read is shared: the rules are tried on a copy, and asked again inside the transaction.
                    if _told(deepcopy(case), self._clock.now(), calendars.of(case.region)):
                        await self._store.execute(case_id, _look, timed=True)
                        done += 1
                except Refusal as refusal:  # answered or ended since its stage was listed, or since it was read
                    log.info("the term ended", case=case_id, reason=refusal.code)
        return done


def _told(case: Case, now: datetime, calendar: Calendar) -> list[Happened]:
    return [*terms.recount(case, SYSTEM, now, calendar), *terms.watch(case, SYSTEM, now, calendar)]


def _look(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    return Outcome(_told(dossier.case, now, numbering.calendar))
