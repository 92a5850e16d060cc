"""One segment being written: encoded frames in; WebM or MP4 out, cut at clusters, encrypted and journaled. Runs in the writer thread.

Frames wait until every declared track has shown itself, or for a second, so that the header can tell the picture's size and the
first instant of the segment is its earliest frame. Clusters last one second; what a crash can lose is the cluster being filled.

VP8 and sound alone are WebM, H.264 is MP4. The header of an MP4 has the parameter sets of its picture: one that has not come yet, or comes
with others than before, does not fit into a file that was begun (`takes`), and whoever writes begins another.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rooms.media import fragments, h264
from rooms.media.assembly import Frame
from rooms.media.chunk import Chunk
from rooms.media.container import Container
from rooms.media.files import DISK, Files
from rooms.media.segments import ChunkRecord, SegmentWriter
from rooms.media.webm import Webm
from signaling.negotiation import AUDIO, H264

_WAIT = 1.0


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """What a segment is to hold: `tracks` maps kind to codec name. `header` goes into the journal's first line."""

    directory: Path
    name: str
    key: bytes
    tracks: dict[str, str]
    header: dict[str, Any]
    files: Files = DISK


class SegmentMuxer:
    """`add` frames with the wall time (s) of their capture, then `close`. Both return the journal records of chunks now on disk."""

    def __init__(self, plan: SegmentPlan) -> None:
        self.plan = plan
        self.started: float | None = None
        """Wall time of the first instant, once the file exists."""
        self._keyed = {AUDIO}
        self._waiting: list[tuple[Frame, float]] = []
        self._writer: SegmentWriter | None = None
        self._container: Container | None = None
        self._tracks = plan.tracks
        """Those that the file has, once it exists: a picture of H.264 that had not come is not among them."""
        self._sets: h264.ParameterSets | None = None

    @property
    def tracks(self) -> dict[str, str]:
        return self.plan.tracks

    @property
    def begins(self) -> float:
        """Wall time of the first instant, as far as is known by now."""
        return self.started if self.started is not None else min((at for _, at in self._waiting), default=0.0)

    def takes(self, frame: Frame) -> bool:
        """Whether this file can hold the frame, or may leave it out."""
        if self.plan.tracks.get(frame.kind) != H264:
            return True
        if self._sets is not None:
            return fragments.fits(self._sets, frame.data)
        # Without its sets the file was begun without the picture, which the next keyframe shows.
        return self._container is None or not frame.keyframe

    def add(self, frame: Frame, at: float, now_ms: int) -> list[ChunkRecord]:
        """Take one frame, which `takes` allows. `now_ms` is the wall clock in ms, for the journal. Raises `OSError`, `av.FFmpegError` and
        `ValueError` (H.264 whose parameter sets cannot be read)."""
        if frame.kind not in self._keyed:
            # A segment plays by itself: its picture begins with a keyframe.
            if not frame.keyframe:
                return []
            if self.plan.tracks.get(frame.kind) == H264:
                self._sets = h264.sets_of(frame.data)
                if self._sets is None:
                    return []
            self._keyed.add(frame.kind)
        if self._container is not None:
            return self._written(self._mux(frame, at), now_ms)
        self._waiting.append((frame, at))
        seen = {waiting.kind for waiting, _ in self._waiting}
        if seen >= self.plan.tracks.keys() or at - min(t for _, t in self._waiting) > _WAIT:
            return self._written(self._open(), now_ms)
        return []

    def sync(self) -> None:
        if self._writer is not None:
            self._writer.sync()

    def close(self, reason: str, now_ms: int, **facts: Any) -> tuple[list[ChunkRecord], dict[str, Any] | None]:
        """Finish the file. The second value is its closing line, None when no frame ever came and there is no file."""
        if self._container is None and not self._waiting:
            return [], None
        ready = self._open() if self._container is None else []
        assert self._container is not None and self._writer is not None and self.started is not None
        try:
            ready += self._container.close()
        finally:
            records = self._written(ready, now_ms)
            end = self._writer.close(
                reason=reason,
                duration_ms=self._container.last_ms,
                codecs=self._tracks,
                wall_start_ms=int(self.started * 1000),
                **facts,
            )
        return records, end

    def abandon(self, reason: str, duration_ms: int, **facts: Any) -> dict[str, Any] | None:
        """Give the file up, after an error: the closing line of what has reached the disk, `duration_ms` long; None where nothing has."""
        if self._writer is None or self.started is None:
            return None
        end = self._writer.abandon(
            reason=reason, duration_ms=duration_ms, codecs=self._tracks, wall_start_ms=int(self.started * 1000), **facts
        )
        return end if end["chunks"] else None

    def _open(self) -> list[Chunk]:
        """Begin the file with the frames that waited."""
        self.started = min(at for _, at in self._waiting)
        video = next((kind for kind in self.plan.tracks if kind != AUDIO), None)
        if video is not None and self.plan.tracks[video] == H264 and self._sets is None:
            self._tracks = {kind: codec for kind, codec in self.plan.tracks.items() if kind == AUDIO}
        container = "webm" if self._sets is None else "mp4"
        header = {**self.plan.header, "container": container, "tracks": self._tracks, "wall_start_ms": int(self.started * 1000)}
        self._writer = SegmentWriter(self.plan.directory, self.plan.name, self.plan.key, header, self.plan.files)
        if self._sets is not None and video is not None:
            self._container = fragments.Fragments(self._sets, video, AUDIO in self._tracks)
        else:
            size = next((frame.size for frame, _ in self._waiting if frame.kind == video and frame.size), None)
            self._container = Webm(self._tracks, size)
        waiting, self._waiting = self._waiting, []
        return [chunk for frame, at in sorted(waiting, key=lambda item: item[1]) for chunk in self._mux(frame, at)]

    def _mux(self, frame: Frame, at: float) -> list[Chunk]:
        assert self._container is not None and self.started is not None
        return self._container.add(frame, at - self.started)

    def _written(self, ready: list[Chunk], now_ms: int) -> list[ChunkRecord]:
        assert self._writer is not None
        return [self._writer.append(chunk.data, chunk.first_ms, chunk.last_ms, now_ms, chunk.key_ms, chunk.heard) for chunk in ready]
