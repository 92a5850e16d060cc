"""Cutting a growing Matroska or WebM byte stream at its clusters (RFC 9559, EBML in RFC 8794). Pure.

The chunks joined are the stream. The first holds everything before the first cluster; each further one holds one cluster, the last
one also what follows it (cues). Each chunk that follows the first can be appended to it and the file plays so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rooms.media.chunk import Chunk

MAX_CHUNK = 64 << 20
"""Bytes. A cluster of one second cannot be as large; the stream is broken if one claims to be."""
SEGMENT, CLUSTER = 0x18538067, 0x1F43B675
_FIRST_TRACK, _KEYFRAME = 1, 0x80
_TIMESTAMP, _SIMPLE_BLOCK, _GROUP, _BLOCK = 0xE7, 0xA3, 0xA0, 0xA1


class MatroskaError(ValueError):
    """Bytes that are no EBML elements, or a cluster of unknown or absurd size."""


class ClusterCutter:
    """`feed` bytes as they are written, in pieces of any size; `finish` when the muxer has closed."""

    def __init__(self) -> None:
        self._pending = b""
        self._whole = 0
        self._in_segment = False
        self._has_cluster = False

    def feed(self, data: bytes) -> list[Chunk]:
        """The chunks that are complete now. Raises `MatroskaError`."""
        self._pending += data
        chunks: list[Chunk] = []
        while (head := element(self._pending, self._whole)) is not None:
            identifier, start, size = head
            if identifier == SEGMENT and not self._in_segment:
                self._in_segment = True
                self._whole = start
                continue
            if size is None or size > MAX_CHUNK:
                raise MatroskaError(f"element {identifier:#x} of unknown or absurd size")
            if start + size > len(self._pending):
                break
            if identifier == CLUSTER:
                if not self._has_cluster:
                    chunks.append(Chunk(self._pending[: self._whole], None, None))
                    self._drop(self._whole)
                    self._has_cluster = True
                    continue
                self._whole = start + size
                chunks.append(_spanned(self._pending[: self._whole]))
                self._drop(self._whole)
            else:
                self._whole = start + size
        return chunks

    def finish(self) -> list[Chunk]:
        """What is left."""
        rest, self._pending = self._pending, b""
        self._whole = 0
        return [Chunk(rest, None, None)] if rest else []

    def _drop(self, size: int) -> None:
        self._pending = self._pending[size:]
        self._whole = 0


def element(data: bytes, at: int) -> tuple[int, int, int | None] | None:
    """(id, offset of the content, size or None for unknown) of the element at `at`; None when its head is not complete. Raises `MatroskaError`."""
    if at >= len(data):
        return None
    id_length = 9 - data[at].bit_length()
    if id_length > 4:
        raise MatroskaError("no element begins here")
    if at + id_length >= len(data):
        return None
    length = 9 - data[at + id_length].bit_length()
    if length > 8:
        raise MatroskaError("an element with no size")
    start = at + id_length + length
    if start > len(data):
        return None
    value = int.from_bytes(data[at + id_length : start], "big") & ((1 << 7 * length) - 1)
    return int.from_bytes(data[at : at + id_length], "big"), start, None if value == (1 << 7 * length) - 1 else value


class Block(NamedTuple):
    """One frame of a cluster. It takes the bytes from `place` to `end` of the chunk, its head and that of its group included; the frame itself begins at
    `data`. `key` is what a simple block says of itself."""

    place: int
    end: int
    track: int
    at_ms: int
    data: int
    key: bool


def cluster_of(chunk: bytes) -> tuple[int, int, int] | None:
    """Where a chunk's cluster begins, its content begins, and it ends; None where there is none. Raises `MatroskaError`."""
    at = 0
    while (head := element(chunk, at)) is not None:
        identifier, start, size = head
        if size is None or start + size > len(chunk):
            raise MatroskaError(f"element {identifier:#x} of unknown or absurd size")
        if identifier == CLUSTER:
            return at, start, start + size
        at = start + size
    return None


def time_of(chunk: bytes, start: int, end: int) -> int:
    """The time in ms, as our files count, of the cluster whose content these bytes are (RFC 9559 section 5.1.3.1); 0 where it tells none. Raises `MatroskaError`."""
    return next((int.from_bytes(body, "big") for name, body in elements(chunk[start:end], frozenset()) if name == _TIMESTAMP), 0)


def blocks(chunk: bytes, start: int, end: int) -> Iterator[Block]:
    """The frames of the cluster whose content these bytes are (RFC 9559 section 10). Raises `MatroskaError`."""
    base, at, group = 0, start, None
    while at < end and (head := element(chunk, at)) is not None:
        identifier, data, size = head
        if identifier == _GROUP:
            group, at = (at, data + (size or 0)), data
            continue
        after = data + (size or 0)
        if identifier == _TIMESTAMP:
            base = int.from_bytes(chunk[data:after], "big")
        elif identifier in (_SIMPLE_BLOCK, _BLOCK) and after - data > 4:
            # Track number in one byte (we have two tracks), then a signed 16-bit time relative to the cluster.
            time = base + int.from_bytes(chunk[data + 1 : data + 3], "big", signed=True)
            place, until = group if identifier == _BLOCK and group is not None else (at, after)
            yield Block(place, until, chunk[data] & 0x7F, time, data + 4, identifier == _SIMPLE_BLOCK and bool(chunk[data + 3] & _KEYFRAME))
        at = after


def elements(data: bytes, inside: frozenset[int]) -> list[tuple[int, bytes]]:
    """(id, content) of elements one after the other; those that are `inside` are gone into instead. Raises `MatroskaError` where one is cut short."""
    found, at = [], 0
    while (head := element(data, at)) is not None:
        identifier, start, size = head
        if identifier in inside:
            at = start
            continue
        if size is None or start + size > len(data):
            raise MatroskaError("a header that is cut short")
        found.append((identifier, data[start : start + size]))
        at = start + size
    return found


def size_of(value: int) -> bytes:
    """The length of an element in eight bytes, as any length may be written (RFC 8794 section 6)."""
    return (1 << 56 | value).to_bytes(8, "big")


def _spanned(data: bytes) -> Chunk:
    """The cluster with the span of its blocks. Anything before the cluster (cues between clusters) is stepped over."""
    cluster = cluster_of(data)
    found = list(blocks(data, *cluster[1:])) if cluster is not None else []
    times = [block.at_ms for block in found]
    # The first track is the picture where there is one.
    keys = [block.at_ms for block in found if block.key and block.track == _FIRST_TRACK]
    return Chunk(data, min(times, default=None), max(times, default=None), min(keys, default=None))
