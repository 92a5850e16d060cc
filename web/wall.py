"""The numbers of the wall (大屏), computed from the cases of a region and published as a live stream. No names, ever.

A count under `SMALL` of a township is not shown as itself; where exactly one township would be hidden, the next smallest is hidden with it,
so that the total does not betray it (complementary suppression).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

import structlog

from cases.clock import COUNTY_TIME, midnights
from cases.ports import Clock
from cases.vocabulary import CaseStage
from realtime.hub import Hub
from realtime.patch import without_nulls
from storage.database import reads
from storage.dossier import Dossier, load
from storage.models.cases import CaseRow
from storage.models.people import Region
from storage.work import Committed

log = structlog.get_logger("wall")

SMALL = 3
SOON_DAYS = 3
"""三天内到期: not over yet, and at most this many midnights away. The desks count the same (`web/client/src/cases/due.ts`)."""
QUIET = 0.25
"""Seconds that several changes are gathered before the numbers are computed again."""
FRESH = 60.0
"""Seconds between two looks at the clock: days begin and terms end by themselves."""
ACTIVE = (CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.ACCEPTED, CaseStage.MEDIATING)


def suppress(counts: dict[str, int]) -> dict[str, int | str]:
    """Counts by township with small cells hidden as "<3", and a second one when only one would be hidden."""
    hidden = {name for name, count in counts.items() if 0 < count < SMALL}
    if len(hidden) == 1:
        rest = sorted((count, name) for name, count in counts.items() if name not in hidden and count > 0)
        if rest:
            hidden.add(rest[0][1])
    return {name: "<3" if name in hidden else count for name, count in counts.items()}


def numbers(rows: list[dict[str, Any]], townships: dict[str, str], now: datetime, rooms: int) -> dict[str, Any]:
    """The wall's document from plain rows (stage, region, dispute_type, reported_at, due, agreed_at). Days begin at midnight in the county."""
    midnight = now.astimezone(COUNTY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    month = midnight.replace(day=1)
    active = [r for r in rows if r["stage"] in ACTIVE]
    ended = [r for r in rows if r["stage"] in {CaseStage.AGREED, CaseStage.CLOSED, CaseStage.FAILED}]
    agreed = [r for r in ended if r["agreed_at"]]
    by_region = Counter(r["region"][:9] for r in active)
    types = Counter(r["dispute_type"] for r in rows if r["reported_at"] >= month)
    days = [0] * 30
    for row in rows:
        ago = (midnight.date() - row["reported_at"].astimezone(COUNTY_TIME).date()).days
        if 0 <= ago < 30:
            days[29 - ago] += 1
    return without_nulls(
        {
            "today": sum(1 for r in rows if r["reported_at"] >= midnight),
            "active": len(active),
            "rooms": rooms,
            "success": round(100 * len(agreed) / len(ended)) if ended else None,
            "due_soon": sum(1 for r in active if r["due"] and now <= r["due"] and midnights(now, r["due"]) <= SOON_DAYS),
            "overdue": sum(1 for r in active if r["due"] and r["due"] < now),
            "townships": suppress({name: by_region.get(code, 0) for code, name in townships.items()}),
            "types": dict(types.most_common(5)),
            "trend": days,
            "funnel": {
                "reported": len(rows),
                "accepted": sum(1 for r in rows if r["stage"] not in {CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.WITHDRAWN}),
                "mediating": sum(
                    1 for r in rows if r["stage"] in {CaseStage.MEDIATING, CaseStage.AGREED, CaseStage.CLOSED, CaseStage.FAILED}
                ),
                "agreed": len(agreed),
                "closed": sum(1 for r in rows if r["stage"] == CaseStage.CLOSED),
            },
            "updated_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )


def county_moved(committed: Committed) -> str:
    """The county whose numbers a change can move, or nothing: not every line of chat has to."""

    def seen(dossier: Dossier | None) -> tuple[object, ...]:
        if dossier is None:
            return ()
        case, room = dossier.case, dossier.room
        here = (room.ended_at is None, len(room.present())) if room else ()
        return (case.stage, case.due, case.dispute_type, case.region, case.agreed_at, here)

    return committed.after.case.region[:6] if seen(committed.before) != seen(committed.after) else ""


class Wall:
    """Keeps the walls of the counties up to date on this node. Computes at most every `QUIET` seconds a county."""

    def __init__(self, hub: Hub, clock: Clock, synthetic: bool) -> None:
        self._hub, self._clock, self._synthetic = hub, clock, synthetic
        self._pending: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, committed: Committed) -> None:
        county = county_moved(committed)
        if county:
            self.moved(county)

    def moved(self, county: str) -> None:
        """Something that this county's wall counts has changed, here or on another node."""
        if county not in self._pending:
            loop = asyncio.get_running_loop()
            self._pending[county] = loop.call_later(QUIET, self._start, county)

    def _start(self, county: str) -> None:
        self._pending.pop(county, None)
        task = asyncio.get_running_loop().create_task(self._refresh(county))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _refresh(self, county: str) -> None:
        try:
            await self.refresh(county)
        except Exception as error:
            # What has moved stays untold until somebody asks the database again.
            log.warning("wall not refreshed yet", reason=type(error).__name__)
            self.moved(county)

    async def refresh(self, county: str) -> None:
        query = CaseRow.filter(region__startswith=county, synthetic=self._synthetic)
        rows = await query.using_db(reads()).values("stage", "region", "dispute_type", "reported_at", "due", "agreed_at")
        regions = await Region.filter(code__startswith=county).using_db(reads())
        townships = {r.code: r.name for r in regions if len(r.code) == 9}
        document = numbers(list(rows), townships, self._clock.now(), await self._rooms(county))
        document["name"] = next((r.name for r in regions if r.code == county), county)
        self._hub.streams.live(f"wall/{county}|wall").replace(document)

    async def _rooms(self, county: str) -> int:
        """Sessions in which two or more people sit now, on whichever node."""
        rows = CaseRow.filter(region__startswith=county, synthetic=self._synthetic, stage=CaseStage.MEDIATING).using_db(reads())
        rooms = [room for row in await rows if (room := load(row).room) is not None and room.ended_at is None]
        return sum(1 for room in rooms if len(room.present()) > 1)

    async def refresh_all(self) -> None:
        for region in await Region.all().using_db(reads()):
            if len(region.code) == 6:
                await self.refresh(region.code)

    async def keep_fresh(self) -> None:
        """Days begin and terms end although nobody does anything. Never returns."""
        while True:
            await asyncio.sleep(FRESH)
            try:
                await self.refresh_all()
            except Exception as error:
                log.warning("walls not refreshed", reason=type(error).__name__)

    def stop(self) -> None:
        for timer in self._pending.values():
            timer.cancel()
        self._pending.clear()
