"""The crowd: many light clients in one process, each a protocol that counts what arrives and decodes nothing."""

from __future__ import annotations

import asyncio
import base64
import time
from dataclasses import dataclass
from typing import Any

import msgpack

WITHIN = 60.0
AT_ONCE = 100
SOURCES = 8
"""Loopback addresses to connect from: one address and port pair has only some 28,000 local ports."""


def masked(payload: bytes, opcode: int = 2) -> bytes:
    """One client frame (RFC 6455, 5.2), masked with zeros."""
    size = len(payload)
    head = bytes((0x80 | opcode, 0x80 | size)) if size < 126 else bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


def handshake(path: str, cookie: str = "") -> bytes:
    """A browser's upgrade, with the headers that one sends."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8",
        f"Cookie: {cookie or 'heyi_main=0123456789abcdef.0123456789abcdef0123456789abcdef'}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def hello_and_subscribe(topic: str, epoch: str = "", offset: int = 0) -> bytes:
    subscribe = {"t": "subscribe", "topic": topic, "epoch": epoch, "offset": offset}
    return masked(msgpack.packb({"t": "hello", "version": 1})) + masked(msgpack.packb(subscribe))


@dataclass(frozen=True)
class Manners:
    """How to become a subscriber of one kind of server: what to send first, then (what to wait for, what to answer)."""

    first: bytes
    steps: tuple[tuple[bytes, bytes], ...] = ()


SILENT = Manners(b"")


class Subscriber(asyncio.Protocol):
    """`received` counts bytes from the moment on when it is `ready`. With `arrivals`, every piece is noted as (received, monotonic seconds)."""

    __slots__ = ("_manners", "_seen", "_step", "arrivals", "ready", "received", "transport")

    def __init__(self, manners: Manners) -> None:
        self.received, self._manners, self._step, self._seen = 0, manners, 0, b""
        self.arrivals: list[tuple[int, float]] | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        if self._manners.first:
            transport.write(self._manners.first)
        self._advance()

    def data_received(self, data: bytes) -> None:
        if self.ready.done():
            self.received += len(data)
            if self.arrivals is not None:
                self.arrivals.append((self.received, time.monotonic()))
            return
        self._seen += data
        self._advance()

    def _advance(self) -> None:
        while self._step < len(self._manners.steps):
            marker, reply = self._manners.steps[self._step]
            if marker not in self._seen:
                return
            self._seen = self._seen.partition(marker)[2]
            self._step += 1
            if reply:
                self.transport.write(reply)
        if not self.ready.done():
            self._seen = b""
            self.ready.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"the server closed the connection after {self._seen[:200]!r}"))


async def gather_crowd(port: int, size: int, manners: Manners) -> list[Subscriber]:
    """Connect so many, a hundred at a time, and wait until each is a subscriber."""
    loop = asyncio.get_running_loop()
    crowd: list[Subscriber] = []
    while len(crowd) < size:
        source = (f"127.0.0.{2 + len(crowd) // AT_ONCE % SOURCES}", 0)
        batch = min(AT_ONCE, size - len(crowd))
        async with asyncio.timeout(WITHIN):
            made = await asyncio.gather(
                *(loop.create_connection(lambda: Subscriber(manners), "127.0.0.1", port, local_addr=source) for _ in range(batch))
            )
            crowd += [subscriber for _, subscriber in made]
            await asyncio.gather(*(subscriber.ready for subscriber in crowd[-batch:]))
    return crowd


async def until_received(crowd: list[Subscriber], expected: int, within: float = WITHIN) -> None:
    """Wait until each has received exactly so many bytes. Raises `TimeoutError` when something is missing."""
    async with asyncio.timeout(within):
        while any(subscriber.received < expected for subscriber in crowd):
            await asyncio.sleep(0.01)
    assert all(subscriber.received == expected for subscriber in crowd), "more bytes arrived than were sent"
