"""A websocket client that can do everything wrong: frames made by hand on a plain socket, and a hub in a thread for it to talk to."""

from __future__ import annotations

import asyncio
import base64
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgpack
import uvloop

from tests.realtime.stage import Running, running

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x11\x22\x33\x44"
HELLO = msgpack.packb({"t": "hello", "version": 1})
ASK = msgpack.packb({"t": "ping"})
"""A whole message, which the hub answers with one other."""
WITHIN = 10.0


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True, length: int | None = None) -> bytes:
    """One frame (RFC 6455, 5.2). `rsv` are the three reserved bits as a number, `length` a claim that need not be true."""
    size = len(payload) if length is None else length
    first, mark = (fin << 7) | (rsv << 4) | opcode, 0x80 if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, mark | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, mark | 126, size)
    else:
        head = struct.pack("!BBQ", first, mark | 127, size)
    if not masked:
        return head + payload
    repeated = MASK * (len(payload) // 4 + 1)
    return head + MASK + (int.from_bytes(payload, "big") ^ int.from_bytes(repeated[: len(payload)], "big")).to_bytes(len(payload), "big")


def closing(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


def request(port: int, *headers: str, target: str = "/hub") -> bytes:
    lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    key = base64.b64encode(bytes(16)).decode()
    return "\r\n".join([*lines, f"Sec-WebSocket-Key: {key}", *headers, "", ""]).encode()


class Wire:
    """One connection. `read` gives (opcode, payload) of the server's frames; the end of the stream raises `EOFError`."""

    def __init__(self, port: int, *headers: str, target: str = "/hub") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WITHIN)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request(port, *headers, target=target))
        self._held = b""
        while b"\r\n\r\n" not in self._held:
            self._more()
        self.head, _, self._held = self._held.partition(b"\r\n\r\n")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    def hello(self) -> Wire:
        self.send(frame(BINARY, HELLO))
        assert self.said()["t"] == "welcome"
        return self

    def send(self, data: bytes, pieces: int = 0) -> None:
        """Send at once, or in packets of `pieces` octets. A server that has closed meanwhile is no error: its answer is to be read."""
        try:
            for start in range(0, len(data), pieces or len(data) or 1):
                self.socket.sendall(data[start : start + (pieces or len(data))])
        except (BrokenPipeError, ConnectionResetError):
            pass

    def read(self) -> tuple[int, bytes]:
        first, size = self._exactly(2)
        assert first & 0x70 == 0 and size < 128, "servers set no reserved bit and mask nothing"
        assert first & 0x80, "the hub never fragments"
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._exactly(8))
        return first & 15, self._exactly(size)

    def said(self) -> dict:
        opcode, payload = self.read()
        assert opcode == BINARY, (opcode, payload)
        return dict(msgpack.unpackb(payload, timestamp=3))

    def rest(self) -> list[tuple[int, bytes]]:
        """Everything until the server ends the stream; its close frame is answered, as a client must."""
        found = []
        try:
            while True:
                found.append(self.read())
                if found[-1][0] == CLOSE:
                    self.send(frame(CLOSE, found[-1][1]))
        except (EOFError, ConnectionResetError):
            return found

    def close_code(self) -> int:
        """The one code with which the server closed; 1005 for none in its frame, 1006 for no frame."""
        codes = [struct.unpack("!H", payload[:2])[0] if payload else 1005 for opcode, payload in self.rest() if opcode == CLOSE]
        assert len(codes) <= 1, codes
        return codes[0] if codes else 1006

    def _exactly(self, size: int) -> bytes:
        while len(self._held) < size:
            self._more()
        data, self._held = self._held[:size], self._held[size:]
        return data

    def _more(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError
        self._held += data


@contextmanager
def hub_in_a_thread(**changed: float) -> Iterator[Running]:
    """`stage.running` on a loop of its own, so that the test may block on its socket."""
    ready, found = threading.Event(), []

    async def run() -> None:
        over = asyncio.Event()
        async with running(**changed) as hub:
            found.extend([hub, over])
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: uvloop.run(run()))
    thread.start()
    assert ready.wait(WITHIN), "the hub did not start"
    hub, over = found
    try:
        yield hub
    finally:
        hub.loop.call_soon_threadsafe(over.set)
        thread.join(20)
        assert not thread.is_alive()
