"""Fan-out: CPU of the server process per million deliveries, beside the floor and beside other projects' servers, round by round in turns.

Messages are far enough apart that each is written by itself: batches would hide what a delivery costs. The hot topic is the
opposite: so many a second that the stream writes in ticks.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.figures import Figure, figure
from benchmarks.hub_side import Kind, Side, floor, ours, running

ROUNDS, SLICES = 5, 4
"""A round is cut into slices in which the sides take turns, so that what else the machine does meets all of them."""
DELIVERIES, PEER_DELIVERIES = 160_000, 80_000
"""Of one sample."""
PAUSE_EACH = 20e-6
"""Seconds between two messages for each subscriber: a third of the time the server is busy, and below the rate at which a stream is hot."""
HOT_MESSAGES, HOT_PAUSE = 1500, 0.0015
GOALS = {"ws": 0.8, "websockets": 0.7, "python_socketio": 0.12, "socketio": 0.55}
RAW_GOAL, HOT_GOAL = 1.1, 1.0
UNIT = "CPU s/million"


async def _cost_of(side: Side, messages: int, pause: float) -> float:
    """CPU seconds of the server for so many messages, until the last one has arrived everywhere."""
    before = (await side.publish(messages, pause))["began"]
    return float((await side.ask(0))["began"] - before)


async def compare(kinds: Sequence[Kind], subscribers: int, rounds: int = ROUNDS, deliveries: int = DELIVERIES) -> dict[str, list[float]]:
    """CPU seconds per million deliveries of each kind, one sample a round; every other slice runs backwards."""
    messages, pause = max(1, deliveries // subscribers // SLICES), max(0.005, PAUSE_EACH * subscribers)
    samples: dict[str, list[float]] = {kind.name: [] for kind in kinds}
    async with running(*kinds) as sides:
        for side in sides:
            await side.gather(subscribers)
            await _cost_of(side, messages, pause)  # once to warm
        for _ in range(rounds):
            spent = dict.fromkeys(samples, 0.0)
            for number in range(SLICES):
                for side in sides if number % 2 == 0 else reversed(sides):
                    spent[side.kind.name] += await _cost_of(side, messages, pause)
            for name, seconds in spent.items():
                samples[name].append(seconds / (messages * SLICES * subscribers) * 1e6)
    return samples


def _ratio(name: str, samples: dict[str, list[float]], peer: str, goal: float) -> Figure:
    """Ours beside theirs of the same round. The figure's own samples are the ratios; the costs follow as a figure of their own."""
    ratios = [a / b for a, b in zip(samples["ours"], samples[peer], strict=True)]
    return figure(name, "times", ratios, goal=goal, digits=3)


def _cost(name: str, samples: dict[str, list[float]], peer: str) -> Figure:
    return figure(f"{name}.cost", UNIT, samples["ours"], peer=peer, theirs=samples[peer], digits=2)


async def beside_raw(subscribers: int, rounds: int = ROUNDS, deliveries: int = DELIVERIES) -> list[Figure]:
    kinds = [ours(), floor()]
    samples = await compare(kinds, subscribers, rounds, deliveries)
    name = f"hub.fanout.{subscribers}.vs_raw"
    return [_ratio(name, samples, kinds[1].name, RAW_GOAL), _cost(name, samples, kinds[1].name)]


async def beside_peers(peers: Sequence[Kind], subscribers: int, rounds: int = ROUNDS, deliveries: int = PEER_DELIVERIES) -> list[Figure]:
    samples = await compare([ours(), *peers], subscribers, rounds, deliveries)
    found = []
    for peer in peers:
        name = f"hub.fanout.{subscribers}.vs_{peer.name}"
        found += [_ratio(name, samples, peer.name, GOALS[peer.name]), _cost(name, samples, peer.name)]
    return found


async def hot(subscribers: int, rounds: int = ROUNDS, messages: int = HOT_MESSAGES) -> list[Figure]:
    async with running(ours()) as (side,):
        await side.gather(subscribers)
        await _cost_of(side, max(2, messages // 10), HOT_PAUSE)
        samples = [await _cost_of(side, messages, HOT_PAUSE) / (messages * subscribers) * 1e6 for _ in range(rounds)]
    return [figure("hub.hot.cpu_per_million", "CPU s", samples, goal=HOT_GOAL, digits=2)]
