"""The two servers that `benchmarks.hub` compares, each in a process of its own: python -m benchmarks.hub_server ours|floor

`ours` is the real path: uvicorn with `realtime.endpoint.Connection`, a `Hub`, its `Stream`. Only the database behind it is a stand-in.
`floor` is uvloop and nothing else: the same bytes written to the same number of sockets, which no server can go below.

Speaks JSON lines: says its port, then answers each line {"messages": n, "pause": seconds} with {"cpu": seconds, "rss": bytes,
"readers": n, "bytes": of one frame} after having published n messages; an empty line ends it.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psutil
import uvicorn
import uvloop

from cases.actor import Actor
from cases.vocabulary import Role
from realtime.endpoint import protocol
from realtime.http import HttpConnection
from realtime.hub import Hub
from realtime.messages import Event, encode
from realtime.readers import Admission
from realtime.streams import frame

TOPIC = "centre/139901"
FRAME_BYTES = 204
EPOCH = "bench"
DEADLINE = 120.0
MESSAGES_MOST = 2000


def patch_of_size(offset: int) -> dict[str, Any]:
    """A patch whose event makes a frame of `FRAME_BYTES`."""
    for length in range(FRAME_BYTES, 0, -1):
        patch = {"cases": {"c1": {"title": "x" * length}}}
        if len(frame(encode(Event(TOPIC, offset, patch)))) == FRAME_BYTES:
            return patch
    raise AssertionError("the frame's envelope is larger than that")


class Stage:
    """Stands in for database, doors and desk: everybody is the centre, and nothing is stored."""

    async def dossier_of(self, topic: str) -> None:
        return None

    async def snapshot(self, stream: str, dossier: Any) -> tuple[str, int, dict[str, Any]]:
        return EPOCH, 0, {}

    async def heads(self, streams: list[str]) -> dict[str, tuple[str, int]]:
        return {}

    async def since(self, stream: str, epoch: str, offset: int) -> None:
        return None

    async def admit(self, cookies: str, handle: str, public_code: str, address: str) -> Admission:
        return Admission(Actor("account", "centre", "centre", Role.CENTRE, "centre", TOPIC.partition("/")[2]))

    def origin_allowed(self, origin: str | None, host: str | None) -> bool:
        return True

    async def handle(self, connection: Any, message: Any) -> None:
        return None

    def left(self, connection: Any) -> None:
        return None


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("only the websocket is served here")


async def ours() -> None:
    stage = Stage()
    hub = Hub(stage, lambda: datetime.now(UTC), "bench")
    config = uvicorn.Config(
        _nothing,
        host="127.0.0.1",
        port=0,
        loop="uvloop",
        http=HttpConnection,
        ws=protocol(hub, stage, stage),  # type: ignore[arg-type]
        lifespan="off",
        log_level="warning",
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # the crowd answers nothing, and would be cut
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    offset, patches = 0, [patch_of_size(n) for n in range(1, MESSAGES_MOST)]

    def publish() -> None:
        nonlocal offset
        offset += 1
        hub.publish(f"{TOPIC}|staff", EPOCH, offset, patches[offset - 1])

    def readers() -> int:
        stream = hub.streams.get(f"{TOPIC}|staff")
        return len(stream.readers) if stream else 0

    await _answer(server.servers[0].sockets[0].getsockname()[1], publish, readers)
    server.should_exit = True
    await asyncio.wait_for(serving, 20)


class _Floor(asyncio.Protocol):
    writes: dict[Any, Callable[[bytes], None]] = {}

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.writes[self] = transport.write

    def connection_lost(self, error: Exception | None) -> None:
        self.writes.pop(self, None)


async def floor() -> None:
    server = await asyncio.get_running_loop().create_server(_Floor, "127.0.0.1", 0, backlog=2048)
    data = bytes(FRAME_BYTES)

    def publish() -> None:
        for write in _Floor.writes.values():
            write(data)

    await _answer(server.sockets[0].getsockname()[1], publish, lambda: len(_Floor.writes))
    server.close()


async def _answer(port: int, publish: Callable[[], None], readers: Callable[[], int]) -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print(json.dumps({"port": port}), flush=True)
    while True:
        line = await asyncio.wait_for(lines.readline(), DEADLINE)
        if not line.strip():
            return
        asked = json.loads(line)
        before = _cpu()
        for _ in range(asked["messages"]):
            publish()
            await asyncio.sleep(asked["pause"])
        said = {"cpu": _cpu() - before, "rss": psutil.Process().memory_info().rss, "readers": readers(), "bytes": FRAME_BYTES}
        print(json.dumps(said), flush=True)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    uvloop.run({"ours": ours, "floor": floor}[sys.argv[1]]())
