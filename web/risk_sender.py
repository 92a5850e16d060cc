"""Brings versions to the risk platform: of each case in their order, of many cases at once, on every node.

A version is marked in the transaction that tells the case's page, after the platform has acknowledged it. A node that is killed anywhere in between leaves a
version that is tried again under its key. What fails for one case is put off for that case; where nobody answers at all, the others are not tried meanwhile.
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog

from cases import risk
from cases.errors import Conflict, NotFound
from cases.ports import Clock, ClockOff, NotDelivered, RiskPlatform
from cases.risk_delivery import next_try
from cases.vocabulary import RiskState
from storage.database import is_outage
from storage.models.risk import RiskVersion
from storage.risk_queue import RiskQueue, needing_somebody
from storage.work import Committed, Outcome, Store
from web.rounds import Rounds

log = structlog.get_logger("risk")

AT_ONCE = 8
HELD_FOR = timedelta(seconds=30)
"""How long a node may take for one try: longer than the platform is given to answer."""
ABSENT = frozenset({"away"})


class RiskSender:
    """`platform` None: nothing is sent; what still waits from earlier is marked so."""

    def __init__(
        self,
        platform: RiskPlatform | None,
        queue: RiskQueue,
        store: Store,
        clock: Clock,
        node: str,
        chance: Callable[[], float] = random.random,
        held_for: timedelta = HELD_FOR,
    ) -> None:
        self._platform, self._queue, self._store, self._clock, self._node = platform, queue, store, clock, node
        self._chance, self._held_for = chance, held_for
        self._rounds = Rounds()
        self._ahead, self._needing = 0, 0

    def __call__(self, committed: Committed) -> None:
        if any(event.kind in risk.NEW_VERSIONS for event in committed.happened):
            self._rounds.wake()

    def problem(self) -> str:
        """For the health page."""
        if self._ahead:
            return f"the risk platform refuses reports: its clock is {self._ahead:+d} s off ours"
        if self._rounds.absent > 2:
            return "reports to the risk platform wait: it does not answer"
        return f"{self._needing} reports to the risk platform were refused or given up: see the centre's list" if self._needing else ""

    async def run(self) -> None:
        """Never returns, unless there is no platform."""
        begun = False
        while True:
            more = False
            try:
                if not begun:
                    await self.disconnect()
                    begun = True
                if self._platform is None:
                    return
                more = await self.round()
            except Exception as error:
                log.warning("reports not looked at, tried again", reason=type(error).__name__)
            if not more:
                await self._rounds.rest()

    async def disconnect(self) -> None:
        """What waits from before this start and is not to be sent any more is marked so, instead of waiting for ever."""
        while left := await self._queue.left_waiting():
            for row in left:
                try:
                    await self._settle(row, "", RiskState.UNCONNECTED, "")
                except NotFound:
                    log.error("a report of a case that is not there", key=row.key)
                    return

    async def round(self) -> bool:
        """Try what is due. Whether there may be more of it at once."""
        self._rounds.begin()
        rows = await self._queue.due(self._clock.now(), AT_ONCE)
        there = [answered for answered in await asyncio.gather(*(self._try(row) for row in rows)) if answered is not None]
        self._needing = await needing_somebody()
        if not there:
            return False
        self._rounds.absent = 0 if any(there) else self._rounds.absent + 1
        return any(there)

    async def _try(self, row: RiskVersion) -> bool | None:
        """Whether anybody was there to take it; None where another node tries it."""
        now = self._clock.now()
        if not await self._queue.hold(row, self._node, now, now + self._held_for):
            return None
        assert self._platform is not None
        try:
            receipt = await self._platform.take(row.key, row.body.encode())
        except NotDelivered as failure:
            self._ahead = failure.seconds if isinstance(failure, ClockOff) else 0
            await self._failed(row, failure)
            return failure.reason not in ABSENT
        except Exception as error:
            if is_outage(error):
                raise
            # A mistake of ours must not keep this case waiting for ever. Where it is, and not what it says.
            where = traceback.extract_tb(error.__traceback__)[-1]
            log.error("a report failed", key=row.key, reason=type(error).__name__, where=f"{where.filename}:{where.lineno}")
            await self._failed(row, NotDelivered("internal"))
            return True
        self._ahead = 0
        await self._settle(row, self._node, RiskState.ACKNOWLEDGED, "", receipt)
        log.info("the risk platform has it", key=row.key, tries=row.tries + 1)
        return True

    async def _failed(self, row: RiskVersion, failure: NotDelivered) -> None:
        now, reason = self._clock.now(), failure.reason[:40]
        at = None if failure.final else next_try(row.first_at or row.entered_at, row.tries + 1, now, failure.after, self._chance())
        log.warning("the risk platform has it not", key=row.key, reason=reason, given_up=at is None)
        if at is None:
            await self._settle(row, self._node, RiskState.REFUSED if failure.final else RiskState.DEAD, reason)
            return

        def decide(dossier: Any, *_: Any) -> Outcome:
            return Outcome(risk.delay(dossier.case, reason, row.tries + 1, at, now - (row.first_at or row.entered_at)))

        await self._enter(row, decide, self._queue.put_off(row, self._node, at, reason))

    async def _settle(self, row: RiskVersion, node: str, state: RiskState, reason: str, receipt: str = "") -> None:
        now = self._clock.now()

        def decide(dossier: Any, *_: Any) -> Outcome:
            return Outcome(risk.settle(dossier.case, row.version, state, now, reason, receipt))

        await self._enter(row, decide, self._queue.settle(row, node, state, now, reason, receipt))

    async def _enter(self, row: RiskVersion, decide: Any, prepare: Any) -> None:
        try:
            await self._store.execute(row.case_id, decide, prepare=prepare)
        except Conflict:
            # Our time for it was over, and another node has tried it: under its key the platform has it once.
            log.info("another node has taken a report over", key=row.key)
