"""A recorded MP4 as one that any player can seek in: a header with tables of all its samples before them. Pure.

Players find their way in fragments by what they have read so far, each in its own manner; some not at all. So the header is made anew from what the
fragments tell: durations, sizes, keyframes and places of samples (ISO/IEC 14496-12 section 8.6 to 8.7). The fragments follow as they were recorded, as
the content of one box (`mdat`), in which a player looks only where the tables point. A pause makes the sample before it longer (8.8.12), and what
begins later than the other has an empty edit before it (8.6.6).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from rooms.media.boxes import MAX_BOX, BoxError, box, boxes, full_box, u32
from rooms.media.mp4 import PICTURE_SCALE, SYNC

SCALE = PICTURE_SCALE
"""Units a second in which the whole counts."""
_REPLACED = frozenset([b"stts", b"stsc", b"stsz", b"stco"])


@dataclass(slots=True)
class _Table:
    """All samples of one track. `runs`: (place in the file behind the header, samples there)."""

    scale: int = 0
    times: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    syncs: list[int] = field(default_factory=list)
    runs: list[tuple[int, int]] = field(default_factory=list)
    last: int = 0

    @property
    def durations(self) -> list[int]:
        return [later - time for time, later in pairwise(self.times)] + [self.last] * bool(self.times)

    @property
    def begin(self) -> int:
        """Of the first sample, in `SCALE`."""
        return self.times[0] * SCALE // self.scale if self.times else 0

    @property
    def length(self) -> int:
        """From the first sample to the end of the last one, in the track's units."""
        return self.times[-1] + self.last - self.times[0] if self.times else 0


def header(recorded: bytes, fragments: Iterable[bytes]) -> bytes:
    """What stands before the fragments, which are those that follow it in the file. Raises `BoxError` where they are not what `mp4.py` writes."""
    tops = dict(boxes(recorded))
    if b"ftyp" not in tops or b"moov" not in tops:
        raise BoxError("no header of an MP4")
    tables: dict[int, _Table] = {}
    size = 0
    for fragment in fragments:
        _read(fragment, size, tables)
        size += len(fragment)
    start = box(b"ftyp", tops[b"ftyp"])
    # One that is larger than a plain box may be has its size in eight bytes more (4.2).
    data = u32(8 + size) + b"mdat" if 8 + size <= MAX_BOX else u32(1) + b"mdat" + (16 + size).to_bytes(8, "big")
    # The places of samples have a fixed length, so that the length of the header is known before them.
    before = len(start) + len(_movie(tops[b"moov"], tables, 0, size)) + len(data)
    return start + _movie(tops[b"moov"], tables, before, size) + data


def _read(fragment: bytes, place: int, tables: dict[int, _Table]) -> None:
    """Add the samples of a fragment that lies at `place`."""
    for kind, content in boxes(fragment):
        for kind_of, run in boxes(content) if kind == b"moof" else ():
            if kind_of != b"traf":
                continue
            parts = dict(boxes(run))
            try:
                track = int.from_bytes(parts[b"tfhd"][4:8], "big")
                time = int.from_bytes(parts[b"tfdt"][4:12], "big")
                flags, count, begin = struct.unpack_from("!III", parts[b"trun"])
                rows = list(struct.iter_unpack("!III", parts[b"trun"][12:]))
            except (KeyError, struct.error):
                raise BoxError("a fragment that is not ours") from None
            if flags != 0x701 or count != len(rows):
                raise BoxError("a run of samples that is not ours")
            table = tables.setdefault(track, _Table())
            table.runs.append((place + begin, count))
            for duration, size, about in rows:
                table.times.append(time)
                table.sizes.append(size)
                if about == SYNC:
                    table.syncs.append(len(table.sizes))
                time += duration
                table.last = duration


def _movie(recorded: bytes, tables: dict[int, _Table], before: int, size: int) -> bytes:
    wide = before + size > MAX_BOX
    parts = list(boxes(recorded))
    scales = {_track(content): _scale(content) for kind, content in parts if kind == b"trak"}
    for number, scale in scales.items():
        tables.setdefault(number, _Table()).scale = scale
    longest = max((_ends(table) for table in tables.values()), default=0)
    made = []
    for kind, content in parts:
        if kind == b"mvhd":
            made.append(box(kind, content[:12], u32(SCALE, longest), content[20:]))
        elif kind == b"trak":
            made.append(_trak(content, tables[_track(content)], before, wide))
    return box(b"moov", *made)


def _ends(table: _Table) -> int:
    return table.begin + (table.length * SCALE // table.scale if table.times else 0)


def _trak(recorded: bytes, table: _Table, before: int, wide: bool) -> bytes:
    """A track with its tables, which lie in mdia, minf and stbl."""
    made = []
    for kind, content in boxes(recorded):
        if kind == b"tkhd":
            made.append(box(kind, content[:20], u32(_ends(table)), content[24:]))
            if table.begin:
                edits = struct.pack("!IiIIiI", table.begin, -1, 0x10000, _ends(table) - table.begin, 0, 0x10000)
                made.append(box(b"edts", full_box(b"elst", 0, 0, u32(2), edits)))
        elif kind == b"mdia":
            made.append(box(kind, *(_media(*part, table, before, wide) for part in boxes(content))))
    return box(b"trak", *made)


def _media(kind: bytes, content: bytes, table: _Table, before: int, wide: bool) -> bytes:
    if kind == b"mdhd":
        return box(kind, content[:16], u32(table.length), content[20:])
    if kind == b"minf":
        return box(kind, *(_media(*part, table, before, wide) for part in boxes(content)))
    if kind == b"stbl":
        kept = [box(*part) for part in boxes(content) if part[0] not in _REPLACED]
        return box(kind, kept[0], *_tables(table, before, wide), *kept[1:])
    return box(kind, content)


def _tables(table: _Table, before: int, wide: bool) -> list[bytes]:
    durations = [(len(list(same)), duration) for duration, same in groupby(table.durations)]
    # (first run, samples of it and of those after it)
    counts: list[tuple[int, int]] = []
    for number, (_, count) in enumerate(table.runs, 1):
        if not counts or counts[-1][1] != count:
            counts.append((number, count))
    places = [before + place for place, _ in table.runs]
    found = [
        full_box(b"stts", 0, 0, u32(len(durations)), _rows(durations)),
        full_box(b"stsc", 0, 0, u32(len(counts)), _rows([(first, count, 1) for first, count in counts])),
        full_box(b"stsz", 0, 0, u32(0, len(table.sizes)), _rows([table.sizes])),
        full_box(b"co64" if wide else b"stco", 0, 0, u32(len(places)), b"".join(p.to_bytes(8 if wide else 4, "big") for p in places)),
    ]
    if len(table.syncs) < len(table.sizes):
        found.append(full_box(b"stss", 0, 0, u32(len(table.syncs)), _rows([table.syncs])))
    return found


def _rows(rows: Sequence[Sequence[int]]) -> bytes:
    return b"".join(struct.pack(f"!{len(row)}I", *row) for row in rows)


def _track(trak: bytes) -> int:
    """The number of a track."""
    return int.from_bytes(dict(boxes(trak)).get(b"tkhd", bytes(16))[12:16], "big")


def _scale(trak: bytes) -> int:
    scale = int.from_bytes(dict(boxes(dict(boxes(trak)).get(b"mdia", b""))).get(b"mdhd", bytes(20))[12:16], "big")
    if not scale:
        raise BoxError("a track that does not tell its clock")
    return scale
