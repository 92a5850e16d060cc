"""What befell the tracks of one segment while it was written: losses, frames that the disk did not take, other sizes of the picture. Pure.

Told with the segment's end, in ms from its first instant, so that whoever plays it need not guess why a picture stands still or a word is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

MOST = 100
"""Marks of one segment that are told one by one; more are counted."""

What = Literal["loss", "disk", "size"]
"""`loss`: packets that did not come and could not be repaired; `disk`: the disk was too slow; `size`: another layer of the simulcast, or another window."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Frames of a track that found no place in the queue: how many, and the wall time in s of the first and the last one."""

    frames: int
    since: float
    until: float


@dataclass(slots=True)
class _Track:
    at: float
    holes: int
    size: tuple[int, int] | None = None


class Marks:
    """Times are wall time in s; `told` makes them relative."""

    def __init__(self) -> None:
        self._tracks: dict[str, _Track] = {}
        self._marks: list[tuple[str, What, float, float, tuple[int, int] | None]] = []
        self.losses = self.dropped = self.left_out = 0

    def frame(self, kind: str, at: float, holes: int, size: tuple[int, int] | None) -> None:
        """A frame is written. `holes` counts those of its track since it was first followed, before this segment too; `size` is None where it does not tell."""
        track = self._tracks.get(kind)
        if track is None:
            # What is missing before the first frame lies between two segments, and is not this one's.
            track = self._tracks[kind] = _Track(at, holes)
        elif holes > track.holes:
            self.losses += holes - track.holes
            self._mark(kind, "loss", track.at, at)
        if size is not None and size != track.size:
            self._mark(kind, "size", at, at, size)
            track.size = size
        track.at, track.holes = at, holes

    def lost(self, kind: str, lost: Lost) -> None:
        """Frames were dropped that belong into this segment."""
        self.dropped += lost.frames
        self._mark(kind, "disk", lost.since, lost.until)

    def told(self, started: float) -> dict[str, Any]:
        """`gaps` and `dropped` are numbers of holes and frames; `marks` are {"kind", "what", "from_ms", "to_ms"} by time, with "size" where it is one."""
        marks = [
            {"kind": kind, "what": what, "from_ms": _ms(since - started), "to_ms": _ms(until - started)}
            | ({"size": list(size)} if size else {})
            for kind, what, since, until, size in sorted(self._marks, key=lambda mark: mark[2])
        ]
        found: dict[str, Any] = {"gaps": self.losses, "dropped": self.dropped, "marks": marks}
        return found | ({"marks_left_out": self.left_out} if self.left_out else {})

    def _mark(self, kind: str, what: What, since: float, until: float, size: tuple[int, int] | None = None) -> None:
        if len(self._marks) < MOST:
            self._marks.append((kind, what, since, until, size))
        else:
            self.left_out += 1


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))
