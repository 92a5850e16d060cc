"""Telling whether a sound's clock stood still while nothing was sent, or its packets were held up on the way. Pure.

An RTP clock goes on whether something is sent or not (RFC 3550 section 5.1). In Chromium and Firefox that of a sound whose track was taken away
(`replaceTrack(null)`) stands still, and what they report meanwhile is of a clock that goes on. Placed by such a report, what follows would lie as much too
early as the pause was long, until the next report, up to five seconds later. Packets that were held up look alike at first: they come much later than
their timestamps say. How fast the next ones come tells the two apart, and so the first ones are kept for a moment.
"""

from __future__ import annotations

from typing import NamedTuple

from rooms.media.assembly import Frame

STOOD = 0.25
"""Seconds that a packet must be later behind the one before than its timestamp says."""
ENOUGH = 0.1
"""Seconds of sound after which it is judged."""
OVERDUE = 0.3
"""Seconds after which nothing more is waited for."""
Arrived = tuple[Frame, float]
"""(frame, seconds of its arrival)"""


class Settled(NamedTuple):
    """`frames` that can be placed now, in their order. `resumed`, where the clock stood still: the timestamp with which it goes on, and when that came."""

    frames: list[Arrived]
    resumed: tuple[int, float] | None = None


class Resumption:
    """One track. Arrivals are seconds of any one clock."""

    def __init__(self, clock_rate: int) -> None:
        self._rate = clock_rate
        self._last: Arrived | None = None
        self._held: list[Arrived] = []

    def push(self, frame: Frame, arrival: float) -> Settled:
        """Take a frame, and give those of which it is known by now."""
        last, self._last = self._last, (frame, arrival)
        if last is not None and arrival - last[1] - self._between(last[0], frame) >= STOOD:
            settled = self.release()
            self._held = [(frame, arrival)]
            return settled
        if not self._held:
            return Settled([(frame, arrival)])
        self._held.append((frame, arrival))
        first, came = self._held[0]
        lasts = self._between(first, frame)
        if lasts < ENOUGH:
            return Settled([])
        # As fast as they were made, or all at once.
        return self.release(stood=arrival - came >= lasts / 2)

    def overdue(self, now: float) -> Settled:
        """What was kept for too long: whatever is held up comes all at once."""
        return self.release() if self._held and now - self._held[0][1] > OVERDUE else Settled([])

    def release(self, stood: bool = True) -> Settled:
        """All that is kept."""
        held, self._held = self._held, []
        return Settled(held, (held[0][0].timestamp, held[0][1]) if held and stood else None)

    def _between(self, former: Frame, later: Frame) -> float:
        """Seconds between two timestamps, which count modulo 2³²."""
        distance = (later.timestamp - former.timestamp) & 0xFFFFFFFF
        return (distance - (1 << 32) if distance >= 1 << 31 else distance) / self._rate
