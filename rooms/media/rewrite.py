"""One outgoing stream and the rewriting of headers that makes it one (RFC 3550, RFC 8285). Pure.

A viewer's decoder must see one stream per slot, whatever happens at the source: a fixed SSRC, sequence numbers without a hole where
the server itself left packets out, and a timestamp that goes on when the source reconnects with another clock. All of that is two
offsets per leg, set when forwarding begins and kept until it stops, so that the hot path is one `pack` and one concatenation.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable

from signaling.negotiation import MID_ID, SEND_TIME_ID

HISTORY = 512
"""Packets of a source kept for retransmission: about six seconds of 360p video, ten of audio. A power of two."""

OUT = struct.Struct("!BBHIIIII")
EXTENSION_HEAD = 0xBEDE0002
"""One-byte header extensions, two words: send time and MID."""
SEND_TIME_HEAD = (SEND_TIME_ID << 4 | 2) << 24

Stored = tuple[int, int, int, int, bytes]
"""(sequence, marker bit as 0 or 128, timestamp, send-time word, payload) of a source's packet."""


def send_time_word(now: float) -> int:
    """The abs-send-time extension: seconds with 6 bits before and 18 bits after the point, wrapping every 64 s."""
    return SEND_TIME_HEAD | (int(now * 262144.0) & 0xFFFFFF)


def mid_word(mid: str) -> int:
    """The MID extension padded to one word. Raises `ValueError` for a MID longer than three characters."""
    value = mid.encode("ascii")
    if not 1 <= len(value) <= 3:
        raise ValueError("a MID of the server has 1 to 3 characters")
    return int.from_bytes(bytes([MID_ID << 4 | (len(value) - 1)]) + value.ljust(3, b"\0"), "big")


class Leg:
    """One slot of one viewer. `send` and `send_rtcp` are given by the driver and take finished packets."""

    __slots__ = (
        "_first",
        "_last_at",
        "_last_sequence",
        "_last_timestamp",
        "clock_rate",
        "loss",
        "mid",
        "octets",
        "packets",
        "payload_type",
        "round_trip",
        "send",
        "send_rtcp",
        "sequence_offset",
        "sr_at",
        "sr_key",
        "ssrc",
        "started",
        "timestamp_offset",
    )

    def __init__(
        self, ssrc: int, payload_type: int, clock_rate: int, mid: str, send: Callable[[bytes], None], send_rtcp: Callable[[bytes], None]
    ) -> None:
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.clock_rate = clock_rate
        self.mid = mid_word(mid)
        self.send = send
        self.send_rtcp = send_rtcp
        self.sequence_offset = self.timestamp_offset = 0
        self.started = False
        self.packets = self.octets = 0
        self.sr_key = 0
        self.sr_at = 0.0
        self.loss = self.round_trip = 0.0
        # RFC 3711: a receiver that misses the first packets must not guess the roll-over counter wrongly, hence the lower half.
        self._last_sequence = secrets.randbelow(0x4000)
        self._last_timestamp: int | None = None
        self._last_at = 0.0
        self._first = 0

    def start(self, sequence: int, timestamp: int, now: float) -> None:
        """Begin, or go on, with this packet of a source as the next one of the stream."""
        self.started = True
        self._first = (self._last_sequence + 1) & 0xFFFF
        self.sequence_offset = (self._first - sequence) & 0xFFFF
        if self._last_timestamp is None:
            self.timestamp_offset = 0
        else:
            passed = max(1, int((now - self._last_at) * self.clock_rate))
            self.timestamp_offset = (self._last_timestamp + passed - timestamp) & 0xFFFFFFFF

    def stop(self, sequence: int, timestamp: int, now: float) -> None:
        """Pause after the source's newest packet, given by its own numbers."""
        if self.started:
            self._last_sequence = (sequence + self.sequence_offset) & 0xFFFF
            self._last_timestamp = (timestamp + self.timestamp_offset) & 0xFFFFFFFF
            self._last_at = now
            self.started = False

    def covers(self, sequence: int) -> bool:
        """Whether a source's packet belongs to the part of the stream that began with `start`; older ones would collide."""
        return (sequence + self.sequence_offset - self._first) & 0xFFFF < 0x8000

    def write(self, stored: Stored) -> bytes:
        """The finished packet. For the same stored packet always the same bytes, which SRTP's nonce demands of a repetition."""
        sequence, marker, timestamp, send_time, payload = stored
        return (
            OUT.pack(
                0x90,
                marker | self.payload_type,
                (sequence + self.sequence_offset) & 0xFFFF,
                (timestamp + self.timestamp_offset) & 0xFFFFFFFF,
                self.ssrc,
                EXTENSION_HEAD,
                send_time,
                self.mid,
            )
            + payload
        )

    def reported(self, loss: float, lsr: int, delay: float, now: float) -> None:
        """Take a viewer's report block: `loss` of 1, and the round trip when it answers our last sender report."""
        self.loss = loss
        if lsr and lsr == self.sr_key:
            self.round_trip = max(0.0, now - self.sr_at - delay)
