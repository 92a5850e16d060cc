"""What was sent under transport-wide numbers, and what feedback tells of it: which packets came, after what delay, and which are missing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub

from rooms.media.transport_cc import Feedback

KEPT = 4096
"""Packets that are remembered: a power of two."""
PLACES = KEPT - 1
"""What of a number tells its place among them."""
_NONE = [None] * KEPT

Mark = tuple[float, int, int]
"""When a packet was sent, its bytes on the line, and its number at the source."""
Stream = tuple[int, int]
"""Of a part of a leg's stream: its SSRC, and what is added to the source's numbers."""


@dataclass(slots=True)
class Came:
    """The packets that one message told to have come: what is asked of them often is kept beside them. Arrivals and delays are in s, sizes
    in bytes; all three lists are of the same packets, at least one. Not frozen: that takes five times as long to make, and a busy worker makes a thousand a second."""

    arrivals: Sequence[float]
    delays: Sequence[float]
    sizes: Sequence[int]
    first: float
    last: float
    least: float
    """The least delay."""
    octets: int

    @classmethod
    def of(cls, arrivals: Sequence[float], delays: Sequence[float], sizes: Sequence[int]) -> Came:
        return cls(arrivals, delays, sizes, min(arrivals), max(arrivals), min(delays), sum(sizes))


class Sent:
    """Of one connection. `fan_out` does what `number` does, for it is done for every packet to every viewer: it takes `next`, and writes
    `marks` and `streams` at its place."""

    __slots__ = ("_counted", "_heard", "_newly", "_told", "_total", "_unheard", "marks", "missing", "next", "streams")

    def __init__(self) -> None:
        self.next = 0
        """Packets so far: the next one's number, but for its wrap."""
        self.marks: list[Mark | None] = [None] * KEPT
        self.streams: list[Stream | None] = [None] * KEPT
        """By number. What is there is shared by all viewers of a packet, and by all packets of a leg: a room of eight writes eight thousand entries a second, and
        objects of their own would have left the processor's caches when their turn comes to be given back."""
        self.missing: dict[int, float] = {}
        """Number → when it was first told to be missing. Bounded by what one message can tell and how long they are kept."""
        self._heard = self._counted = self._total = 0
        """Packets sent when the last feedback came, and those that `total` has counted."""
        self._unheard: float | None = None
        self._told = 0
        self._newly: list[tuple[int, int]] = []

    def number(self, size: int, now: float, stream: Stream | None = None, sequence: int = 0) -> int:
        """The number of the next packet, of `size` bytes on the line; `sequence` of which `stream` it is, for `newly_missing`."""
        number = self.next
        self.next = number + 1
        self.marks[number & PLACES], self.streams[number & PLACES] = (now, size, sequence), stream
        return number & 0xFFFF

    @property
    def unheard_since(self) -> float | None:
        """When the first packet was sent after the last feedback; None where none was. To be asked before so many more were sent as are remembered."""
        if self._unheard is None and self._heard < self.next:
            mark = self.marks[max(self._heard, self.next - KEPT) & PLACES]
            self._unheard = None if mark is None else mark[0]
        return self._unheard

    def total(self) -> int:
        """Bytes so far. What nobody asked about for longer than is remembered is not counted."""
        first, self._counted = max(self._counted, self.next - KEPT), self.next
        self._total += sum([mark[1] for mark in self._span(first, self.next) if mark is not None])
        return self._total

    def told(self, feedback: Feedback, now: float) -> Came | None:
        """Take a message; None where it tells of no arrival that is new."""
        self.total()  # before what came is forgotten
        self._heard, self._unheard = self.next, None
        return self._all_came(feedback) or self._some_came(feedback, now)

    def newly_missing(self) -> list[tuple[int, int]]:
        """(SSRC, number of its own) of what was told to be missing since the last call."""
        newly, self._newly = self._newly, []
        return newly

    def overdue(self, late: float, since: float, now: float) -> int:
        """How many are missing for longer than `late`, of those that were first told to be after `since`."""
        return sum(now - at > late for at in self.missing.values() if at > since)

    def give_up(self, late: float, now: float) -> list[float]:
        """Forget what is missing for longer than `late`: lost by now. Returns when each was sent."""
        lost = [number for number, since in self.missing.items() if now - since > late]
        for number in lost:
            del self.missing[number]
        return [mark[0] for number in lost if (mark := self.marks[number & PLACES]) is not None]

    def unanswered(self) -> int:
        """Bits that were sent after the newest packet that was told."""
        after = min(KEPT, (self.next - self._told - 1) & 0xFFFF)
        return sum(mark[1] for mark in self._span(self.next - after, self.next) if mark is not None) * 8

    def _span(self, first: int, end: int) -> Sequence[Mark | None]:
        """The marks of at most `KEPT` packets."""
        a = first & PLACES
        b = a + end - first
        return self.marks[a:b] if b <= KEPT else self.marks[a:] + self.marks[: b - KEPT]

    def _all_came(self, feedback: Feedback) -> Came | None:
        """The packets of a message that tells nothing but arrivals never told before, as nearly all do; None for any other. Without a step
        for each packet: a room of eight is told of six thousand a second."""
        arrivals, first, count = feedback.arrivals, feedback.first & PLACES, len(feedback.arrivals)
        behind = (self.next - feedback.first) & 0xFFFF
        if feedback.missing or not count or not count <= behind <= KEPT or first + count > KEPT or self.missing:
            return None
        marks = self.marks[first : first + count]
        if None in marks:
            return None
        sent, sizes, _ = zip(*marks, strict=True)
        self.marks[first : first + count] = _NONE[:count]
        self._told = (feedback.first + count - 1) & 0xFFFF
        return Came.of(arrivals, list(map(sub, arrivals, sent)), sizes)  # type: ignore[arg-type]

    def _some_came(self, feedback: Feedback, now: float) -> Came | None:
        """Those that came of any message; what is missing is noted."""
        arrivals, delays, sizes = [], [], []
        for number, arrived in enumerate(feedback.arrivals, feedback.first):
            number &= 0xFFFF
            mark = self.marks[number & PLACES]
            if mark is None or not 1 <= (self.next - number) & 0xFFFF <= KEPT:
                continue
            if arrived is None:
                if number not in self.missing:
                    self.missing[number] = now
                    if (stream := self.streams[number & PLACES]) is not None:
                        self._newly.append((stream[0], (mark[2] + stream[1]) & 0xFFFF))
                continue
            self._told = number
            self.missing.pop(number, None)
            arrivals.append(arrived)
            delays.append(arrived - mark[0])
            sizes.append(mark[1])
            # A packet that is told again must not count twice.
            self.marks[number & PLACES] = None
        return Came.of(arrivals, delays, sizes) if arrivals else None
