"""Our server and the floor, each in a process of its own: python -m benchmarks.hub_server ours|floor FRAME_BYTES

`ours` is the real path: uvicorn with `realtime.http` and `realtime.endpoint`, a `Hub` whose `publish` counts and numbers, its streams with
their rings. Only the database behind it is a stand-in. `floor` is uvloop and nothing else: the same bytes written to the same number of
sockets, which no server can go below.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn
import uvloop

from benchmarks.hub_files import raise_files
from benchmarks.hub_told import answer
from cases.actor import Actor
from cases.vocabulary import Role
from realtime.endpoint import protocol
from realtime.http import HttpConnection
from realtime.hub import Hub
from realtime.messages import Event, encode
from realtime.readers import Admission, Quotas, Readers
from realtime.streams import frame
from signaling.collecting import collect_rarely

TOPIC = "centre/139901"
STREAM = f"{TOPIC}|staff"
EPOCH = "bench"
LIMITLESS = 1_000_000
"""The whole crowd is one account at one address here, which no real installation would admit."""
BACKLOG = 2048
FILES = 20_500


def patch_for(offset: int, size: int) -> dict[str, Any]:
    """A patch whose event at `offset` makes a frame of `size` bytes."""
    envelope = len(frame(encode(Event(TOPIC, offset, _patch(0)))))
    for length in range(size - envelope, size - envelope - 12, -1):  # longer lengths take more bytes to say
        if len(frame(encode(Event(TOPIC, offset, _patch(length))))) == size:
            return _patch(length)
    raise AssertionError("no text makes a frame of that size")


def _patch(length: int) -> dict[str, Any]:
    return {"cases": {"c1": {"title": "x" * length}}}


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


async def ours(size: int) -> None:
    stage = Stage()
    hub = Hub(stage, lambda: datetime.now(UTC), "bench")
    hub.readers = Readers(
        per_account=LIMITLESS,
        per_address=LIMITLESS,
        per_node=LIMITLESS,
        topics_per_account=LIMITLESS,
        topics_per_address=LIMITLESS,
    )
    hub.quotas = Quotas(account=(LIMITLESS, LIMITLESS), address=(LIMITLESS, LIMITLESS))
    config = uvicorn.Config(
        _nothing,
        host="127.0.0.1",
        port=0,
        backlog=BACKLOG,
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
    collect_rarely()
    published, held = 0, 0

    def prepare(asked: dict[str, Any]) -> Callable[[int], None]:
        nonlocal held
        held = 0
        patches = [patch_for(published + n + 1, size) for n in range(asked["messages"])]
        stream = hub.streams.all.get(STREAM)

        def publish(number: int) -> None:
            nonlocal published, held
            published += 1
            hub.streams.publish(STREAM, EPOCH, published, patches[number])
            if asked.get("watch") and stream is not None:
                held = max([held, *(reader.transport.get_write_buffer_size() for reader in stream.readers)])

        return publish

    def extra() -> dict[str, Any]:
        stream = hub.streams.all.get(STREAM)
        return {"readers": len(stream.readers) if stream else 0, "held": held}

    await answer(server.servers[0].sockets[0].getsockname()[1], prepare, extra)
    server.should_exit = True
    server.force_exit = True
    await asyncio.wait_for(serving, 20)


class _Floor(asyncio.Protocol):
    writes: dict[Any, Callable[[bytes], None]] = {}

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.writes[self] = transport.write

    def connection_lost(self, error: Exception | None) -> None:
        self.writes.pop(self, None)


async def floor(size: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Floor, "127.0.0.1", 0, backlog=BACKLOG)
    data = bytes(size)

    def publish(number: int) -> None:
        for write in _Floor.writes.values():
            write(data)

    await answer(server.sockets[0].getsockname()[1], lambda asked: publish, lambda: {"readers": len(_Floor.writes)})
    server.close()


if __name__ == "__main__":
    raise_files(FILES)
    uvloop.run({"ours": ours, "floor": floor}[sys.argv[1]](int(sys.argv[2])))
