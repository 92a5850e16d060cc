"""A real worker process and headless peers around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from rehearsal import clip
from rehearsal.peer import HeadlessPeer
from rooms.media import protocol
from rooms.media.worker_process import MediaWorkerProcess


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Stage:
    """One room on one worker. Offers that arrive as events are answered by the peer of their seat."""

    def __init__(self) -> None:
        self.room = "hall"
        self.peers: dict[str, HeadlessPeer] = {}
        self.events: list[protocol.AnyEvent] = []
        self.gone: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.media: MediaWorkerProcess

    def take(self, event: protocol.AnyEvent) -> None:
        self.events.append(event)
        if isinstance(event, protocol.Offer) and event.seat in self.peers:
            task = asyncio.get_running_loop().create_task(self._answer(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, event: protocol.Offer) -> None:
        answer = await self.peers[event.seat].handle_offer(event.sdp)
        await self.media.answered(self.room, event.seat, event.revision, answer)

    async def leave(self) -> None:
        """Let all peers go; offers that still come are not answered."""
        peers, self.peers = self.peers, {}
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for peer in peers.values():
            await peer.close()

    async def publish(self, seat: str) -> None:
        peer = self.peers.setdefault(seat, HeadlessPeer(seat, clip.load()))

        async def send(offer: str) -> str:
            return (await self.media.publish(self.room, seat, offer)).answer

        await peer.publish(send)

    async def subscribe(self, seat: str) -> None:
        offer = await self.media.subscribe(self.room, seat)
        answer = await self.peers[seat].handle_offer(offer.sdp, fresh=True)
        await self.media.answered(self.room, seat, offer.revision, answer)

    async def until(self, condition: Callable[[], bool], seconds: float = 15.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.02)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Parametrised indirectly with `tcp`, `bind` or `advertise`, a stage whose worker is started so."""
    made = Stage()
    made.media = await MediaWorkerProcess.start(made.take, made.gone.append, **getattr(request, "param", {}))
    await made.media.open_room(made.room)
    try:
        yield made
    finally:
        await made.leave()
        await made.media.stop()
