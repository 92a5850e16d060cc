"""One segment being written: encoded frames in, Matroska out, cut at clusters, encrypted and journaled. Runs in the writer thread.

Frames wait until every declared track has shown itself, or for a second, so that the header can tell the picture's size and the
first instant of the segment is its earliest frame. Clusters last one second; what a crash can lose is the cluster being filled.
"""

from __future__ import annotations

import fractions
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from rooms.media.assembly import CONTAINERS, Frame
from rooms.media.files import DISK, Files
from rooms.media.matroska import Chunk, ClusterCutter
from rooms.media.segments import ChunkRecord, SegmentWriter
from signaling.negotiation import AUDIO

_MS = fractions.Fraction(1, 1000)
_OPTIONS = {
    "cluster_time_limit": "1000",
    # In bytes, beyond any second. The default for what cannot be sought in, 32 KiB, would make three of each second, each to be waited for.
    "cluster_size_limit": "8388608",
    "flush_packets": "1",
    # In µs. A silent track must not hold the other one in memory: the default, ten seconds, would be lost in a crash.
    "max_interleave_delta": "500000",
}
_WAIT = 1.0
_DEFAULT_SIZE = (640, 360)


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """What a segment is to hold: `tracks` maps kind to codec name. `header` goes into the journal's first line."""

    directory: Path
    name: str
    key: bytes
    tracks: dict[str, str]
    header: dict[str, Any]
    files: Files = DISK


class _Sink(io.RawIOBase):
    """The file that the muxer believes to write to."""

    def __init__(self) -> None:
        super().__init__()
        self.cutter = ClusterCutter()
        self.ready: list[Chunk] = []

    def write(self, data: Any) -> int:
        self.ready += self.cutter.feed(bytes(data))
        return len(data)

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


class SegmentMuxer:
    """`add` frames with the wall time (s) of their capture, then `close`. Both return the journal records of chunks now on disk."""

    def __init__(self, plan: SegmentPlan) -> None:
        self.plan = plan
        self.started: float | None = None
        """Wall time of the first instant, once the file exists."""
        self._keyed = {AUDIO}
        self._waiting: list[tuple[Frame, float]] = []
        self._writer: SegmentWriter | None = None
        self._streams: dict[str, Any] = {}
        self._last_ms: dict[str, int] = {}
        self._sink = _Sink()
        self._container: Any = None

    @property
    def tracks(self) -> dict[str, str]:
        return self.plan.tracks

    def add(self, frame: Frame, at: float, now_ms: int) -> list[ChunkRecord]:
        """Take one frame. `now_ms` is the wall clock in ms, for the journal. Raises `OSError` and `av.FFmpegError`."""
        if frame.kind not in self._keyed:
            # A segment plays by itself: its picture begins with a keyframe.
            if not frame.keyframe:
                return []
            self._keyed.add(frame.kind)
        if self._writer is not None:
            self._mux(frame, at)
            return self._written(now_ms)
        self._waiting.append((frame, at))
        seen = {waiting.kind for waiting, _ in self._waiting}
        if seen >= self.plan.tracks.keys() or at - min(t for _, t in self._waiting) > _WAIT:
            self._open()
        return self._written(now_ms)

    def sync(self) -> None:
        if self._writer is not None:
            self._writer.sync()

    def close(self, reason: str, now_ms: int, **facts: Any) -> tuple[list[ChunkRecord], dict[str, Any] | None]:
        """Finish the file. The second value is its closing line, None when no frame ever came and there is no file."""
        if self._writer is None:
            if not self._waiting:
                return [], None
            self._open()
        assert self._writer is not None and self.started is not None
        try:
            self._container.close()
        finally:
            self._sink.ready += self._sink.cutter.finish()
            records = self._written(now_ms)
            duration = max(self._last_ms.values(), default=0)
            end = self._writer.close(
                reason=reason, duration_ms=duration, codecs=self.plan.tracks, wall_start_ms=int(self.started * 1000), **facts
            )
        return records, end

    def _open(self) -> None:
        self.started = min(at for _, at in self._waiting)
        video = next((kind for kind in self.plan.tracks if kind != AUDIO), None)
        container = CONTAINERS[self.plan.tracks[video]] if video else "webm"
        header = {**self.plan.header, "container": container, "tracks": self.plan.tracks, "wall_start_ms": int(self.started * 1000)}
        self._writer = SegmentWriter(self.plan.directory, self.plan.name, self.plan.key, header, self.plan.files)
        self._container = av.open(self._sink, "w", format=container, options=_OPTIONS)
        if video:
            size = next((f.size for f, _ in self._waiting if f.kind == video and f.size), _DEFAULT_SIZE)
            stream = self._container.add_mux_stream(self.plan.tracks[video], width=size[0], height=size[1])
            stream.time_base = _MS
            self._streams[video] = stream
        if AUDIO in self.plan.tracks:
            # Opened as an encoder only for the OpusHead it puts into the file; no sample is ever encoded.
            self._streams[AUDIO] = self._container.add_stream("libopus", rate=48000, layout="stereo")
        waiting, self._waiting = self._waiting, []
        for frame, at in sorted(waiting, key=lambda item: item[1]):
            self._mux(frame, at)

    def _mux(self, frame: Frame, at: float) -> None:
        stream = self._streams.get(frame.kind)
        if stream is None or self.started is None:
            return
        ms = round((at - self.started) * 1000)
        ms = max(ms, self._last_ms.get(frame.kind, -1) + 1)
        self._last_ms[frame.kind] = ms
        packet = av.Packet(frame.data)
        packet.stream = stream
        packet.time_base = _MS
        packet.pts = packet.dts = ms
        packet.is_keyframe = frame.keyframe
        self._container.mux(packet)

    def _written(self, now_ms: int) -> list[ChunkRecord]:
        ready, self._sink.ready = self._sink.ready, []
        if self._writer is None:
            return []
        return [self._writer.append(chunk.data, chunk.first_ms, chunk.last_ms, now_ms, chunk.key_ms) for chunk in ready]
