"""VP8 and Opus, or Opus alone, as WebM in clusters of a second. PyAV writes it, the stream is cut as it comes."""

from __future__ import annotations

import fractions
import io
from dataclasses import replace
from typing import Any

import av

from rooms.media.assembly import Frame
from rooms.media.chunk import Chunk
from rooms.media.matroska import ClusterCutter
from rooms.media.webm_sound import heard, sound_track
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
_DEFAULT_SIZE = (640, 360)


class _Sink(io.RawIOBase):
    """The file that the muxer believes to write to."""

    def __init__(self) -> None:
        super().__init__()
        self._cutter = ClusterCutter()
        self._ready: list[Chunk] = []
        self._headed = False
        self._sound: int | None = None

    def write(self, data: Any) -> int:
        self._add(self._cutter.feed(bytes(data)))
        return len(data)

    def finish(self) -> None:
        self._add(self._cutter.finish())

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def taken(self) -> list[Chunk]:
        ready, self._ready = self._ready, []
        return ready

    def _add(self, chunks: list[Chunk]) -> None:
        for chunk in chunks:
            if not self._headed:
                self._headed, self._sound = True, sound_track(chunk.data)
            elif self._sound is not None:
                chunk = replace(chunk, heard=heard(chunk.data, self._sound))
            self._ready.append(chunk)


class Webm:
    """See `Container`. `tracks` maps kind to codec; `size` is the picture's in pixels, where a frame told it. May raise `av.FFmpegError`."""

    def __init__(self, tracks: dict[str, str], size: tuple[int, int] | None) -> None:
        self._last: dict[str, int] = {}
        self._streams: dict[str, Any] = {}
        self._sink = _Sink()
        self._file: Any = av.open(self._sink, "w", format="webm", options=_OPTIONS)
        for kind, codec in sorted(tracks.items(), key=lambda track: track[0] == AUDIO):
            if kind == AUDIO:
                # Opened as an encoder only for the OpusHead it puts into the file; no sample is ever encoded.
                self._streams[kind] = self._file.add_stream("libopus", rate=48000, layout="stereo")
                continue
            width, height = size or _DEFAULT_SIZE
            self._streams[kind] = self._file.add_mux_stream(codec, width=width, height=height)
            self._streams[kind].time_base = _MS

    @property
    def last_ms(self) -> int:
        return max(self._last.values(), default=0)

    def add(self, frame: Frame, at: float) -> list[Chunk]:
        if (stream := self._streams.get(frame.kind)) is None:
            return []
        ms = max(round(at * 1000), self._last.get(frame.kind, -1) + 1)
        self._last[frame.kind] = ms
        packet = av.Packet(frame.data)
        packet.stream = stream
        packet.time_base = _MS
        packet.pts = packet.dts = ms
        packet.is_keyframe = frame.keyframe
        self._file.mux(packet)
        return self._sink.taken()

    def close(self) -> list[Chunk]:
        try:
            self._file.close()
        finally:
            self._sink.finish()
        return self._sink.taken()
