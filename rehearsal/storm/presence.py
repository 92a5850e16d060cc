"""Who is shown as present: those who are connected, each once, and nobody who was left over from a node that was killed.

Before the storm two people leave at the moment at which the node that they are on is killed, so that nobody ever says that they went.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Coroutine
from typing import Any

from realtime.live import REFRESH, SILENT
from rehearsal.server import Server
from rehearsal.storm.ground import Books, Ground
from rehearsal.storm.page import Page
from rehearsal.storm.room import Room
from rehearsal.storm.secrets import Secret

BUSY = 5.0
"""Seconds that a busy machine may need on top."""
CAME_WITHIN = REFRESH + BUSY


class Presence:
    def __init__(self, ground: Ground, room: Room) -> None:
        self._ground, self._room = ground, room
        self.pages: list[Page] = []
        self.past: list[Page] = []

    async def prepare(self) -> None:
        """An expert waits outside of the room and the centre looks at its case; both vanish with their node."""
        node = self._ground.servers[-1]
        (expert, _), (centre, _) = [await self._ground.visitor(link) for link in ("expert", "centre")]
        self.past = [
            Page(self._ground, "e1", expert, lambda: [f"room/{self._room.session}"], node).start(),
            Page(self._ground, "centre", centre, lambda: [f"case/{self._room.case}"], node).start(),
        ]
        seats, people = set(self._seats()) | {"e1"}, {"wang", "centre"}
        await self._shown_everywhere(seats, people, time.monotonic() + CAME_WITHIN)
        await asyncio.to_thread(node.stop, signal.SIGKILL)
        self._ground.struck_at = time.monotonic()
        for page in self.past:
            await page.stop()
        await asyncio.to_thread(node.start)

    def actors(self) -> list[Coroutine[Any, Any, None]]:
        return []

    async def check(self) -> None:
        """Whoever leaves is seen to leave. What a killed node said last, of those who left and of those who stayed, goes after `SILENT`; so
        does what was taken back while Redis was away."""
        await self._shown_everywhere(set(self._seats()), {"wang"}, self._forgotten())
        leaves = next(p for p in self._room.pages if p.name == "s1")
        await leaves.stop()
        await self._shown_everywhere(set(self._seats()) - {"s1"}, {"wang"}, self._forgotten())

    def _forgotten(self) -> float:
        return max(time.monotonic(), self._ground.struck_at + SILENT) + CAME_WITHIN

    def _seats(self) -> list[str]:
        return [page.name for page in self._room.pages]

    async def _shown_everywhere(self, seats: set[str], people: set[str], until: float) -> None:
        """Raises nothing: what a node shows instead is noted as a fault."""
        for server in self._ground.servers:
            while (shown := await self._shown(server)) != (seats, people):
                if time.monotonic() > until:
                    self._ground.fault(f"present are {sorted(seats)} and {sorted(people)}, but {server.url} shows {shown}")
                    return
                await asyncio.sleep(0.2)

    async def _shown(self, server: Server) -> tuple[set[str], set[str]] | None:
        """(seats online in the room, accounts that have the case open) as this node shows them to the mediator."""
        live = await self._ground.fresh(self._room.visitors["m"], f"live/{self._room.session}", server)
        here = await self._ground.fresh(self._room.visitors["m"], f"here/{self._room.case}", server)
        if live is None or here is None:
            return None
        return {s for s, about in live.get("seats", {}).items() if about.get("online")}, set(here.get("people", {}))

    def count(self, books: Books) -> list[Secret]:
        return []
