"""Everybody comes back at once: a server that has just started, cold rings, thousands of clients that each missed twenty events.

Real throughout: the database is filled by the store, the cookies are those of sessions that `Doors` granted, the server is `run.py serve`.
Each client comes with its own cookie, says where it was, and must get every event that it missed, once and in order. What arrives is kept
as it came and read when the clock has stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack
import psutil

from benchmarks.figures import Figure, figure
from benchmarks.hub_crowd import SOURCES, handshake, hello_and_subscribe
from benchmarks.hub_files import need_connections
from benchmarks.hub_side import ROOT
from benchmarks.hub_store import Books, all_of, books
from cases.clock import SystemClock
from rehearsal.server import free_port
from web.doors import Doors

CLIENTS, TOPICS, MISSED = 10_000, 500, 20
AT_ONCE = 400
"""Handshakes under way at the same time."""
ATTEMPTS = 8
GOAL = 8.0
STARTS_WITHIN, ENDS_WITHIN, ALL_WITHIN = 60.0, 20.0, 200.0


@dataclass(frozen=True)
class Absent:
    """A client that was away: its cookie, and the position it holds."""

    handle: str
    secret: str
    topic: str
    epoch: str
    offset: int


class Returning(asyncio.Protocol):
    """One connection; `done` holds all that came once it has caught up, or nothing when it was cut before."""

    __slots__ = ("_absent", "_heard", "_spoken", "done", "transport")

    def __init__(self, absent: Absent) -> None:
        self._absent, self._heard, self._spoken = absent, bytearray(), False
        self.done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        absent = self._absent
        transport.write(handshake(f"/hub?as={absent.handle}", f"heyi_{absent.handle}={absent.secret}"))

    def data_received(self, data: bytes) -> None:
        self._heard += data
        if not self._spoken and b"\r\n\r\n" in self._heard:
            self._spoken = True
            head, _, rest = bytes(self._heard).partition(b"\r\n\r\n")
            if b" 101 " not in head[:20]:
                self.transport.abort()
                return
            self._heard = bytearray(rest)
            self.transport.write(hello_and_subscribe(self._absent.topic, self._absent.epoch, self._absent.offset))
        elif not self.done.done() and (b"current" in self._heard or b"snapshot" in self._heard):
            self.done.set_result(bytes(self._heard))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(b"")


def messages(data: bytes) -> list[dict[str, Any]]:
    """The messages in a server's unmasked frames."""
    found, at = [], 0
    while at < len(data):
        size, start = data[at + 1], at + 2
        if size >= 126:
            wide = 2 if size == 126 else 8
            size, start = int.from_bytes(data[start : start + wide], "big"), start + wide
        if data[at] == 0x82:
            found.append(msgpack.unpackb(data[start : start + size], timestamp=3))
        at = start + size
    return found


async def prepare(folder: Path, clients: int, topics: int, missed: int) -> list[Absent]:
    """Cases with a session for each client; then, while all are away, so many events in each case."""
    async with books(folder) as kept:
        doors = Doors(kept.writer, SystemClock(), b"k" * 32, frozenset())
        cases = [await kept.report(number) for number in range(topics)]
        held = {c.stream: (c.epoch, c.offset) for committed in kept.told for c in committed.changes}
        absent: list[Absent] = []
        await all_of(_grant(doors, cases[number % topics], held, absent) for number in range(clients))
        await all_of(_change(kept, case, f"{turn}") for turn in range(missed) for case in cases)
    return absent


def _grant(doors: Doors, case: str, held: dict[str, tuple[str, int]], absent: list[Absent]) -> Callable[[], Any]:
    async def grant() -> None:
        granted = await doors.reporter(case)
        absent.append(Absent(granted.handle, granted.secret, f"case/{case}", *held[f"case/{case}|reporter"]))

    return grant


def _change(kept: Books, case: str, title: str) -> Callable[[], Any]:
    return lambda: kept.retitle(case, f"屋檐滴水，第 {title} 次更正")


@contextlib.asynccontextmanager
async def server(folder: Path) -> AsyncIterator[tuple[int, psutil.Process]]:
    """`run.py serve` on that data; yields its port once it listens, and the process."""
    port, log = free_port(), folder / "server.log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HEYI_")} | {"HEYI_CONNECTIONS_PER_ADDRESS": "1000000"}
    command = [sys.executable, "-c", "from web.commands import cli; cli()", "serve", "--data", str(folder), "--port", str(port)]
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stderr=errors, start_new_session=True)
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            while True:
                assert process.returncode is None, f"the server did not start:\n{log.read_text()[-2000:]}"
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    break
        yield port, psutil.Process(process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), ENDS_WITHIN)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _come_back(port: int, absent: Absent, number: int, open_: list[Returning]) -> bytes:
    """Connect until caught up, as a browser does that is cut; returns what came."""
    loop = asyncio.get_running_loop()
    source = (f"127.0.0.{2 + number % SOURCES}", 0)
    for _ in range(ATTEMPTS):
        try:
            _, client = await loop.create_connection(lambda: Returning(absent), "127.0.0.1", port, local_addr=source)
        except OSError:
            continue
        open_.append(client)
        if heard := await client.done:
            return heard
    raise AssertionError(f"{absent.topic}: cut {ATTEMPTS} times")


def check(heard: bytes, absent: Absent, missed: int) -> None:
    """None missing, none twice, none out of order."""
    said = messages(heard)
    assert [m["t"] for m in said] == ["welcome", *["event"] * missed, "current"], [m["t"] for m in said]
    assert [m["offset"] for m in said[1:-1]] == list(range(absent.offset + 1, absent.offset + missed + 1))
    assert said[-1]["offset"] == absent.offset + missed


async def resume(clients: int = CLIENTS, topics: int = TOPICS, missed: int = MISSED) -> list[Figure]:
    need_connections(clients)
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as name:
        absent = await prepare(Path(name), clients, topics, missed)
        heard: list[bytes] = [b""] * clients
        open_: list[Returning] = []
        async with server(Path(name)) as (port, process):

            def returns(number: int) -> Callable[[], Any]:
                async def one() -> None:
                    heard[number] = await _come_back(port, absent[number], number, open_)

                return one

            try:
                started, before = time.monotonic(), process.cpu_times()
                async with asyncio.timeout(ALL_WITHIN):
                    await all_of((returns(number) for number in range(clients)), AT_ONCE)
                seconds, after = time.monotonic() - started, process.cpu_times()
            finally:
                for client in open_:
                    client.transport.abort()
        for data, who in zip(heard, absent, strict=True):
            check(data, who, missed)
    spent = after.user + after.system - before.user - before.system
    return [
        figure(f"hub.resume.{clients}", "s", [seconds], goal=GOAL, digits=2),
        figure(f"hub.resume.{clients}.cpu", "CPU s", [spent], digits=2),
    ]
