"""Read a Yjs update (format v1) without applying it: who wrote, on what it depends, what it deletes.

    update     = count, { structs, client, clock, struct... }..., delete set
    struct     = info byte; GC and Skip: length; Item: origin?, right origin?, parent (only without origins), content
    delete set = count, { client, ranges, { clock, length }... }...

Numbers are variable-length, 7 bits a byte, low bits first; strings are UTF-8 with their length in bytes. Source: the reference
implementation (yjs `src/utils/UpdateDecoder.js`, `src/structs/`). The library would take in an update first and tell afterwards; and an
update with missing dependencies lies pending inside the document, unseen by any reader, until somebody supplies them.

Errors: `UpdateError(code)`: `malformed`, `missing_dependencies` for a gap, or `forbidden_content` for what an agreement never holds
(binary, embeds, sub-documents, other roots).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agreements.schema import ROOT

MAX_DEPTH = 8
MAX_CLOCK = 2**31 - 1
_GC, _DELETED, _STRING, _FORMAT, _TYPE, _ANY, _SKIP = 0, 1, 4, 6, 7, 8, 10
_XML_ELEMENT, _XML_TEXT = 3, 6
_HAS_ORIGIN, _HAS_RIGHT, _HAS_SUB = 0x80, 0x40, 0x20


class UpdateError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Summary:
    """`blocks`: (client, first clock, length); `deletes` likewise; `needs`: the ids (client, clock) that items point at; `between`: whether
    an item names both its neighbours; `texts`: whether it begins new runs of text."""

    blocks: list[tuple[int, int, int]] = field(default_factory=list)
    deletes: list[tuple[int, int, int]] = field(default_factory=list)
    needs: set[tuple[int, int]] = field(default_factory=set)
    between: bool = False
    texts: bool = False


class Reader:
    """A cursor over bytes that never reads past the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise UpdateError("malformed", "the update ends in the middle")
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 56:
                raise UpdateError("malformed", "a number has too many digits")

    def skip(self, length: int) -> bytes:
        if length > len(self.data) - self.at:
            raise UpdateError("malformed", "the update ends in the middle")
        self.at += length
        return self.data[self.at - length : self.at]

    def rest(self) -> bytes:
        return self.skip(len(self.data) - self.at)

    def string(self) -> str:
        try:
            return self.skip(self.number()).decode()
        except UnicodeDecodeError:
            raise UpdateError("malformed", "a string is not UTF-8") from None


def varint(value: int) -> bytes:
    """A number as lib0 writes it: seven bits a byte, the lowest first; the inverse of `Reader.number`."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def read_state_vector(data: bytes) -> dict[int, int]:
    """Client id → next clock."""
    reader = Reader(data)
    return {reader.number(): reader.number() for _ in range(reader.number())}


def read_update(data: bytes) -> Summary:
    """Read a whole update; raises `UpdateError`."""
    reader, summary = Reader(data), Summary()
    for _ in range(reader.number()):
        structs, client, clock = reader.number(), reader.number(), reader.number()
        start = clock
        for _ in range(structs):
            clock += _struct(reader, summary)
        if clock > MAX_CLOCK:
            raise UpdateError("malformed", "a clock is beyond what the library counts")
        summary.blocks.append((client, start, clock - start))
    for _ in range(reader.number()):
        client = reader.number()
        for _ in range(reader.number()):
            summary.deletes.append((client, reader.number(), reader.number()))
    if reader.at != len(data):
        raise UpdateError("malformed", "bytes follow the end of the update")
    return summary


def _struct(reader: Reader, summary: Summary) -> int:
    info = reader.byte()
    kind = info & 0x1F
    if kind == _SKIP:
        raise UpdateError("missing_dependencies", "the update leaves a gap: send what comes before it first")
    if kind == _GC:
        return reader.number()
    if info & _HAS_ORIGIN:
        summary.needs.add((reader.number(), reader.number()))
    if info & _HAS_RIGHT:
        summary.needs.add((reader.number(), reader.number()))
    if info & _HAS_ORIGIN and info & _HAS_RIGHT:
        summary.between = True
    if not info & (_HAS_ORIGIN | _HAS_RIGHT):
        _parent(reader, summary, bool(info & _HAS_SUB))
    return _content(reader, kind, summary)


def _parent(reader: Reader, summary: Summary, has_sub: bool) -> None:
    if reader.number() == 1:
        name = reader.string()
        if name != ROOT or has_sub:
            raise UpdateError("forbidden_content", f"only clauses below {ROOT!r} may be written")
    else:
        summary.needs.add((reader.number(), reader.number()))
    if has_sub:
        reader.string()


def _content(reader: Reader, kind: int, summary: Summary) -> int:
    """Pass over an item's content and return its length in clock ticks."""
    if kind == _DELETED:
        return reader.number()
    if kind == _STRING:
        return len(reader.string().encode("utf-16-le")) // 2
    if kind == _FORMAT:
        reader.string()
        reader.string()
        return 1
    if kind == _TYPE:
        shared = reader.number()
        if shared == _XML_ELEMENT:
            reader.string()
        elif shared == _XML_TEXT:
            summary.texts = True
        else:
            raise UpdateError("forbidden_content", "an agreement holds elements and text only")
        return 1
    if kind == _ANY:
        count = reader.number()
        for _ in range(count):
            _any(reader, 0)
        return count
    raise UpdateError("forbidden_content", "an agreement holds no binary, embedded or foreign content")


def _any(reader: Reader, depth: int) -> None:
    """lib0's self-describing values: 127 undefined, 126 null, 125 integer, 124/123/122 fixed numbers, 121/120 booleans, 119 string,
    118 object, 117 array."""
    tag = reader.byte()
    if depth > MAX_DEPTH:
        raise UpdateError("malformed", "a value is nested too deeply")
    if tag in (127, 126, 121, 120):
        return
    if tag == 125:
        while reader.byte() >= 0x80:
            pass
    elif tag == 124:
        reader.skip(4)
    elif tag in (123, 122):
        reader.skip(8)
    elif tag == 119:
        reader.string()
    elif tag == 118:
        for _ in range(reader.number()):
            reader.string()
            _any(reader, depth + 1)
    elif tag == 117:
        for _ in range(reader.number()):
            _any(reader, depth + 1)
    else:
        raise UpdateError("forbidden_content", "a value is binary or unknown")
