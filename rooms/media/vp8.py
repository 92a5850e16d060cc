"""The numbers in a VP8 payload descriptor (RFC 7741 section 4.2) that must go on when a viewer is moved to another layer. Pure.

A picture id and a TL0PICIDX count pictures within one encoder. Two layers of one camera are two encoders: where a viewer changes over,
both numbers are shifted, or its decoder would wait for pictures that never were.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureIds:
    """Where the numbers stand in a payload and what they are. `picture_at` and `tl0_at` are offsets, 0 when the number is absent."""

    picture_at: int
    long: bool
    picture: int
    tl0_at: int
    tl0: int


@dataclass(frozen=True, slots=True)
class Shift:
    """What is added to both numbers of a stream."""

    picture: int = 0
    tl0: int = 0


NONE = Shift()


def picture_ids(payload: bytes) -> PictureIds | None:
    """The numbers of one payload; None when it has none, or is cut short."""
    if len(payload) < 2 or not payload[0] & 0x80:
        return None
    bits, position = payload[1], 2
    picture_at = picture = tl0_at = tl0 = 0
    long = False
    try:
        if bits & 0x80:
            picture_at, picture = position, payload[position]
            position += 1
            if long := bool(picture & 0x80):
                picture = (picture & 0x7F) << 8 | payload[position]
                position += 1
        if bits & 0x40:
            tl0_at, tl0 = position, payload[position]
    except IndexError:
        return None
    return PictureIds(picture_at, long, picture, tl0_at, tl0) if picture_at or tl0_at else None


def following(last: PictureIds | None, shift: Shift, first: PictureIds | None) -> Shift:
    """The shift with which `first` goes on after `last`, which was shown under `shift`."""
    if last is None or first is None:
        return NONE
    bits = 15 if first.long else 7
    picture = (last.picture + shift.picture + 1 - first.picture) % (1 << bits) if first.picture_at and last.picture_at else 0
    tl0 = (last.tl0 + shift.tl0 + 1 - first.tl0) & 0xFF if first.tl0_at and last.tl0_at else 0
    return Shift(picture, tl0)


def shifted(payload: bytes, ids: PictureIds, shift: Shift) -> bytes:
    """The payload with both numbers shifted; as long as before."""
    out = bytearray(payload)
    if ids.picture_at:
        if ids.long:
            picture = (ids.picture + shift.picture) & 0x7FFF
            out[ids.picture_at], out[ids.picture_at + 1] = 0x80 | picture >> 8, picture & 0xFF
        else:
            out[ids.picture_at] = (ids.picture + shift.picture) & 0x7F
    if ids.tl0_at:
        out[ids.tl0_at] = (ids.tl0 + shift.tl0) & 0xFF
    return bytes(out)
