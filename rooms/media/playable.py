"""A segment as a player wants it: the same clusters behind a header that tells how long it is and where one may begin (RFC 9559).

What the recorder writes can be cut off anywhere and still plays, so it knows neither its length nor its keyframes. Here a header is made of the recorded
one, with duration and cues (section 5.1.5), and the file is addressed by bytes without ever being put together: only what is read is decrypted.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from itertools import accumulate

from rooms.media.matroska import MatroskaError, element
from rooms.media.segments import SegmentIndex

_EBML, _SEGMENT, _INFO, _TRACKS = 0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B
_DURATION, _CUES, _POINT, _TIME, _POSITIONS, _TRACK, _CLUSTER_AT = 0x4489, 0x1C53BB6B, 0xBB, 0xB3, 0xB7, 0xF7, 0xF1


class Playable:
    """The first `chunks` of a segment; `size` in bytes. Raises `MatroskaError` where it has no header, `SegmentBroken` while it is read."""

    def __init__(self, index: SegmentIndex, chunks: int) -> None:
        if chunks < 1:
            raise MatroskaError("a segment without a header")
        self._index = index
        parts = _level_one(index.read(0, 0))
        records = index.chunks[1:chunks]
        sizes = [int(record["plain"]) for record in records]
        duration = max((int(record["t_last_ms"] or 0) for record in records), default=0)
        info = _made(
            _INFO,
            b"".join(_made(*child) for child in _children(parts[_INFO]) if child[0] != _DURATION) + _made(_DURATION, _float(duration)),
        )
        tracks = _made(_TRACKS, parts[_TRACKS])
        keys = [(int(record["key_ms"]), number) for number, record in enumerate(records) if record.get("key_ms") is not None]
        starts = [0, *accumulate(sizes)]
        # Positions count from the segment's first byte; they have a fixed length, so that the cues' own length is known before.
        before = len(info) + len(tracks) + len(_cues([(time, 0) for time, _ in keys]))
        cues = _cues([(time, before + starts[number]) for time, number in keys])
        content = before + starts[-1]
        self.head = _made(_EBML, parts[_EBML]) + _SEGMENT.to_bytes(4, "big") + _size(content) + info + tracks + cues
        self._starts = [len(self.head) + start for start in starts]
        self.size = self._starts[-1]

    def read(self, start: int, end: int) -> bytes:
        """Bytes from `start` up to but without `end`, which lie within the file."""
        found = self.head[start:end]
        if end > len(self.head):
            first = max(0, bisect_right(self._starts, max(start, len(self.head))) - 1)
            last = bisect_right(self._starts, end - 1) - 1
            data = self._index.read(first + 1, last + 1)
            offset = self._starts[first]
            found += data[max(start, len(self.head)) - offset : end - offset]
        return found


def _level_one(data: bytes) -> dict[int, bytes]:
    """The header's elements by their ids: EBML itself, and those inside of the segment."""
    found: dict[int, bytes] = {}
    for identifier, body in _children(data):
        found.setdefault(identifier, body)
    for wanted in (_EBML, _INFO, _TRACKS):
        if wanted not in found:
            raise MatroskaError(f"a header without {wanted:#x}")
    return found


def _children(data: bytes) -> list[tuple[int, bytes]]:
    """Elements one after the other; into the segment itself it goes, since that has no end yet."""
    found, at = [], 0
    while (head := element(data, at)) is not None:
        identifier, start, size = head
        if identifier == _SEGMENT:
            at = start
            continue
        if size is None or start + size > len(data):
            raise MatroskaError("a header that is cut short")
        found.append((identifier, data[start : start + size]))
        at = start + size
    return found


def _made(identifier: int, body: bytes) -> bytes:
    return identifier.to_bytes((identifier.bit_length() + 7) // 8, "big") + _size(len(body)) + body


def _size(value: int) -> bytes:
    """In eight bytes, as any length may be written (RFC 8794 section 6)."""
    return (1 << 56 | value).to_bytes(8, "big")


def _float(value: float) -> bytes:
    return struct.pack("!d", value)


def _cues(points: list[tuple[int, int]]) -> bytes:
    return _made(_CUES, b"".join(_cue(time, position) for time, position in points)) if points else b""


def _cue(time: int, position: int) -> bytes:
    where = _made(_TRACK, b"\x01") + _made(_CLUSTER_AT, position.to_bytes(8, "big"))
    return _made(_POINT, _made(_TIME, time.to_bytes(8, "big")) + _made(_POSITIONS, where))
