"""One time axis for the tracks of a seat: seconds of the server's wall clock (RFC 3550 section 6.4.1). Pure.

Each track counts on a clock of its own with a random beginning, and no two clocks run alike. A sender report ties such a clock to the sender's
NTP time, and so the tracks to each other. Until a track's first report its packets are placed by their arrival.

The sender's NTP time is tied to the server's own by the quickest of the reports that came lately: a phone's clock may be wrong by years, and may
run fast or slow by seconds a day, which would part two people in the course of a session. What has to be mended is mended slowly, so that nobody
hears it, and for all tracks of a seat alike, so that picture and sound stay together.
"""

from __future__ import annotations

from collections import deque

LATELY = 30.0
"""Seconds of reports among which the quickest is looked for."""
SLEW = 0.002
"""Seconds in a second by which the two clocks are brought together: ten times what a bad clock drifts."""
SET = 1.0
"""Seconds of difference above which the sender's clock was set, and is followed at once."""
MOST = 64
"""Reports that are remembered, however many come."""
_FRACTION = 2.0**32


class Timeline:
    """`arrival` and the results are seconds of the server's wall clock."""

    def __init__(self) -> None:
        self._shift = 0.0
        """From the sender's NTP time to the server's."""
        self._shifted_at = 0.0
        self._lately: deque[tuple[float, float]] = deque(maxlen=MOST)
        """(arrival, arrival less the sender's time) of reports; the second is least where the line was quickest."""
        self._reports: dict[str, tuple[float, int]] = {}
        self._arrivals: dict[str, tuple[float, int]] = {}

    def report(self, kind: str, ntp: int, timestamp: int, arrival: float) -> None:
        """Take a sender report of a track."""
        seconds = ntp / _FRACTION
        self._tie(arrival - seconds, arrival)
        self._reports[kind] = (seconds, timestamp)

    def place(self, kind: str, timestamp: int, clock_rate: int, arrival: float) -> float:
        """When this timestamp of a track was captured."""
        report = self._reports.get(kind)
        if report is not None:
            at, anchor = report[0] + self._shift, report[1]
        else:
            at, anchor = self._arrivals.setdefault(kind, (arrival, timestamp))
        distance = (timestamp - anchor) & 0xFFFFFFFF
        if distance >= 1 << 31:
            distance -= 1 << 32
        return at + distance / clock_rate

    def resume(self, kind: str, timestamp: int, arrival: float) -> None:
        """The track's clock stood still and goes on with this timestamp (`resumption.py`); what was reported of it does not hold any more."""
        self._reports.pop(kind, None)
        self._arrivals[kind] = (arrival, timestamp)

    def restart(self, kind: str) -> None:
        """The track goes on with another clock."""
        self._reports.pop(kind, None)
        self._arrivals.pop(kind, None)
        if not self._reports:
            # Perhaps the person came back with another device, whose time of day is another one.
            self._lately.clear()

    def _tie(self, shift: float, now: float) -> None:
        first = not self._lately
        self._lately.append((now, shift))
        while now - self._lately[0][0] > LATELY:
            self._lately.popleft()
        wrong = min(shift for _, shift in self._lately) - self._shift
        if not first and abs(wrong) <= SET:
            step = max(0.0, now - self._shifted_at) * SLEW
            wrong = max(-step, min(step, wrong))
        self._shift += wrong
        self._shifted_at = now
