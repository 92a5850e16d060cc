"""What happens because time passes: an expert's minutes end without anybody's click, what was to be performed comes near its day and past it, orders
stay without an answer, and sessions come near."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
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
MINUTE = timedelta(minutes=1)
"""Between two looks for sessions that begin soon."""


Look = Callable[[], Awaitable[int]]


NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Turn:
    every: timedelta
    looks: tuple[Look, ...]
    looked: datetime = NEVER


class Clockwork:
    """Looks at the live rooms; asks the store only when something is due. `rooms` gives those that are open on this node, `looks` are for terms,
    `soon` for what is told to the minute."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rooms: Callable[[], Iterable[Room]],
        looks: Iterable[Look],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        soon: Iterable[Look] = (),
    ) -> None:
        self._store, self._clock, self._rooms, self._pause = store, clock, rooms, pause
        self._turns = [_Turn(LOOK_EVERY, tuple(looks)), _Turn(MINUTE, tuple(soon))]

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
        for turn in self._turns:
            if self._clock.now() - turn.looked < turn.every:
                continue
            turn.looked = self._clock.now()
            for look in turn.looks:
                try:
                    await look()
                except Exception:
                    log.exception("the clock was not looked at, tried again later", seconds=turn.every.total_seconds())


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
