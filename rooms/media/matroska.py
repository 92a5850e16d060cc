"""The elements of a Matroska or WebM file (RFC 9559, EBML in RFC 8794): their names, and reading them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

SEGMENT, CLUSTER = 0x18538067, 0x1F43B675
KEYFRAME = 0x80
TIMESTAMP, SIMPLE_BLOCK, _GROUP, _BLOCK = 0xE7, 0xA3, 0xA0, 0xA1


class MatroskaError(ValueError):
    """Bytes that are no EBML elements, or a cluster of unknown or absurd size."""


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
    return next((int.from_bytes(body, "big") for name, body in elements(chunk[start:end], frozenset()) if name == TIMESTAMP), 0)


def blocks(chunk: bytes, start: int, end: int) -> Iterator[Block]:
    """The frames of the cluster whose content these bytes are (RFC 9559 section 10). Raises `MatroskaError`."""
    base, at, group = 0, start, None
    while at < end and (head := element(chunk, at)) is not None:
        identifier, data, size = head
        if identifier == _GROUP:
            group, at = (at, data + (size or 0)), data
            continue
        after = data + (size or 0)
        if identifier == TIMESTAMP:
            base = int.from_bytes(chunk[data:after], "big")
        elif identifier in (SIMPLE_BLOCK, _BLOCK) and after - data > 4:
            # Track number in one byte (we have two tracks), then a signed 16-bit time relative to the cluster.
            time = base + int.from_bytes(chunk[data + 1 : data + 3], "big", signed=True)
            place, until = group if identifier == _BLOCK and group is not None else (at, after)
            yield Block(place, until, chunk[data] & 0x7F, time, data + 4, identifier == SIMPLE_BLOCK and bool(chunk[data + 3] & KEYFRAME))
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
