"""Reading back what `mp4.fragment` wrote: where each frame lies, when it begins, how long it lasts. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

from rooms.media import opus
from rooms.media.boxes import BoxError, boxes
from rooms.media.mp4 import SOUND, SYNC


class Placed(NamedTuple):
    """One frame. `place` and `size` in bytes, counted from the first fragment's first byte; `time` and `duration` in the track's units. A sound lasts
    as long as its packet decodes to, whatever pause follows it."""

    place: int
    size: int
    time: int
    duration: int
    key: bool


def read(fragments: Iterable[bytes]) -> tuple[dict[int, list[Placed]], int]:
    """Track → its frames, and the bytes of all fragments, which follow one another. Raises `BoxError` where they are not ours."""
    found: dict[int, list[Placed]] = {}
    before = 0
    for fragment in fragments:
        for kind, content in boxes(fragment):
            for inner, run in boxes(content) if kind == b"moof" else ():
                if inner == b"traf":
                    track, samples = _run(run, fragment, before)
                    found.setdefault(track, []).extend(samples)
        before += len(fragment)
    return found, before


def _run(traf: bytes, fragment: bytes, before: int) -> tuple[int, list[Placed]]:
    parts = dict(boxes(traf))
    try:
        track = int.from_bytes(parts[b"tfhd"][4:8], "big")
        time = int.from_bytes(parts[b"tfdt"][4:12], "big")
        flags, count, at = struct.unpack_from("!III", parts[b"trun"])
        rows = list(struct.iter_unpack("!III", parts[b"trun"][12:]))
    except (KeyError, struct.error):
        raise BoxError("a fragment that is not ours") from None
    if flags != 0x701 or count != len(rows):
        raise BoxError("a run of samples that is not ours")
    found = []
    for duration, size, about in rows:
        lasts = opus.samples(fragment[at : at + 2]) if track == SOUND else duration
        found.append(Placed(before + at, size, time, lasts, about == SYNC))
        at += size
        time += duration
    if at > len(fragment):
        raise BoxError("samples beyond their fragment")
    return track, found
