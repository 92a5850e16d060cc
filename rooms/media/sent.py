"""What was sent under transport-wide numbers, and what feedback tells of it: which packets came, after what delay, and which are missing. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub

from rooms.media.transport_cc import Feedback

KEPT = 4096
"""Packets that are remembered: a power of two."""
_MASK = KEPT - 1


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
    """Of one connection. `total`: bytes so far. `unheard_since`: when the first packet was sent after the last feedback."""

    def __init__(self) -> None:
        self.total = 0
        self.unheard_since: float | None = None
        self.missing: dict[int, float] = {}
        """Number → when it was first told to be missing. Bounded by what one message can tell and how long they are kept."""
        self._next = 0
        # Numbers side by side, not objects: a room of eight writes eight thousand entries a second, and objects that are seconds old have left the
        # processor's caches when their turn comes to be given back.
        self._at = array("d", bytes(8 * KEPT))
        self._sizes = array("H", bytes(2 * KEPT))
        """By number: when each packet was sent and its bytes, 0 once it was told to have come."""
        self._ssrcs, self._sequences = array("I", bytes(4 * KEPT)), array("H", bytes(2 * KEPT))
        self._told = 0
        self._newly: list[tuple[int, int]] = []

    def number(self, size: int, now: float, ssrc: int = 0, sequence: int = 0) -> int:
        """The number of the next packet, of `size` bytes on the line; what it is, for `newly_missing`."""
        number = self._next
        self._next = (number + 1) & 0xFFFF
        at = number & _MASK
        self._at[at], self._sizes[at] = now, size
        self._ssrcs[at], self._sequences[at] = ssrc, sequence
        self.total += size
        if self.unheard_since is None:
            self.unheard_since = now
        return number

    def told(self, feedback: Feedback, now: float) -> Came | None:
        """Take a message; None where it tells of no arrival that is new."""
        self.unheard_since = None
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
        return [self._at[number & _MASK] for number in lost]

    def unanswered(self) -> int:
        """Bits that were sent after the newest packet that was told."""
        numbers = range(self._told + 1, self._told + 1 + min(KEPT, (self._next - self._told - 1) & 0xFFFF))
        return sum(self._sizes[number & _MASK] for number in numbers) * 8

    def _all_came(self, feedback: Feedback) -> Came | None:
        """The packets of a message that tells nothing but arrivals never told before, as nearly all do; None for any other. Without a step
        for each packet: a room of eight is told of six thousand a second."""
        arrivals, first, count = feedback.arrivals, feedback.first & _MASK, len(feedback.arrivals)
        behind = (self._next - feedback.first) & 0xFFFF
        if feedback.missing or not count or not count <= behind <= KEPT or first + count > KEPT or self.missing:
            return None
        sizes = self._sizes[first : first + count]
        if 0 in sizes:
            return None
        delays = list(map(sub, arrivals, self._at[first : first + count]))
        self._sizes[first : first + count] = array("H", bytes(2 * count))
        self._told = (feedback.first + count - 1) & 0xFFFF
        return Came.of(arrivals, delays, sizes)  # type: ignore[arg-type]

    def _some_came(self, feedback: Feedback, now: float) -> Came | None:
        """Those that came of any message; what is missing is noted."""
        arrivals, delays, sizes = [], [], []
        for number, arrived in enumerate(feedback.arrivals, feedback.first):
            number &= 0xFFFF
            at = number & _MASK
            if not self._sizes[at] or not 1 <= (self._next - number) & 0xFFFF <= KEPT:
                continue
            if arrived is None:
                if number not in self.missing:
                    self.missing[number] = now
                    if self._ssrcs[at]:
                        self._newly.append((self._ssrcs[at], self._sequences[at]))
                continue
            self._told = number
            self.missing.pop(number, None)
            arrivals.append(arrived)
            delays.append(arrived - self._at[at])
            sizes.append(self._sizes[at])
            # A packet that is told again must not count twice.
            self._sizes[at] = 0
        return Came.of(arrivals, delays, sizes) if arrivals else None
