"""Fan-out of the hub: CPU of the server process per million deliveries, to 1,000 subscribers, in frames of 204 bytes.

Beside it, in the same run and in turns, the floor: bare uvloop sockets that are written the same bytes. Both servers are processes of
their own; this process is the crowd. Every delivery is counted where it arrives.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

import msgpack
import uvloop

from benchmarks.figures import Figure, figure
from benchmarks.hub_server import FRAME_BYTES, TOPIC

ROOT = Path(__file__).resolve().parent.parent
SUBSCRIBERS = 1000
MESSAGES = 80
PAUSE = 0.02
"""Seconds between two messages, so that each is written by itself: batches would hide the cost."""
ROUNDS = 5
WITHIN = 30.0


def _masked(message: dict[str, Any]) -> bytes:
    """One client frame (RFC 6455, 5.2), masked with zeros."""
    payload = msgpack.packb(message)
    assert len(payload) < 126
    return bytes((0x82, 0x80 | len(payload))) + bytes(4) + payload


HANDSHAKE = (
    "GET /hub HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}\r\n\r\n"
).encode()


class Subscriber(asyncio.Protocol):
    """Counts bytes. `ready` is set after the answer to the subscription, which is a snapshot."""

    def __init__(self, speaks: bool) -> None:
        self.received, self._speaks, self._seen = 0, speaks, b""
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        if self._speaks:
            transport.write(HANDSHAKE)
        else:
            self.ready.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self.ready.done():
            self.received += len(data)
            return
        self._seen += data
        if self._seen.endswith(b"\r\n\r\n"):
            self.transport.write(_masked({"t": "hello", "version": 1}) + _masked({"t": "subscribe", "topic": TOPIC}))
        elif b"snapshot" in self._seen:
            self.ready.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("the server closed the connection"))


class Side:
    """One server process and its crowd."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.crowd: list[Subscriber] = []
        self.expected = 0
        self.idle_kib = 0.0

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.hub_server",
            self.name,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        port = (await self._hear())["port"]
        empty = (await self._ask(0))["rss"]
        loop = asyncio.get_running_loop()
        for _ in range(SUBSCRIBERS // 50):
            made = await asyncio.gather(
                *(loop.create_connection(lambda: Subscriber(self.name == "ours"), "127.0.0.1", port) for _ in range(50))
            )
            self.crowd += [p for _, p in made]
            await asyncio.wait_for(asyncio.gather(*(p.ready for p in self.crowd)), WITHIN)
        async with asyncio.timeout(WITHIN):
            while (said := await self._ask(0))["readers"] < SUBSCRIBERS:
                await asyncio.sleep(0.05)  # the last ones are connected but not yet accepted
        self.idle_kib = (said["rss"] - empty) / 1024 / SUBSCRIBERS

    async def sample(self) -> float:
        """CPU seconds per million deliveries of one round; raises when a delivery is missing."""
        said = await self._ask(MESSAGES)
        self.expected += MESSAGES * FRAME_BYTES
        async with asyncio.timeout(WITHIN):
            while any(p.received < self.expected for p in self.crowd):
                await asyncio.sleep(0.01)
        assert all(p.received == self.expected for p in self.crowd), "more bytes arrived than were sent"
        return float(said["cpu"] / (MESSAGES * SUBSCRIBERS) * 1e6)

    async def stop(self) -> None:
        for subscriber in self.crowd:
            subscriber.transport.abort()
        if self._process.returncode is None:
            assert self._process.stdin is not None
            self._process.stdin.write(b"\n")
            try:
                await asyncio.wait_for(self._process.wait(), 15)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def _ask(self, messages: int) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"messages": messages, "pause": PAUSE}).encode() + b"\n")
        return await self._hear()

    async def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), WITHIN)
        assert line, f"{self.name} ended"
        return dict(json.loads(line))


async def measure() -> list[Figure]:
    _allow_files(4 * SUBSCRIBERS)
    sides = [Side("ours"), Side("floor")]
    try:
        for side in sides:
            await side.start()
            await side.sample()  # once to warm
        samples: dict[str, list[float]] = {"ours": [], "floor": []}
        for number in range(ROUNDS):
            for side in sides if number % 2 == 0 else reversed(sides):
                samples[side.name].append(await side.sample())
    finally:
        for side in sides:
            await side.stop()
    ratios = [a / b for a, b in zip(samples["ours"], samples["floor"], strict=True)]
    unit = "CPU s/million"
    return [
        figure(
            f"fan-out to {SUBSCRIBERS}, {FRAME_BYTES} bytes",
            unit,
            samples["ours"],
            peer="bare uvloop sockets",
            theirs=samples["floor"],
            digits=2,
        ),
        figure("fan-out beside the floor, round by round", "times", ratios, goal=1.1, digits=2),
        figure(
            "idle connection",
            "KiB",
            [sides[0].idle_kib],
            peer="bare uvloop sockets",
            theirs=[sides[1].idle_kib],
            goal=9.7,
            digits=1,
        ),
    ]


def _allow_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted, hard))
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")


def run() -> list[Figure]:
    return uvloop.run(measure())
