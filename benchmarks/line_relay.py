"""A line between one peer and the server, as an address of its own: it loses, shakes and narrows datagrams by a seed, without a kernel module.

What comes to `address` goes on to the server from a socket of the client's own, and back. Each way has its own fate. Where the line shakes, its delay
goes up and down as a radio's does that waits for its turn; what was sent first comes first.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SWING = 0.06
"""Seconds; longer than any jitter that is measured with, so that nothing overtakes."""
PER_DATAGRAM = 28
"""Bytes of IPv4 and UDP, which a line carries too."""


@dataclass
class Fate:
    """`loss` of 1, `delay` in s, `jitter` in s by which it is longer at times, `capacity` in bit/s (0: any), `queue` in s: what would wait longer
    is dropped."""

    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    capacity: float = 0.0
    queue: float = 0.25


class _Way:
    def __init__(self, fate: Fate, chance: random.Random, deliver: Callable[[bytes, Any], None]) -> None:
        self.fate, self._chance, self._deliver = fate, chance, deliver
        self._free_at = 0.0
        self._from, self._to, self._turn_at = 0.0, 0.0, float("-inf")

    def _shake(self, now: float) -> float:
        """Between 0 and 1: on a straight line from one chance to the next, `SWING` seconds later."""
        if now - self._turn_at >= SWING:
            self._from, self._to, self._turn_at = self._to, self._chance.random(), now
        return self._from + (self._to - self._from) * (now - self._turn_at) / SWING

    def carry(self, data: bytes, address: Any) -> None:
        loop, fate = asyncio.get_running_loop(), self.fate
        now = loop.time()
        if fate.loss and self._chance.random() < fate.loss:
            return
        at = now
        if fate.capacity:
            if self._free_at - now > fate.queue:
                return
            at = self._free_at = max(now, self._free_at) + (len(data) + PER_DATAGRAM) * 8 / fate.capacity
        at += fate.delay + fate.jitter * self._shake(now)
        if at <= now:
            self._deliver(data, address)
        else:
            loop.call_at(at, self._deliver, data, address)


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes, Any], None]) -> None:
        self._received = received
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._received(data, addr)

    def send(self, data: bytes, address: Any) -> None:
        if not self.transport.is_closing():
            self.transport.sendto(data, address)


class LineRelay:
    """`up` and `down` may be changed at any time. Ended by `close`."""

    def __init__(self, server: tuple[str, int], up: Fate, down: Fate, seed: int) -> None:
        self._server = server
        self._chance = random.Random(seed)
        self._clients: dict[Any, tuple[_Socket, _Way]] = {}
        self._opening: dict[Any, list[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.up, self.down = up, down
        self._front = _Socket(self._from_client)
        self.address: tuple[str, int] = ("", 0)

    async def open(self) -> LineRelay:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self._front, local_addr=("127.0.0.1", 0))
        self.address = self._front.transport.get_extra_info("sockname")[:2]
        self._back_way = _Way(self.down, self._chance, self._front.send)
        return self

    def through(self, sdp: str) -> str:
        """A description in which the server is reached over this line."""
        host, port = self.address
        return re.sub(r"(a=candidate:\S+ 1 udp \d+) \S+ \d+", rf"\1 {host} {port}", sdp)

    def narrow(self, capacity: float) -> None:
        """Let the way down carry so much from now on."""
        self.down.capacity = capacity

    def close(self) -> None:
        self._front.transport.close()
        for socket, _ in self._clients.values():
            socket.transport.close()

    def _from_client(self, data: bytes, client: Any) -> None:
        known = self._clients.get(client)
        if known is not None:
            known[1].carry(data, self._server)
        elif client in self._opening:
            self._opening[client].append(data)
        else:
            self._opening[client] = [data]
            task = asyncio.get_running_loop().create_task(self._admit(client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _admit(self, client: Any) -> None:
        back = _Socket(lambda data, _: self._back_way.carry(data, client))
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: back, local_addr=("127.0.0.1", 0))
        way = _Way(self.up, self._chance, back.send)
        self._clients[client] = (back, way)
        for data in self._opening.pop(client):
            way.carry(data, self._server)
