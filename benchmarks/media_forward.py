"""Forwarding: CPU of the engine's process for 1,000 media packets that arrive at viewers, beside other engines in turns.

Repair and statistics are on in both: NACK is negotiated for video, viewers report each second. Both keep what they sent for repetition.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from benchmarks.figures import Figure, figure
from benchmarks.media_engines import Engine, Janus, Ours, Relay, cpu_of

ROUNDS, SLICES = 5, 2
"""A round is cut into slices in which the engines take turns, so that what else the machine does meets both."""
SLICE_SECONDS = 2.0
SETTLE_SECONDS, UNDER_WAY_SECONDS = 0.6, 0.1
UNIT = "CPU ms/1000 packets"
GOALS = {(8, 8): 0.60, (8, 16): 0.60, (4, 3): 0.95}
RELAY_GOAL = 0.05
WARM_SLICES = 12
LOOPS = 2
"""As many as the machine that the figures in the documentation are from has cores."""
MAX_LOST = 0.002
"""Share of the packets that may be missing for a sample to count."""


async def slice_of(engine: Engine, viewers: int, seconds: float, *, warm: bool = False) -> tuple[float, int]:
    """(CPU seconds, packets delivered) of one slice. Raises `AssertionError` when packets did not arrive, but for the first, `warm` one."""
    sent, arrived = engine.sent(), engine.delivered()
    engine.play()
    await asyncio.sleep(SETTLE_SECONDS)
    cpu, before = cpu_of(engine.pid), engine.delivered()
    await asyncio.sleep(seconds)
    used, delivered = cpu_of(engine.pid) - cpu, engine.delivered() - before
    engine.pause()
    await asyncio.sleep(UNDER_WAY_SECONDS)
    due, arrived = (engine.sent() - sent) * viewers, engine.delivered() - arrived
    # A relay encodes anew: what it sends is not what it got.
    assert warm or arrived >= due * (0.1 if isinstance(engine, Relay) else 1 - MAX_LOST), (
        f"{engine.name}: {arrived} of {due} packets arrived"
    )
    return used, delivered


async def compare(
    engines: Sequence[Engine], publishers: int, viewers: int, rounds: int = ROUNDS, seconds: float = SLICE_SECONDS
) -> list[dict[str, tuple[float, int]]]:
    """For each round and engine (by name) the CPU seconds and the packets delivered; every other slice runs backwards."""
    samples = []
    try:
        for engine in engines:
            await engine.start()
            await engine.gather(publishers, viewers)
        for engine in engines:
            await _warm(engine, viewers, seconds)
        for _ in range(rounds):
            sums = {engine.name: (0.0, 0) for engine in engines}
            for number in range(SLICES):
                for engine in engines if number % 2 == 0 else reversed(engines):
                    used, arrived = await slice_of(engine, viewers, seconds)
                    before = sums[engine.name]
                    sums[engine.name] = (before[0] + used, before[1] + arrived)
            samples.append(sums)
    finally:
        await asyncio.gather(*(engine.stop() for engine in engines), return_exceptions=True)
    return samples


async def _warm(engine: Engine, viewers: int, seconds: float) -> None:
    """Until everything arrives: an engine that tries what a line takes begins with less."""
    for _ in range(WARM_SLICES):
        with contextlib.suppress(AssertionError):
            await slice_of(engine, viewers, seconds, warm=isinstance(engine, Relay))
            return


def _per_thousand(samples: list[dict[str, tuple[float, int]]], name: str) -> list[float]:
    return [used * 1e6 / arrived for used, arrived in (sums[name] for sums in samples)]


def _ratios(ours: list[float], theirs: list[float]) -> list[float]:
    return [a / b for a, b in zip(ours, theirs, strict=True)]


async def alone(publishers: int, viewers: int, rounds: int = ROUNDS, seconds: float = SLICE_SECONDS) -> list[Figure]:
    samples = await compare([Ours()], publishers, viewers, rounds, seconds)
    return [figure(f"media.forward.{publishers}x{viewers}.cost", UNIT, _per_thousand(samples, Ours.name), digits=1)]


async def beside_janus(publishers: int, viewers: int, rounds: int = ROUNDS, seconds: float = SLICE_SECONDS) -> list[Figure]:
    """Beside Janus as it is installed, with a thread for each connection, and beside one whose connections share `LOOPS` threads.

    The ratio's samples are those of each round; the costs follow as figures of their own.
    """
    engines = [Ours(), Janus(), Janus(LOOPS)]
    samples = await compare(engines, publishers, viewers, rounds, seconds)
    ours, theirs, tuned = (_per_thousand(samples, engine.name) for engine in engines)
    name = f"media.forward.{publishers}x{viewers}"
    return [
        figure(f"{name}.vs_janus", "times", _ratios(ours, theirs), goal=GOALS.get((publishers, viewers))),
        figure(f"{name}.cost", UNIT, ours, peer=engines[1].name, theirs=theirs, digits=1),
        figure(f"{name}.vs_janus_{LOOPS}_loops", "times", _ratios(ours, tuned)),
        figure(f"{name}.cost_{LOOPS}_loops", UNIT, ours, peer=engines[2].name, theirs=tuned, digits=1),
    ]


async def beside_relay(viewers: int, rounds: int = ROUNDS, seconds: float = SLICE_SECONDS) -> list[Figure]:
    """One publisher. The same stream in the same time, and not the packets, since a relay encodes as it likes."""
    samples = await compare([Ours(), Relay()], 1, viewers, rounds, seconds)
    shares = {e.name: [sums[e.name][0] / (SLICES * seconds) * 100 for sums in samples] for e in (Ours, Relay)}
    ours, theirs = shares[Ours.name], shares[Relay.name]
    name = f"media.forward.1x{viewers}.vs_relay"
    return [
        figure(name, "times", _ratios(ours, theirs), goal=RELAY_GOAL, digits=4),
        figure(f"{name}.cost", "% of a core", ours, peer=Relay.name, theirs=theirs, digits=2),
    ]
