"""Transport-wide feedback: which packets of a connection arrived, and when
(draft-holmer-rmcat-transport-wide-cc-extensions-01). Pure.

Every packet of a connection carries a number, counted over all its streams. The receiver answers a few times a second with the arrival of
each; whoever sent them knows from that how full the line is (`congestion`). `Arrivals` is the receiver's side, `parse` reads the answer.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

TICK = 0.00025
"""Seconds of one unit of an arrival's delta."""
REFERENCE = 0.064
"""Seconds of one unit of the reference time."""
_TICKS = 256
"""Units of a delta in one of the reference time."""
MAX_REPORTED = 1024
"""Packets in one feedback message: older ones are left out, as lost to the sender."""
MAX_TOLD = 4096
"""Packets in one message that is read: no sender remembers more of what it sent."""
_MISSING, _SMALL, _LARGE = 0, 1, 2
_FMT, _RTPFB = 15, 205


@dataclass(frozen=True, slots=True)
class Feedback:
    """`arrivals`: of the packet numbered `first` and of those that follow it, when each arrived in s on the receiver's clock, None for one
    that did not come. `missing` is how many did not."""

    first: int
    arrivals: Sequence[float | None]
    missing: int


class Arrivals:
    """What came since the last feedback. Numbers are unwrapped, so that a gap over the wrap is one."""

    def __init__(self) -> None:
        self._came: dict[int, float] = {}
        self._next: int | None = None
        self._newest = 0
        self._count = 0

    def note(self, number: int, now: float) -> None:
        """Take the number of a packet that arrived now (s)."""
        if self._next is None:
            self._next = self._newest = number
        ahead = (number - self._newest) & 0xFFFF
        whole = self._newest + ahead if ahead < 0x8000 else self._newest + ahead - 0x10000
        if whole > self._newest:
            self._newest = whole
        self._came.setdefault(whole, now)
        if len(self._came) > MAX_REPORTED:
            del self._came[next(iter(self._came))]

    def feedback(self, sender: int, media: int) -> bytes | None:
        """The message about everything since the last one, None when nothing came. A packet that comes later is told with the next."""
        if not self._came or self._next is None:
            return None
        first = min(self._next, *self._came)
        last = max(self._came)
        first = max(first, last - MAX_REPORTED + 1)
        came, self._came = self._came, {}
        reference = int(min(came[n] for n in came if n >= first) / REFERENCE)
        before = reference * REFERENCE
        statuses, deltas = [], []
        for number in range(first, last + 1):
            at = came.get(number)
            if at is None:
                statuses.append(_MISSING)
                continue
            delta = max(-0x8000, min(0x7FFF, round((at - before) / TICK)))
            before += delta * TICK
            small = 0 <= delta <= 255
            statuses.append(_SMALL if small else _LARGE)
            deltas.append(struct.pack("!B" if small else "!h", delta))
        self._next = last + 1
        body = struct.pack("!IIHH", sender, media, first & 0xFFFF, len(statuses))
        body += struct.pack("!I", (reference & 0xFFFFFF) << 8 | self._count) + _chunks(statuses) + b"".join(deltas)
        self._count = (self._count + 1) & 0xFF
        padding = -len(body) % 4
        if padding:
            body += bytes(padding - 1) + bytes([padding])
        return struct.pack("!BBH", 0x80 | (0x20 if padding else 0) | _FMT, _RTPFB, len(body) // 4) + body


def _chunks(statuses: list[int]) -> bytes:
    """Status chunks: runs where seven or more are alike, else vectors of seven."""
    out, at = [], 0
    while at < len(statuses):
        run = at
        while run < len(statuses) and run - at < 0x1FFF and statuses[run] == statuses[at]:
            run += 1
        if run - at >= 7 or run == len(statuses):
            out.append(statuses[at] << 13 | run - at)
            at = run
            continue
        vector = 0
        for status in statuses[at : at + 7] + [0] * (7 - len(statuses[at : at + 7])):
            vector = vector << 2 | status
        out.append(0xC000 | vector)
        at += 7
    return struct.pack(f"!{len(out)}H", *out)


def parse(body: bytes) -> Feedback:
    """The part after the two SSRCs. Raises `struct.error`, `IndexError` or `ValueError` when it does not fit its lengths or is about more
    than `MAX_TOLD` packets: a few bytes can claim 65535."""
    base, count, word = struct.unpack_from("!HHI", body)
    if count > MAX_TOLD:
        raise ValueError("more packets than a sender remembers")
    at = word >> 8
    ticks = (at - 0x1000000 if at & 0x800000 else at) * _TICKS
    chunk = struct.unpack_from("!H", body, 8)[0] if count else 0
    if chunk >> 13 == _SMALL and count <= chunk & 0x1FFF:
        # Nearly every message of a line that loses nothing, and there are a dozen a second from each viewer: one run of packets that came.
        return _all_small(base, count, ticks, body, 10)
    position = 8
    statuses: list[int] = []
    while len(statuses) < count:
        (chunk,) = struct.unpack_from("!H", body, position)
        position += 2
        if not chunk & 0x8000:
            statuses += [chunk >> 13 & 3] * min(chunk & 0x1FFF, count - len(statuses))
            if not chunk & 0x1FFF:
                raise ValueError("an empty run of packets")
        elif chunk & 0x4000:
            statuses += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            statuses += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    del statuses[count:]
    if statuses.count(_SMALL) == count:
        return _all_small(base, count, ticks, body, position)
    return Feedback(base, _times(statuses, body, position, ticks), statuses.count(_MISSING))


def _all_small(base: int, count: int, ticks: int, body: bytes, position: int) -> Feedback:
    """Of a message with one byte for each arrival."""
    deltas = body[position : position + count]
    if len(deltas) < count:
        raise IndexError("fewer arrivals than were announced")
    return Feedback(base, [ahead * TICK for ahead in accumulate(deltas, initial=ticks)][1:], 0)


def _times(statuses: list[int], body: bytes, position: int, ticks: int) -> list[float | None]:
    """The arrival of each packet, from deltas of one or two bytes."""
    arrivals: list[float | None] = []
    for status in statuses:
        if status == _MISSING:
            arrivals.append(None)
            continue
        if status == _SMALL:
            ticks += body[position]
            position += 1
        elif status == _LARGE:
            ticks += struct.unpack_from("!h", body, position)[0]
            position += 2
        else:
            raise ValueError("a reserved status")
        arrivals.append(ticks * TICK)
    return arrivals
