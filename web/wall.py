"""The walls (大屏) of this node: what is counted of every case is kept in memory, moved by each change, and shown as a live stream. No names of people.

Whatever this node commits is counted with the commit. What another node committed is read from the database when it is told, and what was not told is
found by comparing numbers of commands (`catch_up`). So the numbers are always those of a count from the beginning (`cases.tally`).
"""

from __future__ import annotations

import asyncio

import structlog

from cases.clock import rfc3339
from cases.ports import Clock
from cases.tally import Tally
from cases.vocabulary import Role
from realtime.hub import Hub
from realtime.patch import without_nulls
from storage import counting
from storage.database import reads
from storage.models.people import Account, Region
from storage.work import Committed

log = structlog.get_logger("wall")

QUIET = 0.1
"""Seconds that several changes are gathered before the numbers are shown again."""
FRESH = 60.0
"""Seconds between two looks at the clock: days begin and terms end by themselves."""
RETRY = 0.5
"""Seconds between two attempts to read what another node has changed."""


def county_moved(committed: Committed) -> str:
    """The county whose numbers a change moves, or nothing: not every line of chat does."""
    return committed.counts.region[:6] if committed.counts is not None else ""


class Wall:
    """Keeps the walls of the counties up to date on this node. Shows at most every `QUIET` seconds a county."""

    def __init__(self, hub: Hub, clock: Clock, synthetic: bool) -> None:
        self._hub, self._clock, self._synthetic = hub, clock, synthetic
        self.tallies: dict[str, Tally] = {}
        self._names: dict[str, str] = {}
        self._mediators: dict[str, list[str]] = {}
        self._pending: dict[str, asyncio.TimerHandle] = {}
        self._unread: set[str] = set()
        """Cases that another node has changed and that are not read yet."""
        self._reading: asyncio.Task[None] | None = None

    def __call__(self, committed: Committed) -> None:
        one = committed.counts
        case = committed.after.case
        if one is not None and case.synthetic == self._synthetic and not case.trial:
            self._tally(one.region).put(committed.case_id, committed.seq, one)
            self._moved(one.region[:6])

    def elsewhere(self, case_id: str) -> None:
        """Another node has changed what is counted of a case."""
        self._unread.add(case_id)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read())

    def _tally(self, region: str) -> Tally:
        return self.tallies.setdefault(region[:6], Tally())

    def _moved(self, county: str) -> None:
        if county not in self._pending:
            self._pending[county] = asyncio.get_running_loop().call_later(QUIET, self._show, county)

    async def _read(self) -> None:
        while self._unread:
            part = sorted(self._unread)[: counting.AT_ONCE]
            try:
                found = await counting.read(reads(), part, self._synthetic)
            except Exception as error:
                # What has moved stays unread until the database answers again.
                log.warning("wall not read yet", reason=type(error).__name__)
                await asyncio.sleep(RETRY)
                continue
            self._unread.difference_update(part)
            for case_id, (seq, one) in found.items():
                self._tally(one.region).put(case_id, seq, one)
                self._moved(one.region[:6])

    def _show(self, county: str) -> None:
        self._pending.pop(county, None)
        now = self._clock.now()
        townships = {code: name for code, name in self._names.items() if len(code) == 9 and code.startswith(county)}
        document = without_nulls(self._tally(county).numbers(now, townships, self._mediators.get(county, [])))
        document |= {"updated_at": rfc3339(now)[:19] + "Z", "name": self._names.get(county, county)}
        self._hub.streams.live(f"wall/{county}|wall").replace(document)

    async def catch_up(self) -> None:
        """Count what was committed without this node being told: at the start everything, after a cut what moved."""
        if not any(self.tallies.values()):
            async for rows in counting.everything(reads(), self._synthetic):
                for case_id, seq, one in rows:
                    self._tally(one.region).put(case_id, seq, one)
            return
        known = {case_id: tally for tally in self.tallies.values() for case_id in tally.ids()}
        async for heads in counting.heads(reads(), self._synthetic):
            behind = [case_id for case_id, seq in heads if case_id not in known or known[case_id].seq_of(case_id) < seq]
            for case_id, (seq, one) in (await counting.read(reads(), behind, self._synthetic)).items():
                self._tally(one.region).put(case_id, seq, one)

    async def refresh_all(self) -> None:
        """Count what is missing, learn the names of places and who takes orders, and show every county."""
        await self.catch_up()
        await self._look()

    async def _look(self) -> None:
        regions = await Region.all().using_db(reads())
        takers = Account.filter(role__in=[Role.MEDIATOR, Role.GRID_WORKER], disabled=False).using_db(reads())
        mediators: dict[str, list[str]] = {}
        for account, region in await takers.values_list("id", "region"):
            mediators.setdefault(str(region)[:6], []).append(str(account))
        self._names, self._mediators = {r.code: r.name for r in regions}, mediators
        for region in regions:
            if len(region.code) == 6:
                self._show(region.code)

    async def keep_fresh(self) -> None:
        """Days begin and terms end although nobody does anything. Never returns."""
        while True:
            await asyncio.sleep(FRESH)
            try:
                await self._look()
            except Exception as error:
                log.warning("walls not refreshed", reason=type(error).__name__)

    def stop(self) -> None:
        for timer in self._pending.values():
            timer.cancel()
        self._pending.clear()
        if self._reading is not None:
            self._reading.cancel()
