"""How many rooms of four one core carries, and what a packet's way takes at that load.

Everybody sends and watches the three others, at 360p with 30 pictures a second. `MOST` rooms are connected; in each round 8, 16, 24 … of them play while the
worker's CPU is read. A straight line through these tells how many play in 60 % of a core: beyond the last one it is continued. Then so many play (at most
`MOST`), and delays are taken by one seat of each room.
"""

from __future__ import annotations

import asyncio
import math
import statistics
from collections.abc import Sequence

from benchmarks.figures import Figure, figure
from benchmarks.load import LoadPeer
from benchmarks.media_clip import clip
from benchmarks.media_engines import Ours
from benchmarks.media_latency import TimedPeer, watch_itself

MOST, STEP, SEATS = 32, 8, 4
SHARE = 0.6
"""Of one core, that the worker may use."""
GOLDEN = 0.6180339887
"""Multiples of it lie evenly in any unit, however many there are."""
WARM_SECONDS = 8.0
ROUNDS, SLICE_SECONDS, SETTLE_SECONDS = 5, 2.0, 1.5
ROOMS_GOAL, P50_GOAL, P99_GOAL = 10, 1.5, 10


class Hall:
    """Some rooms on one worker."""

    def __init__(self) -> None:
        self._engine = Ours()
        self.senders: list[list[LoadPeer]] = []
        self.watchers: list[list[LoadPeer]] = []

    async def open(self, rooms: int) -> None:
        clip()
        await self._engine.start()
        names = [f"s{n}" for n in range(SEATS)]
        for number in range(rooms):
            up = [LoadPeer(stamps=True) for _ in names]
            down = [TimedPeer(), *(LoadPeer() for _ in names[1:])]
            self._engine.up += up
            self._engine.down += down
            self.senders.append(up)
            self.watchers.append(down)
            await self._engine.join(f"r{number}", names, up)
            await self._engine.watch(f"r{number}", {n: [o for o in names if o != n] for n in names}, down)

    async def play(self, rooms: int) -> None:
        """Let the first so many rooms play and no other."""
        for number, room in enumerate(self.senders):
            for seat, peer in enumerate(room):
                if number < rooms:
                    # Each camera begins at a moment of its own of the clip's second, whose first picture is the large one: so many people's do not coincide.
                    peer.play((number * SEATS + seat) * GOLDEN % 1.0)
                else:
                    peer.pause()
        await asyncio.sleep(SETTLE_SECONDS)

    async def share_of(self, rooms: int, seconds: float) -> float:
        """Share of a core that the worker uses while so many play."""
        await self.play(rooms)
        # The worker's own count is finer than that of /proc, which goes by hundredths of a second.
        before = await self._cpu()
        await asyncio.sleep(seconds)
        return (await self._cpu() - before) / seconds

    async def _cpu(self) -> float:
        return float((await self._engine.media.stats())["cpu_s"])

    async def delays(self, seconds: float) -> tuple[list[float], float]:
        """Delays in ms while it plays, and the share of a core that this process used for it. Raises `AssertionError` when packets are missing."""
        timed = [peer for room in self.watchers for peer in room if isinstance(peer, TimedPeer)]
        for peer in timed:
            peer.delays.clear()
        sent = sum(p.sent for p in self._engine.up)
        arrived = self._engine.delivered()
        used, _ = await watch_itself(seconds)
        due, came = (sum(p.sent for p in self._engine.up) - sent) * (SEATS - 1), self._engine.delivered() - arrived
        assert came > due * 0.97, f"{came} of {due} packets arrived"
        return [delay for peer in timed for delay in peer.delays], used

    async def close(self) -> None:
        await self._engine.stop()


def rooms_in(share: float, counts: Sequence[int], shares: Sequence[float]) -> float:
    """Where the straight line through (rooms, share of a core) reaches `share`: least squares."""
    line = statistics.linear_regression(counts, shares)
    return (share - line.intercept) / line.slope


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


async def rooms(
    most: int = MOST, step: int = STEP, rounds: int = ROUNDS, seconds: float = SLICE_SECONDS, warm: float = WARM_SECONDS
) -> list[Figure]:
    hall, counts = Hall(), list(range(step, most + 1, step))
    try:
        await hall.open(most)
        await hall.play(most)
        await asyncio.sleep(warm)  # until everybody's line has been tried and all pictures come
        table = []
        for number in range(rounds):
            # Up and down in turns, so that what changes with time meets both ends.
            order = counts if number % 2 == 0 else counts[::-1]
            shares = {count: await hall.share_of(count, seconds) for count in order}
            table.append([shares[count] for count in counts])
        capacity = [rooms_in(SHARE, counts, shares) for shares in table]
        fitting = max(1, min(most, int(statistics.median(capacity))))
        await hall.play(fitting)
        slices = [await hall.delays(seconds) for _ in range(rounds)]
        few = min(most, ROOMS_GOAL)
        await hall.play(few)
        lighter = [await hall.delays(seconds) for _ in range(rounds)]
    finally:
        await hall.close()
    costs = [shares[-1] * 100 / most for shares in table]
    found = [figure("media.rooms_per_core", "rooms", capacity, goal=ROOMS_GOAL, at_least=True, digits=1)]
    found.append(figure("media.rooms_per_core.cost", "% of a core/room", costs, digits=2))
    for name, share, goal in (("p50", 0.5, P50_GOAL), ("p99", 0.99, P99_GOAL)):
        found.append(figure(f"media.latency.{name}", "ms", [quantile(delays, share) for delays, _ in slices], goal=goal, digits=2))
        found.append(figure(f"media.latency.{few}_rooms.{name}", "ms", [quantile(delays, share) for delays, _ in lighter], digits=2))
    found.append(figure("media.latency.load", "% of a core for the load", [used * 100 for _, used in slices], digits=0))
    found.append(figure("media.latency.rooms", "rooms", [float(fitting)], digits=0))
    return found
