"""The walls (大屏) of this node, of counties and of their townships: what is counted of every case is kept in memory, moved by each change, and shown as a live stream. No names of people.

Whatever this node commits is counted with the commit. What another node committed is read from the database when it is told, and what was not told is
found by comparing numbers of commands (`catch_up`). So the numbers are always those of a count from the beginning (`cases.tally`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime
from typing import Any

import structlog

from cases import township_wall
from cases.clock import rfc3339
from cases.counted import Counted
from cases.ports import Clock
from cases.tally import TOWNSHIP_DIGITS, Tally
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
        """Accounts that take orders, by their region."""
        self._pending: dict[str, asyncio.TimerHandle] = {}
        self._townships: dict[str, set[str]] = {}
        """County → townships of which a case has moved since they were shown."""
        self._told: dict[str, tuple[int | str, ...]] = {}
        """Township → what was told of it beside its own, when it was shown."""
        self._unread: set[str] = set()
        """Cases that another node has changed and that are not read yet."""
        self._reading: asyncio.Task[None] | None = None

    def __call__(self, committed: Committed) -> None:
        one = committed.counts
        case = committed.after.case
        if one is not None and case.synthetic == self._synthetic and not case.trial:
            self._put(committed.case_id, committed.seq, one)

    def elsewhere(self, case_id: str) -> None:
        """Another node has changed what is counted of a case."""
        self._unread.add(case_id)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read())

    def _tally(self, region: str) -> Tally:
        return self.tallies.setdefault(region[:6], Tally())

    def _put(self, case_id: str, seq: int, one: Counted) -> None:
        county = one.region[:6]
        self._townships.setdefault(county, set()).update(self._tally(county).put(case_id, seq, one))
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
                self._put(case_id, seq, one)

    def _show(self, county: str, anyway: bool = False) -> None:
        """`anyway`: each township too, so that its stamp says that somebody has looked."""
        self._pending.pop(county, None)
        now, moved = self._clock.now(), self._townships.pop(county, set())
        townships = {code: name for code, name in self._names.items() if len(code) == TOWNSHIP_DIGITS and code.startswith(county)}
        tally = self._tally(county)
        self._replace(county, tally.numbers(now, townships, self._takers(county)), now)
        told = township_wall.tables(tally, townships, now)
        for code in townships:
            beside = told.of(code)
            if anyway or code in moved or beside != self._told.get(code):
                self._told[code] = beside
                document = township_wall.document(tally, told, code, now, townships, self._takers(code))
                self._replace(code, document, now, only_if_other=not anyway)

    def _replace(self, region: str, document: dict[str, Any], now: datetime, only_if_other: bool = False) -> None:
        """`only_if_other`: a new stamp on a wall whose numbers are hidden would tell that something happened there."""
        stream = self._hub.streams.live(f"wall/{region}|wall")
        shown = without_nulls(document) | {"name": self._names.get(region, region)}
        if only_if_other and {name: value for name, value in stream.doc.items() if name != "updated_at"} == shown:
            return
        stream.replace(shown | {"updated_at": rfc3339(now)[:19] + "Z"})

    def _takers(self, region: str) -> Collection[str]:
        return [one for of, accounts in self._mediators.items() if of.startswith(region) for one in accounts]

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
            mediators.setdefault(str(region), []).append(str(account))
        self._names, self._mediators = {r.code: r.name for r in regions}, mediators
        for region in regions:
            if len(region.code) == 6:
                self._show(region.code, anyway=True)

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
