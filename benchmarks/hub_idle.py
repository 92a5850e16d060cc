"""What a connection costs that is signed in, follows one topic and has nothing to do; and how many of them one node holds."""

from __future__ import annotations

from benchmarks.figures import Figure, figure
from benchmarks.hub_files import connections_for
from benchmarks.hub_side import ours, running

MEMORY_CONNECTIONS, WARM = 5000, 500
MEMORY_GOAL = 12.0
CONNECTIONS = 20_000
ROUNDS = 3


async def memory(connections: int = MEMORY_CONNECTIONS, warm: int = WARM, rounds: int = ROUNDS) -> list[Figure]:
    """Growth of the server's resident memory for each connection, beyond the first ones, which warm the allocator. A new server each round."""
    samples = []
    for _ in range(rounds):
        async with running(ours()) as (side,):
            empty = (await side.gather(warm))["rss"]
            full = (await side.gather(connections))["rss"]
            samples.append((full - empty) / 1024 / connections)
    return [figure("hub.idle.memory", "KiB", samples, goal=MEMORY_GOAL, digits=1)]


async def many(connections: int = CONNECTIONS) -> list[Figure]:
    """Held means: all of them are there at once, and an event reaches every one. Where the limit of open files is lower, so is the figure."""
    possible = connections_for(connections)
    async with running(ours()) as (side,):
        said = await side.gather(possible)
        await side.publish(1, 0.1)
    return [figure("hub.idle.connections", "connections", [float(said["readers"])], goal=float(connections), at_least=True, digits=0)]
