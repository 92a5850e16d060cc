"""The running system, until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from signaling.collecting import collect_rarely
from web.composition import open_house
from web.house import House
from web.http_server import HttpServer
from web.port import listen
from web.settings import Settings

Ready = Callable[[House], Awaitable[None]]


async def serve(settings: Settings, synthetic: bool = False, ready: Ready | None = None) -> None:
    """Serve until SIGINT or SIGTERM. `ready` is called once the port is open. Raises `CannotListen`, before anything else is begun."""
    with listen(settings.host, settings.port) as port:
        await _serve_on(port, settings, synthetic, ready)


async def _serve_on(port: socket.socket, settings: Settings, synthetic: bool, ready: Ready | None) -> None:
    async with open_house(settings, synthetic) as (house, config):
        server = HttpServer(config)
        serving = asyncio.create_task(server.serve([port]))
        while not server.started and not serving.done():  # noqa: ASYNC110  (uvicorn offers no event for this moment)
            await asyncio.sleep(0.02)
        collect_rarely()
        if server.started and ready is not None:
            try:
                await ready(house)
            except BaseException:
                server.should_exit = True
                await serving
                raise
        await serving
