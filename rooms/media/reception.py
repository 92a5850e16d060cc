"""One stream that a peer sends us: order, loss, jitter (RFC 3550 appendix A) and what to ask again (RFC 4585). Pure.

NACKs are made by a timer, not by the gap alone: a packet that is only late comes by itself within `FIRST_NACK`, and a request that
was lost is repeated. After `MAX_TRIES` the packet is given up, which for video means that a keyframe is needed.
"""

from __future__ import annotations

from rooms.media.rtcp import ReportBlock

FIRST_NACK = 0.01
"""Seconds from gap to first request."""
RETRY_NACK = 0.08
"""Seconds between requests, when the round trip is not known to be longer."""
MAX_TRIES = 8
MAX_MISSING = 256
"""Sequence numbers on the list at once; beyond that the gap is a pause or a restart, and repair is hopeless."""


class Reception:
    """Counters of one SSRC. `repair` says whether missing packets are asked again or only counted, as its sender negotiated."""

    __slots__ = (
        "_base",
        "_cycles",
        "_expected_before",
        "_received_before",
        "_transit",
        "clock_rate",
        "given_up",
        "highest",
        "jitter",
        "last_sr",
        "last_sr_at",
        "missing",
        "octets",
        "packets",
        "recovered",
        "repair",
        "ssrc",
    )

    def __init__(self, ssrc: int, clock_rate: int, *, repair: bool) -> None:
        self.ssrc = ssrc
        self.clock_rate = clock_rate
        self.repair = repair
        self.highest = -1
        self.packets = self.octets = self.recovered = 0
        self.jitter = 0.0
        self.missing: dict[int, tuple[float, int]] = {}
        """Sequence number → (time of the next request, requests so far)."""
        self.given_up = False
        self.last_sr = 0
        self.last_sr_at = 0.0
        self._base = self._cycles = 0
        self._expected_before = self._received_before = 0
        self._transit = 0.0

    def take(self, sequence: int, timestamp: int, size: int, now: float) -> bool:
        """Count a packet; whether it is the newest so far. `now` in seconds."""
        self.packets += 1
        self.octets += size
        if self.highest < 0:
            self.highest = self._base = sequence
            self._transit = now * self.clock_rate - timestamp
            return True
        ahead = (sequence - self.highest) & 0xFFFF
        if ahead == 1:
            self.highest = sequence
            if not sequence:
                self._cycles += 65536
        elif 0 < ahead < 0x8000:
            self._gap(sequence, ahead, now)
        else:
            if self.missing.pop(sequence, None) is not None:
                self.recovered += 1
            return False
        transit = now * self.clock_rate - timestamp
        distance = abs(transit - self._transit)
        self._transit = transit
        # A jump of the sender's clock is not jitter.
        if distance < self.clock_rate:
            self.jitter += (distance - self.jitter) / 16
        return True

    def _gap(self, sequence: int, ahead: int, now: float) -> None:
        if self.repair:
            if ahead + len(self.missing) > MAX_MISSING:
                self.missing.clear()
                self.given_up = True
            else:
                # On a line that shakes, what is missing mostly comes by itself.
                due = now + FIRST_NACK + self.jitter / self.clock_rate
                for lost in range(1, ahead):
                    self.missing[(self.highest + lost) & 0xFFFF] = (due, 0)
        if sequence < self.highest:
            self._cycles += 65536
        self.highest = sequence

    def due_nacks(self, now: float, round_trip: float) -> list[int]:
        """Sequence numbers to ask for now. Sets `given_up` when one has been asked for too often."""
        due: list[int] = []
        wait = max(RETRY_NACK, round_trip * 1.5)
        for sequence, (at, tries) in list(self.missing.items()):
            if at > now:
                continue
            if tries >= MAX_TRIES:
                del self.missing[sequence]
                self.given_up = True
            else:
                self.missing[sequence] = (now + wait, tries + 1)
                due.append(sequence)
        return due

    def sender_report(self, ntp: int, now: float) -> None:
        self.last_sr = (ntp >> 16) & 0xFFFFFFFF
        self.last_sr_at = now

    @property
    def lost(self) -> int:
        """Packets that never came, repaired ones excluded; never negative."""
        return max(0, self._expected() - self.packets) if self.highest >= 0 else 0

    def report(self, now: float) -> ReportBlock:
        """The report block since the last call."""
        expected, received = self._expected() - self._expected_before, self.packets - self._received_before
        self._expected_before += expected
        self._received_before += received
        fraction = max(0, min(255, (expected - received) * 256 // expected)) if expected > 0 else 0
        delay = int((now - self.last_sr_at) * 65536) if self.last_sr else 0
        return ReportBlock(self.ssrc, fraction, self.lost, self._cycles + max(self.highest, 0), int(self.jitter), self.last_sr, delay)

    def _expected(self) -> int:
        return self._cycles + self.highest - self._base + 1 if self.highest >= 0 else 0
