"""One server process and its crowd: started, asked to publish, ended by its own process id whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.hub_crowd import SILENT, Manners, Subscriber, gather_crowd, handshake, hello_and_subscribe, until_received
from benchmarks.hub_server import TOPIC

ROOT = Path(__file__).resolve().parent.parent
FRAME_BYTES = 204
"""What an ordinary event of a case makes on the wire."""
ANSWERS_WITHIN = 120.0


@dataclass(frozen=True)
class Kind:
    """A kind of server: the command that starts it, and how one subscribes to it."""

    name: str
    command: tuple[str, ...]
    manners: Manners
    environment: dict[str, str] = field(default_factory=dict)


OUR_MANNERS = Manners(handshake("/hub"), ((b"\r\n\r\n", hello_and_subscribe(TOPIC)), (b"snapshot", b"")))


def ours(frame_bytes: int = FRAME_BYTES) -> Kind:
    return Kind("ours", (sys.executable, "-m", "benchmarks.hub_server", "ours", str(frame_bytes)), OUR_MANNERS)


def floor(frame_bytes: int = FRAME_BYTES) -> Kind:
    return Kind("bare uvloop sockets", (sys.executable, "-m", "benchmarks.hub_server", "floor", str(frame_bytes)), SILENT)


class Side:
    """`crowd` are its subscribers; `expected` how many bytes each should have received."""

    def __init__(self, kind: Kind, process: asyncio.subprocess.Process) -> None:
        self.kind, self._process = kind, process
        self.crowd: list[Subscriber] = []
        self.expected = 0
        self.port = 0

    async def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), ANSWERS_WITHIN)
        assert line, f"{self.kind.name} ended"
        return dict(json.loads(line))

    async def ask(self, messages: int, pause: float = 0.0, **more: Any) -> dict[str, Any]:
        """Have so many messages published, `pause` seconds apart."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"messages": messages, "pause": pause, **more}).encode() + b"\n")
        return await self.hear()

    async def gather(self, size: int) -> dict[str, Any]:
        """Add so many subscribers; returns what the server says once it counts them all."""
        self.crowd += await gather_crowd(self.port, size, self.kind.manners)
        async with asyncio.timeout(ANSWERS_WITHIN):
            while (said := await self.ask(0))["readers"] < len(self.crowd):
                await asyncio.sleep(0.05)  # the last ones are connected but not yet accepted
        return said

    async def publish(self, messages: int, pause: float, frame_bytes: int = FRAME_BYTES) -> dict[str, Any]:
        """The same, and every delivery is counted where it arrives."""
        said = await self.ask(messages, pause)
        self.expected += messages * frame_bytes
        await until_received(self.crowd, self.expected)
        return said

    async def end(self) -> None:
        for subscriber in self.crowd:
            subscriber.transport.abort()
        if self._process.returncode is not None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 15)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def running(*kinds: Kind) -> AsyncIterator[list[Side]]:
    """Servers that run side by side until the block ends."""
    sides: list[Side] = []
    try:
        for kind in kinds:
            process = await asyncio.create_subprocess_exec(
                *kind.command,
                cwd=ROOT,
                env={**os.environ, **kind.environment},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=1 << 22,
                start_new_session=True,  # Ctrl-C is for the benchmark, which then ends its servers itself
            )
            sides.append(Side(kind, process))
            sides[-1].port = (await sides[-1].hear())["port"]
        yield sides
    finally:
        await asyncio.gather(*(side.end() for side in sides))
