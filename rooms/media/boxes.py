"""Boxes, of which an MP4 file is made (ISO/IEC 14496-12 section 4.2). Pure."""

from __future__ import annotations

from collections.abc import Iterator

MAX_BOX = (1 << 32) - 1
"""Bytes of a box with a size of 32 bits; what is recorded never needs a larger one."""


class BoxError(ValueError):
    """Bytes that are no boxes, or one that does not fit."""


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of `kind`, four bytes, around its parts. Raises `BoxError` where it is too large."""
    size = 8 + sum(map(len, parts))
    if size > MAX_BOX:
        raise BoxError(f"a box of {size} bytes")
    return b"".join((size.to_bytes(4, "big"), kind, *parts))


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box that tells its version and flags."""
    return box(kind, (version << 24 | flags).to_bytes(4, "big"), *parts)


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, content) of boxes one after the other, which fill `data`. Raises `BoxError`."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if len(data) - at < 8 or size < 8 or at + size > len(data):
            raise BoxError("no box begins here, or it is cut short")
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def u16(*values: int) -> bytes:
    return b"".join(value.to_bytes(2, "big") for value in values)


def u32(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)
