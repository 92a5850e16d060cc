"""Cutting a growing Matroska or WebM byte stream at its clusters (RFC 9559, EBML in RFC 8794). Pure.

The chunks joined are the stream. The first holds everything before the first cluster; each further one holds one cluster, the last
one also what follows it (cues). Each chunk that follows the first can be appended to it and the file plays so far.
"""

from __future__ import annotations

from rooms.media.chunk import Chunk

MAX_CHUNK = 64 << 20
"""Bytes. A cluster of one second cannot be as large; the stream is broken if one claims to be."""
_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_FIRST_TRACK, _KEYFRAME = 0x81, 0x80
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
            if identifier == _SEGMENT and not self._in_segment:
                self._in_segment = True
                self._whole = start
                continue
            if size is None or size > MAX_CHUNK:
                raise MatroskaError(f"element {identifier:#x} of unknown or absurd size")
            if start + size > len(self._pending):
                break
            if identifier == _CLUSTER:
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


def _spanned(data: bytes) -> Chunk:
    """The cluster with the span of its blocks. Anything before the cluster (cues between clusters) is stepped over."""
    position, base = 0, 0
    times: list[int] = []
    keys: list[int] = []
    while (head := element(data, position)) is not None:
        identifier, start, size = head
        if identifier in (_CLUSTER, _GROUP):
            position = start
            continue
        end = start + (size or 0)
        if identifier == _TIMESTAMP:
            base = int.from_bytes(data[start:end], "big")
        elif identifier in (_SIMPLE_BLOCK, _BLOCK) and end - start > 4:
            # Track number in one byte (we have two tracks), then a signed 16-bit time relative to the cluster.
            times.append(base + int.from_bytes(data[start + 1 : start + 3], "big", signed=True))
            if identifier == _SIMPLE_BLOCK and data[start] == _FIRST_TRACK and data[start + 3] & _KEYFRAME:
                keys.append(times[-1])
        position = end
    # The first track is the picture where there is one.
    return Chunk(data, min(times, default=None), max(times, default=None), min(keys, default=None))
