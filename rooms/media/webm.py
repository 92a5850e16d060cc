"""VP8 and Opus, or Opus alone, as WebM in clusters of a second (RFC 9559). PyAV writes the header; the clusters are put together here, frame by frame as they
come, which costs a tenth of what handing each to a muxer does.

A cluster ends after a second, or before a keyframe, so that a player may begin with any that has one. It is written when each track has come so far. A silent
track holds the other one for half a second and no longer: what waits would be lost in a crash.
"""

from __future__ import annotations

import io
import struct
from typing import Any, NamedTuple

import av

from rooms.media import opus
from rooms.media.assembly import Frame
from rooms.media.chunk import Chunk
from rooms.media.heard import Heard
from rooms.media.matroska import CLUSTER, KEYFRAME, SIMPLE_BLOCK, TIMESTAMP, size_of
from rooms.media.webm_sound import Sound, codec_delay, runs_of
from signaling.negotiation import AUDIO

SPAN, LEAST = 1000, 250
"""Milliseconds of a cluster, and those that it has at least before a keyframe begins another: keyframes may come in bursts."""
PATIENCE = 500
"""Milliseconds for which a track that says nothing holds the other."""
LATE = 30_000
"""Milliseconds that a frame may lie before the latest cluster; a block has 16 bits for them. One that comes later is put there."""
MAX_CLUSTER = 8 << 20
"""Bytes of frames. No second of a person's picture has as many; beyond it nothing waits."""
_DEFAULT_SIZE = (640, 360)
_BLOCK = struct.Struct("!BIBhB")
"""Id, length in four bytes (RFC 8794 section 4), track, time in the cluster, flags (RFC 9559 section 10.2)."""
_LENGTH = 1 << 28
_TIME = struct.Struct("!BBQ")


class _Waiting(NamedTuple):
    at_ms: int
    track: int
    data: bytes
    flags: int


class Webm:
    """See `Container`. `tracks` maps kind to codec; `size` is the picture's in pixels, where a frame told it."""

    def __init__(self, tracks: dict[str, str], size: tuple[int, int] | None) -> None:
        kinds = sorted(tracks, key=lambda kind: kind == AUDIO)
        self._head: bytes | None = _header([(kind, tracks[kind]) for kind in kinds], size or _DEFAULT_SIZE)
        self._numbers = {kind: number for number, kind in enumerate(kinds, 1)}
        self._sound = self._numbers.get(AUDIO)
        self._delays = {kind: codec_delay(self._head) if kind == AUDIO else 0 for kind in kinds}
        self._last = dict.fromkeys(kinds, -1)
        self._waiting: list[_Waiting] = []
        self._bytes = 0
        self._base = 0
        """Time of the cluster that was written last."""
        self._began = self._ends = 0
        """Of the cluster that is being filled; it ends before a keyframe already."""

    @property
    def last_ms(self) -> int:
        return max(0, *self._last.values())

    def add(self, frame: Frame, at: float) -> list[Chunk]:
        kind = frame.kind
        if (last := self._last.get(kind)) is None:
            return []
        ms = max(round(at * 1000), last + 1, self._base - LATE)
        self._last[kind] = ms
        # Readers take it off again.
        ms += self._delays[kind]
        if not self._waiting:
            self._begin(ms)
        self._waiting.append(_Waiting(ms, self._numbers[kind], frame.data, KEYFRAME if frame.keyframe else 0))
        self._bytes += len(frame.data)
        if frame.keyframe and kind != AUDIO and self._began + LEAST <= ms < self._ends:
            self._ends = ms
        return self._cut(ms) if ms >= self._ends or self._bytes > MAX_CLUSTER else []

    def close(self) -> list[Chunk]:
        found: list[Chunk] = []
        while self._waiting:
            found += self._cluster(self._ends)
        return found or self._headed([])

    def _begin(self, ms: int) -> None:
        self._began, self._ends = ms, ms + SPAN

    def _cut(self, newest: int) -> list[Chunk]:
        """The clusters that are complete, now that there is a frame of this time."""
        found: list[Chunk] = []
        reached = max(min(self._last.values()), newest - PATIENCE)
        while self._waiting and reached >= self._ends:
            found += self._cluster(self._ends)
        if self._bytes > MAX_CLUSTER:
            found += self._cluster(newest + 1)
        return found

    def _cluster(self, end: int) -> list[Chunk]:
        """Write what waits of the time before `end`, and begin the next cluster with the rest."""
        inside = sorted((one for one in self._waiting if one.at_ms < end), key=lambda one: one.at_ms)
        self._waiting = [one for one in self._waiting if one.at_ms >= end]
        self._bytes = sum(len(one.data) for one in self._waiting)
        if self._waiting:
            self._begin(min(one.at_ms for one in self._waiting))
            # A keyframe that came while the other track was waited for.
            keys = (one.at_ms for one in self._waiting if one.flags and one.track != self._sound)
            self._ends = min((at for at in keys if at >= self._began + LEAST), default=self._ends)
        if not inside:
            return []
        # A frame that comes too late for its cluster stands before the time of this one: clusters' times never go back.
        self._base = max(self._base, inside[0].at_ms)
        body = [_TIME.pack(TIMESTAMP, 0x88, self._base)]
        sounds: list[Sound] = []
        place = _HEAD + _TIME.size
        for at_ms, track, data, flags in inside:
            if track == self._sound:
                sounds.append(Sound(place, at_ms, opus.samples(data)))
            body += (_BLOCK.pack(SIMPLE_BLOCK, _LENGTH | len(data) + 4, 0x80 | track, at_ms - self._base, flags), data)
            place += _BLOCK.size + len(data)
        data = b"".join((CLUSTER.to_bytes(4, "big"), size_of(place - _HEAD), *body))
        key = next((one.at_ms for one in inside if one.flags and one.track == 1), None)
        heard = Heard(0, _HEAD, place, runs_of(sounds)) if self._sound is not None else None
        return self._headed([Chunk(data, inside[0].at_ms, inside[-1].at_ms, key, heard)])

    def _headed(self, chunks: list[Chunk]) -> list[Chunk]:
        if self._head is None:
            return chunks
        head, self._head = self._head, None
        return [Chunk(head, None, None), *chunks]


_HEAD = 12
"""Bytes before a cluster's content: its id, and its length in eight."""


def _header(tracks: list[tuple[str, str]], size: tuple[int, int]) -> bytes:
    """Everything before the first cluster."""
    written = _Unseekable()
    file: Any = av.open(written, "w", format="webm")
    for kind, codec in tracks:
        if kind == AUDIO:
            # Opened as an encoder only for the OpusHead it puts into the file; no sample is ever encoded.
            file.add_stream("libopus", rate=48000, layout="stereo")
        else:
            file.add_mux_stream(codec, width=size[0], height=size[1])
    file.start_encoding()
    head = written.getvalue()
    file.close()
    return head


class _Unseekable(io.BytesIO):
    """So that the segment is given no end."""

    def seekable(self) -> bool:
        return False
