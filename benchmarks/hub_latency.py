"""How long an event takes from `NodeStreams.publish` to the last hop: the ninety-ninth percentile over all deliveries, clients included.

Both ends read the same monotonic clock of one machine. And what a reader that stops costs the others, and the server.
"""

from __future__ import annotations

import bisect
import socket

from benchmarks.figures import Figure, figure
from benchmarks.hub_crowd import Subscriber, gather_crowd, until_received
from benchmarks.hub_side import FRAME_BYTES, Side, ours, running

ROUNDS = 5
SECONDS = 4.0
STALLED_READERS, STALLED_MESSAGES, STALLED_BYTES, STALLED_PAUSE, STALLED_ROUNDS = 20, 5000, 8192, 0.002, 5
GAP_GOAL, HELD_GOAL = 50.0, 512.0


def delays(crowd: list[Subscriber], before: int, at: list[float]) -> list[float]:
    """Milliseconds from each moment in `at` until each reader had that message whole; `before` bytes had come earlier."""
    found = []
    for subscriber in crowd:
        arrivals = subscriber.arrivals or []
        counts = [count for count, _ in arrivals]
        for number, published in enumerate(at, 1):
            came = arrivals[bisect.bisect_left(counts, before + number * FRAME_BYTES)][1]
            found.append((came - published) * 1e3)
    return found


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


async def latency(subscribers: int, rate: float, goal: float, rounds: int = ROUNDS, seconds: float = SECONDS) -> list[Figure]:
    samples, messages = [], max(2, int(rate * seconds))
    async with running(ours()) as (side,):
        await side.gather(subscribers)
        await side.publish(2, 0.1)
        for _ in range(rounds):
            samples.append(percentile(await _timed(side, messages, 1 / rate), 0.99))
    return [figure(f"hub.latency.{subscribers}.p99", "ms", samples, goal=goal, digits=1)]


async def _timed(side: Side, messages: int, pause: float) -> list[float]:
    for subscriber in side.crowd:
        subscriber.arrivals = []
    before = side.expected
    said = await side.publish(messages, pause)
    found = delays(side.crowd, before, said["at"])
    for subscriber in side.crowd:
        subscriber.arrivals = None
    return found


async def stalled(messages: int = STALLED_MESSAGES, readers: int = STALLED_READERS, rounds: int = STALLED_ROUNDS) -> list[Figure]:
    """One reader stops reading while all are sent 40 MiB. What the server holds for it is its transport's buffer; the kernel's is apart.

    A new server each round. A round's gap is the longest silence of any other reader in some 100,000 pauses.
    """
    found = [await _stall(messages, readers) for _ in range(rounds)]
    return [
        figure("hub.stalled.gap", "ms", [gap for gap, _ in found], goal=GAP_GOAL, digits=1),
        figure("hub.stalled.held", "KiB", [held for _, held in found], goal=HELD_GOAL, digits=1),
    ]


async def _stall(messages: int, readers: int) -> tuple[float, float]:
    """Milliseconds of the longest gap, KiB held for the reader that stopped."""
    async with running(ours(STALLED_BYTES)) as (side,):
        await side.gather(readers)
        (lazy,) = await gather_crowd(side.port, 1, side.kind.manners)
        lazy.transport.pause_reading()
        # Else the kernel reads megabytes for it.
        lazy.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        for subscriber in side.crowd:
            subscriber.arrivals = []
        try:
            said = await side.ask(messages, STALLED_PAUSE, watch=True)
            side.expected = messages * STALLED_BYTES
            await until_received(side.crowd, side.expected)
        finally:
            lazy.transport.abort()
    gaps = [max(b - a for (_, a), (_, b) in zip(s.arrivals, s.arrivals[1:], strict=False)) * 1e3 for s in side.crowd if s.arrivals]
    assert messages < STALLED_MESSAGES or said["readers"] == readers, "the reader that stopped was never cut"
    return max(gaps), said["held"] / 1024
