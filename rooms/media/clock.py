"""The clock of a worker's rooms: every room has its turn each 20 ms.

A process that wakes from rest finds its caches cold, which costs more than a turn does. So a turn that is due is taken along with packets that come within
`SLACK`, and only where none do the process wakes for it: a room in which one person speaks wakes a third less often, a full one hardly for its clock at all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from rooms.media.turns import SLOTS, TICK, Turns

SLACK = TICK / 2
"""Seconds by which a turn may be late to be taken along with packets."""
Due = list[tuple[str, bool]]
"""Rooms whose turn it is, and whether they report."""


class RoomClock:
    """`take(due, now)` is called for each slot that has rooms. What it raises comes out of `run`."""

    def __init__(
        self, turns: Turns, take: Callable[[Due, float], None], monotonic: Callable[[], float] = time.monotonic, slack: float = SLACK
    ) -> None:
        """`slack` is 0 where nobody calls `look`."""
        self._turns, self._take, self._monotonic, self._slack = turns, take, monotonic, slack
        self._loop = asyncio.get_running_loop()
        self._failed: asyncio.Future[None] = self._loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._began = monotonic()
        self._next()

    async def run(self) -> None:
        """Never returns."""
        self._arm()
        try:
            await self._failed
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def look(self) -> None:
        """Called with every turn of packets: take what is due along."""
        for _ in range(SLOTS):
            if self._monotonic() < self._at or self._failed.done():
                return
            self._ring()

    def _ring(self) -> None:
        now = self._monotonic()
        if now - self._at > TICK:
            # Turns that were missed are not made up for: they would come all at once.
            self._began += now - self._at
        try:
            self._take(self._due, now)
        except Exception as error:
            if not self._failed.done():
                self._failed.set_exception(error)
            return
        self._next()
        self._arm()

    def _next(self) -> None:
        self._due = self._turns.next()
        self._at = self._began + self._turns.step * TICK / SLOTS

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(max(0.0, self._at + self._slack - self._monotonic()), self._ring)
