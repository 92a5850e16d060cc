"""H.264, and Opus beside it, as an MP4 in fragments of a second. Pure.

A fragment ends after a second, or before a keyframe, so that a player may begin with any that has one. How long a frame lasts is known when the
next one of its track comes; the last one of each track therefore waits for it, and goes into the fragment that is then being filled. Where none came for a
second, as from a muted microphone, it is given the length that it has by itself, and the pause stands between two fragments. What a crash can lose is a second
and one frame of each track.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from rooms.media import h264, mp4, opus
from rooms.media.assembly import Frame
from rooms.media.chunk import Chunk
from rooms.media.mp4 import Sample
from signaling.negotiation import AUDIO

SPAN = 1.0
"""Seconds of a fragment."""
LEAST = 0.25
"""Seconds that a fragment has at least before a keyframe begins another: keyframes may come in bursts."""
_PICTURE_LASTS = mp4.PICTURE_SCALE // 30
"""Of a picture whose successor is not known."""


@dataclass(slots=True)
class _Lane:
    """One track being filled. `held` is the latest frame, as (data, time, whether it is a keyframe); the next one may not begin before `earliest`."""

    scale: int
    lasts: Callable[[bytes], int]
    held: tuple[bytes, int, bool] | None = None
    earliest: int = 0
    last: int = 0
    done: list[Sample] = field(default_factory=list)

    def add(self, data: bytes, at: float, key: bool) -> None:
        time = max(round(at * self.scale), self.earliest)
        if self.held is not None:
            self.release(time - self.held[1])
        self.held = (data, time, key)
        self.last, self.earliest = time, time + self.scale // 1000

    def release(self, duration: int | None = None) -> None:
        """The held frame is complete; it lasts so long, else as long as it has by itself."""
        if self.held is None:
            return
        data, time, key = self.held
        lasts = self.lasts(data) if duration is None else duration
        self.done.append(Sample(data, time, lasts, key))
        self.held, self.earliest = None, time + lasts

    def take(self) -> list[Sample]:
        done, self.done = self.done, []
        return done

    def ms(self, time: int) -> int:
        return time * 1000 // self.scale


class Fragments:
    """See `Container`. Made from the parameter sets of the first keyframe of the track `kind`, camera or screen; others do not fit into it (see
    `fits`). `sound`: whether there is an Opus track. Raises `h264.H264Error` for sets that cannot be read."""

    def __init__(self, sets: h264.ParameterSets, kind: str, sound: bool) -> None:
        self.sets = sets
        self._pictures = _Lane(mp4.PICTURE_SCALE, lambda data: _PICTURE_LASTS)
        self._sounds = _Lane(mp4.SOUND_SCALE, opus.samples)
        self._lanes = {kind: self._pictures} | ({AUDIO: self._sounds} if sound else {})
        self._head: bytes | None = mp4.header(sets, sound)
        self._number = 0
        self._began: float | None = None

    @property
    def last_ms(self) -> int:
        return max(lane.ms(lane.last) for lane in self._lanes.values())

    def add(self, frame: Frame, at: float) -> list[Chunk]:
        if (lane := self._lanes.get(frame.kind)) is None:
            return []
        data = frame.data if lane is self._sounds else mp4.picture_data(frame.data)
        if not data:
            return []
        key = frame.keyframe or lane is self._sounds
        lane.add(data, at, key)
        if self._began is None:
            self._began = at
        begins = key and lane is self._pictures and lane.done and at - self._began >= LEAST
        if at - self._began < SPAN and not begins:
            return []
        for other in self._lanes.values():
            if other.held is not None and at - other.held[1] / other.scale > SPAN:
                other.release()
        self._began = at
        return self._cut()

    def close(self) -> list[Chunk]:
        for lane in self._lanes.values():
            lane.release()
        return self._cut()

    def _cut(self) -> list[Chunk]:
        pictures, sounds = self._pictures.take(), self._sounds.take()
        head, self._head = self._head, None
        found = [Chunk(head, None, None)] if head is not None else []
        if not pictures and not sounds:
            return found
        self._number += 1
        lanes = [(lane, samples) for lane, samples in ((self._pictures, pictures), (self._sounds, sounds)) if samples]
        first = min(lane.ms(samples[0].time) for lane, samples in lanes)
        last = max(lane.ms(samples[-1].time) for lane, samples in lanes)
        key = self._pictures.ms(pictures[0].time) if pictures and pictures[0].key else None
        found.append(Chunk(mp4.fragment(self._number, pictures, sounds), first, last, key))
        return found


def fits(sets: h264.ParameterSets, data: bytes) -> bool:
    """Whether an access unit can stand in a file with these sets in its header: it brings no others. `avc1` has none in its samples, since players do not
    look for them there, so another size of the picture needs another file."""
    return all(h264.kind(unit) not in (h264.SPS, h264.PPS) or unit in sets.units for unit in h264.units(data))
