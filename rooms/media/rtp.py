"""RTP packets (RFC 3550 section 5, RFC 8285) and what can be told of their payload without decoding it. Pure.

A wrong packet raises `RtpError`; it costs its sender that packet and nobody else anything.
"""

from __future__ import annotations

import struct

HEADER = struct.Struct("!BBHI")
"""First byte, marker and payload type, sequence number, timestamp; the SSRC follows at offset 8."""


class RtpError(ValueError):
    """The packet is shorter than its own header says, or not RTP version 2."""


def payload_span(data: bytes) -> tuple[int, int]:
    """Start and end of the payload, header extension and padding excluded. Raises `RtpError`."""
    size = len(data)
    if size < 12 or data[0] >> 6 != 2:
        raise RtpError("not an RTP packet")
    first = data[0]
    start = 12 + 4 * (first & 15)
    if first & 16:
        if size < start + 4:
            raise RtpError("a header extension beyond the packet")
        start += 4 + 4 * ((data[start + 2] << 8) | data[start + 3])
    end = size
    if first & 32:
        if not 0 < data[-1] <= size - start:
            raise RtpError("padding beyond the packet")
        end -= data[-1]
    if start > end:
        raise RtpError("a header beyond the packet")
    return start, end


def extension(data: bytes, wanted: int) -> bytes | None:
    """The value of header extension `wanted` (one-byte form), or None, also where the packet is shorter than it says."""
    size = len(data)
    if size < 16 or not data[0] & 16:
        return None
    position = 12 + 4 * (data[0] & 15)
    if size < position + 4 or data[position] != 0xBE or data[position + 1] != 0xDE:
        return None
    end = min(size, position + 4 + 4 * ((data[position + 2] << 8) | data[position + 3]))
    position += 4
    while position < end:
        head = data[position]
        if head == 0:
            position += 1
            continue
        length = (head & 15) + 1
        if head >> 4 == wanted:
            return data[position + 1 : position + 1 + length] if position + 1 + length <= end else None
        position += 1 + length
    return None


def begins_keyframe(codec: str, payload: bytes) -> bool:
    """Whether this payload is the first of a frame that can be decoded without any other (RFC 7741, RFC 6184)."""
    if codec == "vp8":
        head = vp8_head(payload)
        return head is not None and payload[0] & 0x10 != 0 and payload[0] & 7 == 0 and len(payload) > head and not payload[head] & 1
    if codec == "h264":
        return _h264_begins_keyframe(payload)
    return True


def vp8_head(payload: bytes) -> int | None:
    """Length of the VP8 payload descriptor (RFC 7741 section 4.2), None when it is longer than the payload."""
    if not payload:
        return None
    length = 1
    if payload[0] & 0x80:
        if len(payload) < 2:
            return None
        bits = payload[1]
        length = 2
        if bits & 0x80:
            if len(payload) < 3:
                return None
            length += 2 if payload[2] & 0x80 else 1
        length += (bits >> 6 & 1) + (1 if bits & 0x30 else 0)
    return length if length < len(payload) else None


def _h264_begins_keyframe(payload: bytes) -> bool:
    if len(payload) < 2:
        return False
    kind = payload[0] & 31
    if kind == 24 and len(payload) > 3:
        kind = payload[3] & 31
    elif kind == 28:
        kind = payload[1] & 31 if payload[1] & 0x80 else 0
    # A sequence parameter set (7) comes first in every browser's keyframe; a bare IDR slice (5) is one where it was sent before.
    return kind in (5, 7)
