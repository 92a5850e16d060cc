"""The peer python-socketio: its ASGI application on uvicorn with uvloop, websocket transport alone, one `emit` to everybody."""

from __future__ import annotations

import asyncio
import sys

import socketio
import uvicorn
import uvloop

from benchmarks.hub_told import answer

LASTS = 600


async def main(size: int) -> None:
    server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], ping_interval=LASTS, ping_timeout=LASTS)
    text = "x" * (size - len('42["e",""]'))
    config = uvicorn.Config(socketio.ASGIApp(server), host="127.0.0.1", port=0, log_level="warning", lifespan="off", ws_ping_interval=None)
    config.ws_per_message_deflate = False
    http = uvicorn.Server(config)
    serving = asyncio.create_task(http.serve())
    while not http.started:
        await asyncio.sleep(0.02)

    async def publish(number: int) -> None:
        await server.emit("e", text)

    def connected() -> dict[str, int]:
        return {"readers": len(server.manager.rooms.get("/", {}).get(None, ()))}

    await answer(http.servers[0].sockets[0].getsockname()[1], lambda asked: publish, connected)
    http.should_exit = True
    await asyncio.wait_for(serving, 20)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
