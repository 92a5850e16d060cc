"""RTP packets read as values."""

from __future__ import annotations

from dataclasses import dataclass

from rooms.media.rtp import HEADER, payload_span


@dataclass(frozen=True, slots=True)
class Packet:
    """A parsed packet. `payload` is without padding."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(data: bytes) -> Packet:
    """A whole packet as a value. Raises `RtpError`."""
    start, end = payload_span(data)
    _, second, sequence, timestamp = HEADER.unpack_from(data)
    return Packet(second > 127, second & 127, sequence, timestamp, int.from_bytes(data[8:12], "big"), data[start:end])
