"""`bench hub`: the parts that measure the hub, by the names of their figures; each runs alone and is bounded in time."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks import hub_fanout, hub_idle, hub_latency, hub_peers, hub_resume, hub_store
from benchmarks.figures import Figure
from benchmarks.hub_files import need_connections
from benchmarks.parts import Part, chosen, run_parts

CONNECTIONS = 10_000
"""That this process has at once: two crowds of 5,000."""

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


def run(only: Sequence[str] = (), peers: bool = False) -> list[Figure]:
    """Measure; with `peers` also beside other projects' servers, which are installed first. Ends the program when a part failed."""
    need_connections(CONNECTIONS)
    parts = dict(PARTS)
    if peers:
        hub_peers.install()
        parts[PEERS] = lambda: hub_fanout.beside_peers(hub_peers.kinds(), 1000)
    return run_parts(chosen(parts, only))
