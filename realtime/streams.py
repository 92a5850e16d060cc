"""Streams: what one kind of reader receives of one topic, in order, with a ring of framed bytes.

A stream is named `topic|view`. Its position is (epoch, offset): the epoch changes when history cannot be continued, and then whoever
resumes gets an honest fresh snapshot. Durable streams have their offsets given by the transaction that changed the state; live
streams (presence, the wall) count in memory and start a new epoch with the process.

The loop over a stream's readers checks nothing and walks a flat list of their `write`: a reader is removed outside of the loop.

Each event is written at once while the stream is calm. A hot one is written in ticks: the frames of a tick are joined and written to every
reader in one call, since three quarters of a delivery's cost is the kernel's `send`. The ring keeps every event by itself, so a position
means the same either way. Whatever changes who reads, or must not be overtaken, calls `flush` first.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from realtime.messages import Event, encode
from realtime.metrics import BYTES, DELIVERIES
from realtime.patch import Doc, apply, diff

RING_EVENTS = 256
RING_BYTES = 512 * 1024

HOT_RATE = 60.0
"""Events a second above which a stream is hot."""
HOT_BURST = 20
"""Events that may come at once before the rate counts."""
TICK = 0.025
"""Seconds that an event of a hot stream may wait."""
BATCH_BYTES = 64 * 1024
"""A tick ends early with so many: one write must not fill what a connection may have unsent, or good readers would be cut."""

Write = Callable[[bytes], Any]


class Timer(Protocol):
    """The event loop, as far as a stream needs it. Seconds."""

    def time(self) -> float: ...

    def call_later(self, delay: float, callback: Callable[[], Any], /) -> Any: ...


def frame(payload: bytes) -> bytes:
    """One unmasked binary websocket frame (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x82, size)) + payload
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2, "big") + payload
    return b"\x82\x7f" + size.to_bytes(8, "big") + payload


def _anew(write: Write) -> Write:
    """The same bound method as a new object. Those of one list then lie side by side in memory, and not each beside what its connection made
    at the handshake: with thousands of readers the loop waits for memory rather than for anything that it computes."""
    owner = getattr(write, "__self__", None)
    return write if owner is None else getattr(owner, write.__name__)


def view_kind(view: str) -> str:
    """A view's name without what numbers it: `p` of the seats p1 and p2, `caucus` of every caucus. For counting."""
    return view.partition("-")[0].rstrip("0123456789")


class Stream:
    """One stream on this node. `topic` is what readers know; the view is the server's affair. Without a `timer` it is never hot."""

    __slots__ = (
        "_at",
        "_bytes",
        "_deliveries",
        "_flat",
        "_heat",
        "_pending",
        "_pending_bytes",
        "_timer",
        "epoch",
        "name",
        "offset",
        "readers",
        "ring",
        "ring_bytes",
        "topic",
    )

    def __init__(self, name: str, epoch: str, offset: int, timer: Timer | None = None) -> None:
        self.name = name
        self.topic = name.partition("|")[0]
        self.epoch = epoch
        self.offset = offset
        self.ring: deque[tuple[int, bytes]] = deque()
        self.ring_bytes = 0
        self.readers: dict[Any, Write] = {}
        self._flat: list[Write] | None = None
        kind = self.topic.partition("/")[0], view_kind(name.partition("|")[2])
        self._deliveries, self._bytes = DELIVERIES.labels(*kind), BYTES.labels(*kind)
        self._timer = timer
        self._heat, self._at = 0.0, 0.0
        self._pending: list[bytes] = []
        self._pending_bytes = 0

    def reset(self, epoch: str, offset: int, keep_readers: bool = False) -> None:
        """Stand at another position, with an empty ring. Whoever reads across such a change must have been sent back before."""
        assert keep_readers or not self.readers, self.name
        self.flush()
        self.epoch, self.offset = epoch, offset
        self.ring.clear()
        self.ring_bytes = 0

    def recall(self, history: list[tuple[int, Doc]]) -> None:
        """Put history that ends where this stream stands, or later than its ring begins, in front of the ring."""
        begins = self.ring[0][0] if self.ring else self.offset + 1
        older = [(offset, frame(encode(Event(self.topic, offset, patch)))) for offset, patch in history if offset < begins]
        if older and older[-1][0] == begins - 1:
            self.ring.extendleft(reversed(older))
            self.ring_bytes += sum(len(data) for _, data in older)

    def publish(self, offset: int, patch: Doc) -> None:
        """Frame once and write the same bytes to every reader, now or with the tick. A repeated or older offset is ignored."""
        if offset <= self.offset:
            return
        if offset != self.offset + 1:
            # A hole can only be filled from the database: forget the ring, so that nobody resumes across it.
            self.ring.clear()
            self.ring_bytes = 0
        self.offset = offset
        data = frame(encode(Event(self.topic, offset, patch)))
        self.ring.append((offset, data))
        self.ring_bytes += len(data)
        while len(self.ring) > RING_EVENTS or self.ring_bytes > RING_BYTES:
            self.ring_bytes -= len(self.ring.popleft()[1])
        self._deliveries.inc(len(self.readers))
        self._bytes.inc(len(self.readers) * len(data))
        if self._timer is None or not (self._hot(self._timer.time()) or self._pending):
            self._write(data)
            return
        if not self._pending:
            self._timer.call_later(TICK, self.flush)
        self._pending.append(data)
        self._pending_bytes += len(data)
        if self._pending_bytes > BATCH_BYTES:
            self.flush()

    def _hot(self, now: float) -> bool:
        """Count one event at `now`: a bucket that each event fills by one, up to twice the burst, and that drains at `HOT_RATE`."""
        self._heat = min(2.0 * HOT_BURST, max(0.0, self._heat - (now - self._at) * HOT_RATE) + 1)
        self._at = now
        return self._heat > HOT_BURST

    def flush(self) -> None:
        """Write what waits for the tick. Harmless when nothing does: ticks that were overtaken come here too."""
        if self._pending:
            data = b"".join(self._pending)
            self._pending.clear()
            self._pending_bytes = 0
            self._write(data)

    def _write(self, data: bytes) -> None:
        if self._flat is None:
            self._flat = [_anew(write) for write in self.readers.values()]
        for write in self._flat:
            write(data)

    def attach(self, reader: Any, write: Write) -> None:
        """Let in a reader that holds everything up to `offset`, also what still waits for the tick."""
        self.flush()
        self.readers[reader] = write
        self._flat = None

    def detach(self, reader: Any) -> None:
        """Write nothing more to a reader; harmless when it is none."""
        self.readers.pop(reader, None)
        self._flat = None

    def since(self, offset: int) -> list[bytes] | None:
        """Frames after `offset`, or None when the ring does not reach back that far. Whoever reads already gets what waits first."""
        self.flush()
        if offset == self.offset:
            return []
        if offset > self.offset or not self.ring or self.ring[0][0] > offset + 1:
            return None
        return [data for at, data in self.ring if at > offset]


class LiveStream(Stream):
    """A stream whose document lives in memory only."""

    __slots__ = ("doc",)

    def __init__(self, name: str, doc: Doc | None = None, timer: Timer | None = None) -> None:
        super().__init__(name, secrets.token_hex(6), 0, timer)
        self.doc: Doc = doc or {}

    def replace(self, doc: Doc) -> None:
        patch = diff(self.doc, doc)
        if patch:
            self.doc = doc
            self.publish(self.offset + 1, patch)

    def change(self, patch: Doc) -> None:
        after = apply(self.doc, patch)
        self.replace(after)
