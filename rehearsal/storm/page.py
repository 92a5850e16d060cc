"""A page that stays: it reconnects with its positions, to whichever node, and goes on from there. All that it ever received is kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from websockets.exceptions import InvalidStatus

from rehearsal.client import Client, Visitor
from rehearsal.server import Server
from rehearsal.storm.ground import GONE, Ground

Topics = Callable[[], list[str]]


class Page:
    """`name` says who reads; `wanted` what that person would like to read now, permitted or not."""

    def __init__(self, ground: Ground, name: str, visitor: Visitor, wanted: Topics, server: Server | None = None) -> None:
        self._ground, self.name, self.visitor, self.wanted, self._server = ground, name, visitor, wanted, server
        self.docs: dict[str, dict[str, Any]] = {}
        self.positions: dict[str, tuple[str, int]] = {}
        self.following: set[str] = set()
        self.client: Client | None = None
        self.turned_away = 0
        """How often the door did not let it in."""
        self.spared = False
        """Whether its line is left alone: a page that must be closed by the server must not be cut before."""
        self._frames: list[bytes] = []
        self._read_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def start(self) -> Page:
        self._task = asyncio.create_task(self._run())
        return self

    async def stop(self) -> None:
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def heard(self) -> bytes:
        """Every byte that ever came."""
        return b"".join([*self._frames, *(self.client.frames if self.client else ())])

    @property
    def read_at(self) -> float:
        """When something of a topic came last, on the monotonic clock."""
        return max(self._read_at, self.client.read_at if self.client else 0.0)

    def cut(self) -> None:
        if self.client is not None and not self.spared:
            self.client.socket.transport.abort()

    async def _run(self) -> None:
        while not self._stopped:
            try:
                async with self._ground.connection(self.visitor, self._server) as client:
                    await self._stay(client)
            except InvalidStatus as refused:
                self.turned_away += refused.response.status_code == 403
            except GONE:
                pass
            await self._ground.pause(0.02, 0.3)

    async def _stay(self, client: Client) -> None:
        client.docs, client.positions = self.docs, self.positions
        self.client = client
        try:
            while not client.ended:
                self._lose(client)
                wanted = set(self.wanted())
                for topic in sorted(wanted - self.following):
                    await self._follow(client, topic)
                if wanted - self.following:
                    await self._ground.pause(0.05, 0.2)
                else:
                    with contextlib.suppress(TimeoutError):
                        await client.until(lambda: client.ended or any(t in client.gone for t in self.following), 0.2)
        finally:
            self._note(client)

    async def _follow(self, client: Client, topic: str) -> None:
        epoch, offset = self.positions.get(topic, ("", 0))
        snapshots = client.snapshots
        await client.follow(topic, epoch, offset)
        if topic in client.gone:
            self._lose(client)
            return
        self.following.add(topic)
        self._ground.result.resumes += bool(epoch) and client.snapshots == snapshots

    def _lose(self, client: Client) -> None:
        """What is not permitted any more is not shown any more; `again` keeps the place."""
        for topic, code in client.gone.items():
            self.following.discard(topic)
            if code in {"not_permitted", "taken_by_centre", "order_lapsed"}:
                self.docs.pop(topic, None)
                self.positions.pop(topic, None)

    def _note(self, client: Client) -> None:
        self.client = None
        self.following.clear()
        self._frames += client.frames
        self._read_at = max(self._read_at, client.read_at)
        self._ground.result.events += client.events
        self._ground.result.snapshots += client.snapshots
        if client.repeated:
            self._ground.fault(f"{self.name}: {client.repeated} events came twice")
        if client.broken:
            self._ground.fault(f"{self.name} stopped: {client.broken}")
