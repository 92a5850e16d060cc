"""The peer `websockets`: its asyncio server on uvloop, without compression and pings, and its own `broadcast`."""

from __future__ import annotations

import sys

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from benchmarks.hub_told import answer


async def main(size: int) -> None:
    payload, connections = bytes(size), set()

    async def stay(connection: ServerConnection) -> None:
        connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            connections.discard(connection)

    async with serve(stay, "127.0.0.1", 0, compression=None, ping_interval=None, backlog=2048) as server:
        port = server.sockets[0].getsockname()[1]
        await answer(port, lambda asked: lambda n: broadcast(connections, payload), lambda: {"readers": len(connections)})


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
