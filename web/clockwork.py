"""What happens because time passes: an expert's minutes end without anybody's click, who closed the page a while ago counts as having left, what was to be performed comes near its day and past it, orders
stay without an answer, and sessions come near."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from cases.case import Numbering
from cases.ports import Clock
from cases.vocabulary import SeatRole
from rooms.attendance import absent
from rooms.expert_seats import follow
from rooms.handing_over import MEDIATOR
from rooms.handling import expire, lost
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


AWAY_LIMIT = timedelta(minutes=10)
"""So long somebody may be without a connection before the seat counts as left: longer than a telephone call, or the way to where the line is better."""


Look = Callable[[], Awaitable[int]]


NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Turn:
    every: timedelta
    looks: tuple[Look, ...]
    looked: datetime = NEVER


class Clockwork:
    """Looks at the live rooms; asks the store only when something is due. `rooms` gives those that are open on this node, `looks` are for terms,
    `soon` for what is told to the minute, `online` the seats of a room that have it open."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        rooms: Callable[[], Iterable[Room]],
        looks: Iterable[Look],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        soon: Iterable[Look] = (),
        online: Callable[[Room], Collection[str]] | None = None,
    ) -> None:
        self._absences = Absences(online) if online is not None else None
        self._store, self._clock, self._rooms, self._pause = store, clock, rooms, pause
        self._turns = [_Turn(LOOK_EVERY, tuple(looks)), _Turn(MINUTE, tuple(soon))]

    async def run(self) -> None:
        """Never returns; a room that fails is tried again at the next look."""
        while True:
            await self._pause(EVERY)
            await self._look()
            rooms = list(self._rooms())
            if self._absences is not None:
                self._absences.keep({room.id for room in rooms})
            for room in rooms:
                await self._look_into(room)

    async def _look_into(self, room: Room) -> None:
        now = self._clock.now()
        try:
            if overdue(room, now):
                await self._store.execute(room.case_id, _expired)
            gone = self._absences.over(room, now) if self._absences is not None else []
            if gone:
                await self._store.execute(room.case_id, _lost(room.id, gone))
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


class Absences:
    """Since when somebody who has not left is without a connection: in memory, so that after a restart everybody has the whole time again. It is counted while the mediator
    is in the room: alone then somebody is waited for, and alone then it is sure that this node hears of those who are there."""

    def __init__(self, online: Callable[[Room], Collection[str]]) -> None:
        self._online = online
        self._since: dict[str, dict[str, datetime]] = {}

    def keep(self, rooms: Collection[str]) -> None:
        """Forget rooms that are not open any more."""
        for room in [one for one in self._since if one not in rooms]:
            del self._since[room]

    def over(self, room: Room, now: datetime) -> list[str]:
        """Seats whose people have been away for `AWAY_LIMIT`."""
        here = self._online(room)
        if room.ended_at is not None or MEDIATOR not in here:
            self._since.pop(room.id, None)
            return []
        before = self._since.get(room.id, {})
        self._since[room.id] = {seat: before.get(seat, now) for seat in absent(room, here)}
        return [seat for seat, since in self._since[room.id].items() if now - since >= AWAY_LIMIT]


def _lost(session: str, seats: list[str]) -> Callable[[Dossier, Numbering, datetime], Outcome]:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room = dossier.room
        return Outcome(lost(room, seats, now) if room is not None and room.id == session and room.ended_at is None else [])

    return decide


def _expired(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
    if dossier.room is None:
        return Outcome()
    return Outcome([*expire(dossier.room, now), *follow(dossier.case, dossier.room, now)])
