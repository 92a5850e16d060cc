"""When somebody who sends looks again: at once where there may be more, soon after something new, and later each time while nobody answers."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from cases.delivery import wait_after

LOOK_EVERY = 5.0
"""Seconds after which is looked anyway: what another node entered, or is due again, wakes nobody here."""
MOST_AWAY = 60.0
"""Seconds at most while the other side does not answer."""


class Rounds:
    """`absent`: how often in a row the other side did not answer."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self.absent = 0

    def wake(self) -> None:
        self._woken.set()

    def begin(self) -> None:
        """A round begins: what wakes from now on is for the next one."""
        self._woken.clear()

    async def rest(self) -> None:
        if self.absent:
            await asyncio.sleep(min(MOST_AWAY, wait_after(self.absent).total_seconds()))
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY):
                await self._woken.wait()
