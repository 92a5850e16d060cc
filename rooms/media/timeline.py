"""One time axis for the tracks of a seat: milliseconds since the recording's first instant (RFC 3550 section 6.4.1). Pure.

Each track counts on a clock of its own with a random beginning. A sender report ties such a clock to the sender's NTP time, and so
the tracks to each other. Until a track's first report its packets are placed by their arrival. The sender's NTP time is tied to
the server's own clock once per seat, at the first report, since a phone's clock may be wrong by years.
"""

from __future__ import annotations

_FRACTION = 2.0**32


class Timeline:
    """`arrival` and the results are seconds of the server's wall clock."""

    def __init__(self) -> None:
        self._shift: float | None = None
        self._reports: dict[str, tuple[float, int]] = {}
        self._arrivals: dict[str, tuple[float, int]] = {}

    def report(self, kind: str, ntp: int, timestamp: int, arrival: float) -> None:
        """Take a sender report of a track."""
        seconds = ntp / _FRACTION
        if self._shift is None:
            self._shift = arrival - seconds
        self._reports[kind] = (seconds + self._shift, timestamp)

    def place(self, kind: str, timestamp: int, clock_rate: int, arrival: float) -> float:
        """When this timestamp of a track was captured."""
        anchor = self._reports.get(kind)
        if anchor is None:
            anchor = self._arrivals.setdefault(kind, (arrival, timestamp))
        distance = (timestamp - anchor[1]) & 0xFFFFFFFF
        if distance >= 1 << 31:
            distance -= 1 << 32
        return anchor[0] + distance / clock_rate

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
            self._shift = None
