"""A hub on a real port of this process, with a stand-in behind it: everybody is the centre, and one stream moves as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn

from cases.actor import Actor
from cases.vocabulary import Role
from realtime.endpoint import protocol
from realtime.http import HttpConnection
from realtime.hub import Hub
from realtime.messages import MESSAGE_LIMIT
from realtime.readers import Admission, Quotas

TOPIC, STREAM, EPOCH = "centre/139901", "centre/139901|staff", "e1"


class Stage:
    """Implements the hub's source, the door and the desk. `asked` are the messages that reached the desk, `knocked` and
    `ended` count handshakes and lost connections."""

    def __init__(self) -> None:
        self.offset, self.document = 0, {}
        self.asked: list[Any] = []
        self.knocked = self.ended = 0
        self.admitting = asyncio.Event()
        self.admitting.set()

    async def dossier_of(self, topic: str) -> None:
        return None

    async def snapshot(self, stream: str, dossier: Any) -> tuple[str, int, dict[str, Any]]:
        return EPOCH, self.offset, dict(self.document)

    async def heads(self, streams: list[str]) -> dict[str, tuple[str, int]]:
        return {}

    async def since(self, stream: str, epoch: str, offset: int) -> None:
        return None

    async def admit(self, cookies: str, handle: str, public_code: str, address: str) -> Admission:
        self.knocked += 1
        await self.admitting.wait()
        return Admission(Actor("account", "centre", "", Role.CENTRE, "centre", TOPIC.partition("/")[2]), handle)

    def origin_allowed(self, origin: str | None, host: str | None) -> bool:
        return True

    async def handle(self, connection: Any, message: Any) -> None:
        self.asked.append(message)

    def left(self, connection: Any) -> None:
        self.ended += 1


class Running:
    def __init__(self, stage: Stage, hub: Hub, port: int) -> None:
        self.stage, self.hub, self.port = stage, hub, port
        self.loop = asyncio.get_running_loop()
        self.url = f"ws://127.0.0.1:{port}/hub"

    def publish(self, patch: dict[str, Any]) -> None:
        self.stage.offset += 1
        self.stage.document |= patch
        self.hub.streams.publish(STREAM, EPOCH, self.stage.offset, patch)


@asynccontextmanager
async def running(**changed: float) -> AsyncIterator[Running]:
    """`changed`: other deadlines, in seconds: head_within, handshake_within, hello_within, ping_interval, ping_timeout."""
    stage = Stage()
    hub = Hub(stage, lambda: datetime.now(UTC), "test")
    hub.quotas = Quotas(account=(1e6, 1e6), address=(1e6, 1e6))  # everybody is the same account here
    heads = {k: changed.pop(k) for k in ("head_within", "head_limit") if k in changed}

    pings = {f"ws_{k}": changed.pop(k, 20.0) for k in ("ping_interval", "ping_timeout")}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http=type("Http", (HttpConnection,), heads),
        ws=protocol(hub, stage, stage, **changed),
        ws_max_size=MESSAGE_LIMIT,
        ws_per_message_deflate=False,
        **pings,  # type: ignore[arg-type]
        lifespan="off",
        log_level="warning",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield Running(stage, hub, server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await asyncio.wait_for(serving, 15)
