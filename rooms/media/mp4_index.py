"""A recorded MP4 as one that any player can seek in: a header with tables of all its samples before them. Pure.

Players find their way in fragments by what they have read so far, each in its own manner; some not at all. So the header is made anew from what the
fragments tell: durations, sizes, keyframes and places of samples (ISO/IEC 14496-12 sections 8.6 and 8.7). The fragments follow as they were recorded, as
the content of one box (`mdat`), in which a player looks only where the tables point. A pause makes the picture before it longer (8.8.12), and is
silence in the sound (`mp4_silence.py`); a picture that begins later than the sound has an empty edit before it (8.6.6).
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from rooms.media.boxes import MAX_BOX, BoxError, box, boxes, full_box, u32
from rooms.media.mp4 import PICTURE, PICTURE_SCALE, SOUND, SOUND_SCALE
from rooms.media.mp4_samples import Placed, read
from rooms.media.mp4_silence import PACKETS, filled

SCALE = PICTURE_SCALE
"""Units a second in which the whole counts."""
_SCALES = {PICTURE: PICTURE_SCALE, SOUND: SOUND_SCALE}
_REPLACED = frozenset([b"stts", b"stsc", b"stsz", b"stco"])


def index(recorded: bytes, fragments: Iterable[bytes]) -> tuple[bytes, list[int]]:
    """What stands before the fragments, and between which of their bytes `mp4_silence.PACKETS` stand. Raises `BoxError` where header or fragments are not
    what `mp4.py` writes."""
    tops = dict(boxes(recorded))
    if b"ftyp" not in tops or b"moov" not in tops:
        raise BoxError("no header of an MP4")
    found, size = read(fragments)
    pictures, end = _lengthened(found.get(PICTURE, []))
    sounds, pauses = filled(found.get(SOUND, []), end * SOUND_SCALE // PICTURE_SCALE, size) if _heard(tops[b"moov"]) else ([], [])
    pictures = [picture._replace(place=picture.place + bisect_right(pauses, picture.place) * len(PACKETS)) for picture in pictures]
    tables = {PICTURE: pictures, SOUND: sounds}
    size += len(pauses) * len(PACKETS)
    # One that is larger than a plain box may be has its size in eight bytes more (4.2).
    data = u32(8 + size) + b"mdat" if 8 + size <= MAX_BOX else u32(1) + b"mdat" + (16 + size).to_bytes(8, "big")
    start = box(b"ftyp", tops[b"ftyp"])
    wide = size > MAX_BOX // 2
    # The places of samples have a fixed length, so that the length of the header is known before them.
    before = len(start) + len(_movie(tops[b"moov"], tables, 0, wide)) + len(data)
    return start + _movie(tops[b"moov"], tables, before, wide) + data, pauses


def _heard(movie: bytes) -> bool:
    """Whether there is a track of sound."""
    return sum(kind == b"trak" for kind, _ in boxes(movie)) > 1


def _lengthened(pictures: list[Placed]) -> tuple[list[Placed], int]:
    """Each picture until the next one, and the end of the last."""
    found = [picture._replace(duration=later.time - picture.time) for picture, later in pairwise(pictures)] + pictures[-1:]
    return found, found[-1].time + found[-1].duration if found else 0


def _begin(samples: list[Placed]) -> int:
    return samples[0].time if samples else 0


def _length(samples: list[Placed]) -> int:
    """From the first sample to the end of the last one, in the track's units."""
    return samples[-1].time + samples[-1].duration - samples[0].time if samples else 0


def _movie(recorded: bytes, tables: dict[int, list[Placed]], before: int, wide: bool) -> bytes:
    made, longest = [], 0
    for kind, content in boxes(recorded):
        if kind == b"trak":
            track = int.from_bytes(dict(boxes(content)).get(b"tkhd", b"")[12:16], "big")
            if track not in _SCALES:
                raise BoxError("a track that is not ours")
            begin, length = (value * SCALE // _SCALES[track] for value in (_begin(tables[track]), _length(tables[track])))
            made.append(_trak(content, tables[track], begin, length, before, wide))
            longest = max(longest, begin + length)
    head = dict(boxes(recorded)).get(b"mvhd", b"")
    return box(b"moov", box(b"mvhd", head[:12], u32(SCALE, longest), head[20:]), *made)


def _trak(recorded: bytes, samples: list[Placed], begin: int, length: int, before: int, wide: bool) -> bytes:
    """A track with its tables. `begin` and `length` in `SCALE`."""
    made = []
    for kind, content in boxes(recorded):
        if kind == b"tkhd":
            made.append(box(kind, content[:20], u32(begin + length), content[24:]))
            if begin:
                made.append(box(b"edts", full_box(b"elst", 0, 0, u32(2), struct.pack("!IiIIiI", begin, -1, 0x10000, length, 0, 0x10000))))
        else:
            made.append(_media(kind, content, samples, before, wide))
    return box(b"trak", *made)


def _media(kind: bytes, content: bytes, samples: list[Placed], before: int, wide: bool) -> bytes:
    """The boxes below a track's mdia, whose tables stand in minf and stbl."""
    if kind in (b"mdia", b"minf"):
        return box(kind, *(_media(*part, samples, before, wide) for part in boxes(content)))
    if kind == b"mdhd":
        return box(kind, content[:16], u32(_length(samples)), content[20:])
    if kind == b"stbl":
        kept = [box(*part) for part in boxes(content) if part[0] not in _REPLACED]
        return box(kind, *kept[:1], *_tables(samples, before, wide), *kept[1:])
    return box(kind, content)


def _tables(samples: list[Placed], before: int, wide: bool) -> list[bytes]:
    durations = [(len(list(same)), duration) for duration, same in groupby(sample.duration for sample in samples)]
    places, counts = _chunks(samples)
    # (first chunk, samples in it and in those after it, kind of sample)
    runs = [(number, count, 1) for number, count in enumerate(counts, 1) if number == 1 or count != counts[number - 2]]
    keys = [number for number, sample in enumerate(samples, 1) if sample.key]
    found = [
        full_box(b"stts", 0, 0, u32(len(durations)), _rows(durations)),
        full_box(b"stsc", 0, 0, u32(len(runs)), _rows(runs)),
        full_box(b"stsz", 0, 0, u32(0, len(samples)), _rows([[sample.size for sample in samples]])),
        full_box(
            b"co64" if wide else b"stco",
            0,
            0,
            u32(len(places)),
            struct.pack(f"!{len(places)}{'Q' if wide else 'I'}", *(before + p for p in places)),
        ),
    ]
    if len(keys) < len(samples):
        found.append(full_box(b"stss", 0, 0, u32(len(keys)), _rows([keys])))
    return found


def _chunks(samples: list[Placed]) -> tuple[list[int], list[int]]:
    """Places of samples that lie one behind the other, and how many there are of each."""
    places: list[int] = []
    counts: list[int] = []
    end: int | None = None
    for sample in samples:
        if sample.place == end:
            counts[-1] += 1
        else:
            places.append(sample.place)
            counts.append(1)
        end = sample.place + sample.size
    return places, counts


def _rows(rows: Sequence[Sequence[int]]) -> bytes:
    return b"".join(struct.pack(f"!{len(row)}I", *row) for row in rows)
