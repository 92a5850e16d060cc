"""What a viewer on a bad line sees and hears: losses, a line that narrows, a change of networks. The worker is a process of its own, the line a seeded relay.

Three seats send a camera in two layers and sound; one watches them over the line.
"""

from __future__ import annotations

import asyncio
import time

from benchmarks.figures import Figure, figure
from benchmarks.line_relay import Fate, LineRelay
from benchmarks.media_clip import clip, small
from benchmarks.media_layered import LayeredPeer
from benchmarks.media_watch import Watched, Watcher, frozen_share, longest_pause, longest_silence
from rooms.media.worker_process import MediaWorkerProcess

ROOM, SEATS = "line", ("a", "b", "c")
WIDE, NARROW = 3_000_000.0, 300_000.0
ROUNDS = 3
LOSS_SECONDS = 20.0
BEFORE, SQUEEZED, AFTER = 8.0, 20.0, 16.0


class Line:
    """The worker, its senders, and the viewer behind a relay."""

    def __init__(self, up: Fate, down: Fate, seed: int) -> None:
        self._up, self._down, self._seed = up, down, seed
        self._peers: list[LayeredPeer] = []
        self.watcher = Watcher()

    async def __aenter__(self) -> Line:
        clip(), small()  # encoded now, and not while somebody measures
        self.media = await MediaWorkerProcess.start(self._take, tcp=False)
        self.relay = await LineRelay(("127.0.0.1", self.media.port), self._up, self._down, self._seed).open()
        await self.media.open_room(ROOM)
        await self.media.set_routes(ROOM, 1, {"viewer": list(SEATS)})
        for number, seat in enumerate(SEATS):
            peer = LayeredPeer()
            self._peers.append(peer)
            await peer.connect((await self.media.publish(ROOM, seat, peer.offer())).answer)
            peer.play(number / 90)
        offer = await self.media.subscribe(ROOM, "viewer")
        await self.media.answered(ROOM, "viewer", offer.revision, self.watcher.answer(offer.sdp))
        await self.watcher.connect(self.relay.through(offer.sdp))
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(p.close() for p in [*self._peers, self.watcher]), return_exceptions=True)
        self.relay.close()
        await self.media.stop()

    def _take(self, event: object) -> None:
        """Nobody comes or goes, so that no offer follows the first."""

    def streams(self, kind: str) -> list[Watched]:
        return [self.watcher.of(seat, kind) for seat in SEATS]


async def losses(rounds: int = ROUNDS, seconds: float = LOSS_SECONDS) -> list[Figure]:
    """5 % loss and 50 ms of jitter, both ways."""
    frozen, gaps = [], []
    for number in range(rounds):
        async with Line(Fate(0.05, 0.0, 0.05), Fate(0.05, 0.0, 0.05), number) as line:
            await asyncio.sleep(6)
            since = time.monotonic()
            await asyncio.sleep(seconds + 1)
            until = since + seconds
            frozen.append(100 * sum(frozen_share(s, since, until) for s in line.streams("camera")) / len(SEATS))
            gaps.append(1000 * max(longest_silence(s, since, until) for s in line.streams("audio")))
    return [
        figure("media.loss5.frozen", "% of pictures", frozen, goal=1.0, digits=2),
        figure("media.loss5.audio_gap", "ms", gaps, goal=60.0, digits=0),
    ]


async def squeeze(rounds: int = ROUNDS) -> list[Figure]:
    """3 Mbit/s, then 300 kbit/s for twenty seconds, then 3 Mbit/s again."""
    gaps, lowered, frozen, back = [], [], [], []
    for number in range(rounds):
        async with Line(Fate(delay=0.02), Fate(delay=0.02, capacity=WIDE), number) as line:
            await asyncio.sleep(BEFORE)
            narrowed = time.monotonic()
            line.relay.narrow(NARROW)
            await asyncio.sleep(SQUEEZED)
            widened = time.monotonic()
            line.relay.narrow(WIDE)
            await asyncio.sleep(AFTER)
            ended = time.monotonic()
            cameras = line.streams("camera")
            gaps.append(1000 * max(longest_silence(s, narrowed - 2, widened) for s in line.streams("audio")))
            lowered.append(_first(cameras, narrowed, 180) - narrowed)
            # The picture that is kept: the one that was shown most while the line was narrow.
            kept = max(cameras, key=lambda s: sum(narrowed < at < widened for at, _ in s.shown))
            frozen.append(longest_pause(kept, narrowed, widened))
            back.append(max(_first([s], widened, 360, otherwise=ended) for s in cameras) - widened)
    return [
        figure("media.squeeze.audio_gap", "ms", gaps, goal=0.0, digits=0),
        figure("media.squeeze.lower", "s", lowered, goal=3.0, digits=2),
        figure("media.squeeze.freeze", "s", frozen, goal=1.0, digits=2),
        figure("media.squeeze.back", "s", back, goal=15.0, digits=1),
    ]


def _first(streams: list[Watched], since: float, height: int, otherwise: float = float("inf")) -> float:
    """When the first picture of this height came."""
    return min((at for s in streams for at, h in s.heights if at > since and h == height), default=otherwise)


async def restart(rounds: int = 5) -> list[Figure]:
    """The viewer's network is gone; from the moment when it has another one until media are back."""
    gaps = []
    async with Line(Fate(delay=0.02), Fate(delay=0.02), 1) as line:
        await asyncio.sleep(3)
        for number in range(rounds):
            line.relay.close()
            await asyncio.sleep(1.0)
            line.relay = await LineRelay(("127.0.0.1", line.media.port), Fate(delay=0.02), Fate(delay=0.02), number).open()
            began = time.monotonic()
            offer = await line.media.restart_ice_down(ROOM, "viewer")
            await line.media.answered(ROOM, "viewer", offer.revision, line.watcher.answer(offer.sdp))
            await line.watcher.move(line.relay.through(offer.sdp))
            while not line.watcher.received_bytes or line.watcher.received_bytes[-1][0] <= began:
                await asyncio.sleep(0.002)
            first = next(at for at, _ in line.watcher.received_bytes if at > began)
            gaps.append(first - began)
            await asyncio.sleep(0.5)
    return [figure("media.restart.gap", "s", gaps, goal=1.0, digits=3)]
