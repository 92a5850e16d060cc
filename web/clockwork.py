"""What happens because time passes: an expert's minutes end without anybody's click, what was to be performed comes near its day and past it, and orders
stay without an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

import structlog

from cases.case import Numbering
from cases.ports import Clock
from cases.vocabulary import SeatRole
from rooms.expert_seats import follow
from rooms.handling import expire
from rooms.room import Room
from storage.dossier import Dossier
from storage.work import Outcome, Store

log = structlog.get_logger("clockwork")

EVERY = 2.0
"""Seconds between two looks at the clock."""
LOOK_EVERY = timedelta(hours=1)
"""Between two looks for what terms are over or near: most of them are at midnights of the county."""


class Clockwork:
    """Looks at the live rooms; asks the store only when something is due. `rooms` gives those that are open on this node, `looks` are for terms."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rooms: Callable[[], Iterable[Room]],
        looks: Iterable[Callable[[], Awaitable[int]]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store, self._clock, self._rooms, self._looks, self._pause = store, clock, rooms, tuple(looks), pause
        self._looked = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Never returns; a room that fails is tried again at the next look."""
        while True:
            await self._pause(EVERY)
            await self._look()
            for room in list(self._rooms()):
                if overdue(room, self._clock.now()):
                    try:
                        await self._store.execute(room.case_id, _expired)
                    except Exception:
                        log.exception("expiry failed", room=room.id)

    async def _look(self) -> None:
        if self._clock.now() - self._looked < LOOK_EVERY:
            return
        self._looked = self._clock.now()
        for look in self._looks:
            try:
                await look()
            except Exception:
                log.exception("terms were not looked at, tried again in an hour")


def overdue(room: Room, now: datetime) -> bool:
    """Whether an expert sits in the room longer than invited, or has a seat of an invitation that is over, on whatever device."""
    if room.ended_at is not None:
        return False
    experts = [s for s in room.seats.values() if s.role is SeatRole.EXPERT and s.until is not None and s.until <= now]
    return any(s.present or (s.invitation and not s.revoked) for s in experts)


def _expired(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    if dossier.room is None:
        return Outcome()
    return Outcome([*expire(dossier.room, now), *follow(dossier.case, dossier.room, now)])
