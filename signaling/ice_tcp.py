"""ICE over TCP (RFC 6544) on the same number as the UDP port, for networks that let no UDP through. We are passive: browsers connect.

Each packet is led by its length in two bytes (RFC 4571). A connection that does not bring an authentic check within `PROVEN_WITHIN` is
closed; one that does not read has packets dropped, as a full line would drop them, and never makes the server hold more than `MAX_HELD`.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Protocol, cast

MAX_PACKET = 2048
MAX_HELD = 256 * 1024
"""Bytes unsent on one connection, beyond which packets are dropped."""
PROVEN_WITHIN = 10.0
"""Seconds."""
MAX_UNPROVEN = 256
"""Connections at once that have not brought an authentic check yet."""

Address = tuple[Any, ...]


class Receiver(Protocol):
    """The port, as far as a connection needs it. `proven` tells whether an address belongs to a session by now."""

    def datagram_received(self, data: bytes, addr: Address) -> None: ...

    def proven(self, address: Address) -> bool: ...


class IceTcp:
    """The connections of one port. Their addresses are (host, port, "tcp"), so that no datagram can come from one of them."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.unproven: set[_Connection] = set()
        self._by_address: dict[Address, _Connection] = {}
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if host == "::":
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            sock.bind((host, port))
            self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), sock=sock)
        except BaseException:
            sock.close()
            raise

    def sendto(self, data: bytes, address: Address) -> None:
        """Send to one connection; dropped when it is gone or does not read."""
        connection = self._by_address.get(address)
        if connection is not None:
            connection.send(data)

    def drop(self, address: Address) -> None:
        """End the connection at an address that no session has any more."""
        connection = self._by_address.get(address)
        if connection is not None:
            connection.abort()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._by_address.values()):
            connection.abort()

    def came(self, connection: _Connection) -> bool:
        """Whether there is room for a new one."""
        if len(self.unproven) >= MAX_UNPROVEN:
            return False
        self.unproven.add(connection)
        self._by_address[connection.address] = connection
        return True

    def went(self, connection: _Connection) -> None:
        self.unproven.discard(connection)
        if self._by_address.get(connection.address) is connection:
            del self._by_address[connection.address]


class _Connection(asyncio.Protocol):
    def __init__(self, owner: IceTcp) -> None:
        self._owner = owner
        self._buffer = b""
        self._deadline: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._write: Callable[[bytes], None] = lambda data: None
        self.address: Address = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, not a check: uvloop's transports are not instances of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        self.address = (peer[0], peer[1], "tcp")
        if not self._owner.came(self):
            self.abort()
            return
        self._write = self._transport.write
        self._deadline = asyncio.get_running_loop().call_later(PROVEN_WITHIN, self._judge)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        position, size = 0, len(buffer)
        while size - position >= 2:
            length = buffer[position] << 8 | buffer[position + 1]
            if not 0 < length <= MAX_PACKET:
                self.abort()
                return
            if size - position < 2 + length:
                break
            self._owner.receiver.datagram_received(buffer[position + 2 : position + 2 + length], self.address)
            position += 2 + length
        self._buffer = buffer[position:]

    def send(self, data: bytes) -> None:
        if self._transport is not None and self._transport.get_write_buffer_size() < MAX_HELD:
            self._write(len(data).to_bytes(2, "big") + data)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._write = lambda data: None
        if self._deadline is not None:
            self._deadline.cancel()
        self._owner.went(self)

    def _judge(self) -> None:
        """After `PROVEN_WITHIN`."""
        self._deadline = None
        self._owner.unproven.discard(self)
        if not self._owner.receiver.proven(self.address):
            self.abort()
