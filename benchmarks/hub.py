"""`bench hub`: the parts that measure the hub, by the names of their figures; each runs alone and is bounded in time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

import uvloop
from rich.console import Console

from benchmarks import figures, hub_fanout, hub_idle, hub_latency, hub_peers, hub_resume, hub_store
from benchmarks.figures import Figure
from benchmarks.hub_files import need_connections

PART_WITHIN = 400.0
CONNECTIONS = 10_000
"""That this process has at once: two crowds of 5,000."""

Part = Callable[[], Awaitable[list[Figure]]]

PARTS: dict[str, Part] = {
    "hub.fanout.1000.vs_raw": lambda: hub_fanout.beside_raw(1000),
    "hub.fanout.5000.vs_raw": lambda: hub_fanout.beside_raw(5000),
    "hub.hot": lambda: hub_fanout.hot(1000),
    "hub.latency.1000": lambda: hub_latency.latency(1000, 10, 20),
    "hub.latency.5000": lambda: hub_latency.latency(5000, 4, 75),
    "hub.stalled": hub_latency.stalled,
    "hub.idle.memory": hub_idle.memory,
    "hub.idle.connections": hub_idle.many,
    "hub.append.sqlite": hub_store.append,
    "hub.resume.10000": hub_resume.resume,
}
PEERS = "hub.fanout.1000.vs_peers"

console = Console(stderr=True)


def chosen(parts: dict[str, Part], only: Sequence[str]) -> dict[str, Part]:
    """The parts whose name begins with one of `only`, or that make a figure of that name. All without `only`."""
    return {name: part for name, part in parts.items() if not only or any(name.startswith(o) or o.startswith(name) for o in only)}


async def measure(parts: dict[str, Part]) -> tuple[list[Figure], list[str]]:
    """The figures, and a sentence for each part that could not be measured; the others are not lost with it."""
    found, failed = [], []
    for name, part in parts.items():
        console.print(f"[dim]{name} …[/dim]")
        try:
            async with asyncio.timeout(PART_WITHIN):
                found += await part()
        except (TimeoutError, AssertionError, OSError) as error:
            failed.append(f"{name} could not be measured: {error or type(error).__name__}")
    return found, failed


def run(only: Sequence[str] = (), peers: bool = False) -> list[Figure]:
    """Measure; with `peers` also beside other projects' servers, which are installed first. Ends the program when a part failed."""
    need_connections(CONNECTIONS)
    parts = dict(PARTS)
    if peers:
        hub_peers.install()
        parts[PEERS] = lambda: hub_fanout.beside_peers(hub_peers.kinds(), 1000)
    found, failed = uvloop.run(measure(chosen(parts, only)))
    if failed:
        figures.show(found)
        sys.exit("\n".join(failed))
    return found
