"""RTCP as far as a forwarding unit speaks it (RFC 3550, RFC 4585, RFC 5104, draft-alvestrand-rmcat-remb-03). Pure. Transport-wide feedback
is in `transport_cc`.

`parse` reads a compound packet and skips kinds it does not know; it raises `RtcpError` when any part does not fit its length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from rooms.media import transport_cc

MAX_NACKED = 512
"""Sequence numbers taken from one compound packet; a receiver that lost more needs a keyframe, not repair."""
MAX_FEEDBACKS = 4
"""Transport-wide feedbacks taken from one compound packet; a receiver sends one at a time."""
_SR, _RR, _RTPFB, _PSFB = 200, 201, 205, 206
_HEAD = struct.Struct("!BBH")
_BLOCK = struct.Struct("!IIIIII")


class RtcpError(ValueError):
    """A compound packet that does not fit its own lengths."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`ntp` is 64-bit NTP time (seconds × 2³² since 1900), `rtp` the same instant on the stream's own clock."""

    ssrc: int
    ntp: int
    rtp: int


@dataclass(frozen=True, slots=True)
class Reception:
    """One report block: `fraction_lost` of 1, `lsr` and `delay` (s) as in RFC 3550 section 6.4.1."""

    ssrc: int
    fraction_lost: float
    lsr: int
    delay: float


@dataclass(frozen=True, slots=True)
class Nack:
    """Sequence numbers that a receiver of `ssrc` misses."""

    ssrc: int
    lost: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyframeRequest:
    """Picture loss indication or full intra request for `ssrc`."""

    ssrc: int


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """Receiver estimated maximum bitrate, bit/s."""

    bitrate: int


Report = SenderReport | Reception | Nack | KeyframeRequest | Bandwidth | transport_cc.Feedback


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What we report about one stream we receive. `lost_total` is clamped to 24 bits, `delay` in units of 1/65536 s."""

    ssrc: int
    fraction_lost: int
    lost_total: int
    highest: int
    jitter: int
    lsr: int
    delay: int


def parse(data: bytes) -> list[Report]:
    """The reports of a compound packet, in order. Raises `RtcpError`."""
    reports: list[Report] = []
    position = 0
    while position < len(data):
        if position + 4 > len(data):
            raise RtcpError("a header beyond the packet")
        first, kind, words = _HEAD.unpack_from(data, position)
        end = position + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            raise RtcpError("a part that does not fit the packet")
        body = data[position + 4 : end]
        if first & 32:
            if not body or not 0 < body[-1] <= len(body):
                raise RtcpError("padding beyond its part")
            body = body[: -body[-1]]
        try:
            _read(kind, first & 31, body, reports)
        except (struct.error, IndexError, ValueError):
            raise RtcpError("a part that does not fit its kind") from None
        position = end
    return reports


def _read(kind: int, count: int, body: bytes, reports: list[Report]) -> None:
    if kind == _SR:
        ssrc, ntp, rtp = struct.unpack_from("!IQI", body)
        reports.append(SenderReport(ssrc, ntp, rtp))
        _read_blocks(body, 24, count, reports)
    elif kind == _RR:
        _read_blocks(body, 4, count, reports)
    elif kind == _RTPFB and count == 1:
        reports.append(Nack(struct.unpack_from("!I", body, 4)[0], _nacked(body[8:])))
    elif kind == _RTPFB and count == 15:
        if sum(isinstance(report, transport_cc.Feedback) for report in reports) < MAX_FEEDBACKS:
            reports.append(transport_cc.parse(body[8:]))
    elif kind == _PSFB and count == 1:
        reports.append(KeyframeRequest(struct.unpack_from("!I", body, 4)[0]))
    elif kind == _PSFB and count == 4:
        reports.extend(KeyframeRequest(struct.unpack_from("!I", body, at)[0]) for at in range(8, len(body) - 7, 8))
    elif kind == _PSFB and count == 15 and body[8:12] == b"REMB":
        _, first, rest = struct.unpack_from("!BBH", body, 12)
        reports.append(Bandwidth(min((((first & 3) << 16) | rest) << (first >> 2), 1_000_000_000)))


def _read_blocks(body: bytes, position: int, count: int, reports: list[Report]) -> None:
    for _ in range(count):
        ssrc, loss, _, _, lsr, delay = _BLOCK.unpack_from(body, position)
        reports.append(Reception(ssrc, (loss >> 24) / 256, lsr, delay / 65536))
        position += 24


def _nacked(items: bytes) -> tuple[int, ...]:
    lost: list[int] = []
    for position in range(0, len(items), 4):
        base, mask = struct.unpack_from("!HH", items, position)
        lost.append(base)
        lost.extend((base + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1)
        if len(lost) >= MAX_NACKED:
            break
    return tuple(lost[:MAX_NACKED])


def sender_report(ssrc: int, ntp: int, rtp: int, packets: int, octets: int) -> bytes:
    return _HEAD.pack(0x80, _SR, 6) + struct.pack("!IQIII", ssrc, ntp, rtp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)


def receiver_report(sender: int, blocks: Iterable[ReportBlock]) -> bytes:
    """At most 31 blocks fit one packet; more are left out."""
    chosen = list(blocks)[:31]
    body = struct.pack("!I", sender)
    for b in chosen:
        loss = (b.fraction_lost << 24) | (max(0, min(b.lost_total, 0x7FFFFF)))
        body += _BLOCK.pack(b.ssrc, loss, b.highest & 0xFFFFFFFF, b.jitter & 0xFFFFFFFF, b.lsr, b.delay & 0xFFFFFFFF)
    return _HEAD.pack(0x80 | len(chosen), _RR, len(body) // 4) + body


def nack(sender: int, ssrc: int, lost: Iterable[int]) -> bytes:
    """A generic NACK (RFC 4585 section 6.2.1). `lost` is sorted in sending order and not empty."""
    items: list[tuple[int, int]] = []
    for sequence in lost:
        if items and 0 < (distance := (sequence - items[-1][0]) & 0xFFFF) <= 16:
            items[-1] = (items[-1][0], items[-1][1] | 1 << (distance - 1))
        else:
            items.append((sequence, 0))
    body = struct.pack("!II", sender, ssrc) + b"".join(struct.pack("!HH", *item) for item in items)
    return _HEAD.pack(0x81, _RTPFB, len(body) // 4) + body


def picture_loss(sender: int, ssrc: int) -> bytes:
    return _HEAD.pack(0x81, _PSFB, 2) + struct.pack("!II", sender, ssrc)


def bandwidth(sender: int, bitrate: int, ssrcs: Iterable[int]) -> bytes:
    """REMB: `bitrate` in bit/s for all of `ssrcs` together."""
    listed = list(ssrcs)[:16]
    exponent = max(0, bitrate.bit_length() - 18)
    value = (exponent << 18) | (bitrate >> exponent)
    body = struct.pack("!II4sI", sender, 0, b"REMB", (len(listed) << 24) | value) + struct.pack(f"!{len(listed)}I", *listed)
    return _HEAD.pack(0x80 | 15, _PSFB, len(body) // 4) + body
