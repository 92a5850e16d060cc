"""`bench hub`: the parts that measure the hub, by the names of their figures; each runs alone and is bounded in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import uvloop
from rich.console import Console

from benchmarks import hub_fanout, hub_idle, hub_latency, hub_peers
from benchmarks.figures import Figure
from benchmarks.hub_files import need_connections

PART_WITHIN = 300.0
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
}
PEERS = "hub.fanout.1000.vs_peers"


def chosen(only: Sequence[str]) -> dict[str, Part]:
    """The parts whose name begins with one of `only`, or that make a figure of that name. All without `only`."""
    return {name: part for name, part in PARTS.items() if not only or any(name.startswith(o) or o.startswith(name) for o in only)}


async def measure(parts: dict[str, Part]) -> list[Figure]:
    found = []
    for name, part in parts.items():
        Console(stderr=True).print(f"[dim]{name} …[/dim]")
        async with asyncio.timeout(PART_WITHIN):
            found += await part()
    return found


def run(only: Sequence[str] = (), peers: bool = False) -> list[Figure]:
    """Measure; with `peers` also beside other projects' servers, which are installed first."""
    need_connections(CONNECTIONS)
    parts = chosen(only)
    if peers:
        hub_peers.install()
        parts[PEERS] = lambda: hub_fanout.beside_peers(hub_peers.kinds(), 1000)
    return uvloop.run(measure(parts))
