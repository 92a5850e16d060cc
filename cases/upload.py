"""A recording on its way here, in pieces that come one after the other and are asked for again after a cut. Pure.

Rules
* Every piece but the last has `PIECE` bytes. The server tells how many bytes it has (the offset); a piece that begins elsewhere is refused with that number.
* What came in is on the disk before it is acknowledged: whoever comes back after a cut, or after a reload, goes on from there.
* A party has two uploads at most that nothing was made of; the oldest gives way. They go after a day.
"""

from __future__ import annotations

from datetime import timedelta

from cases.errors import Conflict, Invalid

PIECE = 512 * 1024
"""Bytes."""
SIZE_LIMIT = 64 << 20
"""Bytes of a recording."""
UNFINISHED_LIMIT = 2
KEPT = timedelta(hours=24)


def parse_size(size: int) -> int:
    """Bytes of what is going to be sent. Raises `Invalid`."""
    if not 0 < size <= SIZE_LIMIT:
        raise Invalid("recording_size", "A recording has 1 byte to 64 MiB", field="recording", limit=SIZE_LIMIT)
    return size


def received(size: int, have: int, offset: int, length: int) -> int:
    """How many of `size` bytes there are with a piece that was sent for `offset`, where there were `have`. Raises `Conflict`, `Invalid`."""
    if offset != have:
        raise Conflict("wrong_offset", f"There are {have} bytes here; please go on from there", offset=have)
    due = min(PIECE, size - have)
    if length != due or not due:
        raise Invalid("piece_size", f"This piece has {due} bytes", field="recording", limit=due)
    return have + length


def pieces(size: int) -> int:
    """How many there are of so many bytes."""
    return -(-size // PIECE)
