"""RTP packets read as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rooms.media.rewrite import Copy, Leg
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


def whole(copies: Iterable[Copy]) -> list[tuple[Leg, bytes]]:
    """Copies in one part, as a viewer gets them."""
    return [(leg, head + payload) for leg, head, payload in copies]
