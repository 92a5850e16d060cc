"""Segments read back for a film: their pictures at a moment, their sound as one unbroken stretch."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from rooms.media.composite_plan import Piece, Plan
from rooms.media.playable import Playable
from rooms.media.segments import SegmentIndex, file_of

SOUND_RATE = 48000
NEAR = 0.02
"""Seconds by which a frame of sound may lie beside its place before silence is put in or sound left out."""


class _Reading(io.RawIOBase):
    """A segment as an open file."""

    def __init__(self, file: Playable) -> None:
        super().__init__()
        self._file, self._at = file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        end = self._file.size if size < 0 else min(self._file.size, self._at + size)
        data = self._file.read(self._at, end) if end > self._at else b""
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at


def open_piece(folder: Path, key: bytes, piece: Piece) -> Any:
    """A container to be closed by the caller. Raises `SegmentError`, `NotPlayable`, `av.FFmpegError`."""
    return av.open(_Reading(Playable(SegmentIndex(file_of(folder, piece.name), key), piece.chunks, silence=False)), "r")


class Pictures:
    """What one seat, or its screen, showed; asked for moments that grow."""

    def __init__(self, folder: Path, key: bytes, plan: Plan, seat: str, part: str) -> None:
        self._folder, self._key, self._plan, self._place = folder, key, plan, (seat, part)
        self._piece: Piece | None = None
        self._container: Any = None
        self._frames: Iterator[Any] = iter(())
        self._next: Any = None
        self._current: Any = None

    def at(self, moment: int) -> Any:
        """The decoded frame that stood at a moment in ms since 1970; None where there was no picture."""
        piece = self._plan.piece(*self._place, moment)
        if piece is not self._piece:
            self._turn_to(piece, moment)
        if piece is None:
            return None
        while self._next is not None and self._next.time * 1000 <= moment - piece.begins:
            self._current, self._next = self._next, next(self._frames, None)
        return self._current

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
        self._container = None

    def _turn_to(self, piece: Piece | None, moment: int) -> None:
        self.close()
        self._piece, self._current, self._next, self._frames = piece, None, None, iter(())
        if piece is None or not piece.picture:
            return
        self._container = open_piece(self._folder, self._key, piece)
        into = moment - piece.begins
        if into > 1000:
            self._container.seek(into * 1000)
        self._frames = _decoded(self._container)
        self._next = next(self._frames, None)


def _decoded(container: Any) -> Iterator[Any]:
    """A frame that does not decode is left out: what was lost on the line is seen as it was seen then."""
    for packet in container.demux(video=0):
        try:
            for frame in packet.decode():
                if frame.time is not None:
                    yield frame
        except av.FFmpegError:
            continue


class Sound:
    """What one seat said, in the film's time: `take` gives so many samples (mono, float planar) of the next stretch, silence where there was none."""

    def __init__(self, folder: Path, key: bytes, plan: Plan, seat: str) -> None:
        self._fifo = av.AudioFifo()
        self._filled = 0
        self._stretches = self._all(folder, key, plan, plan.pieces(seat))
        self._next: tuple[int, Any] | None = next(self._stretches, None)
        self._pts = 0

    def take(self, count: int) -> Any:
        while self._filled < self._pts + count:
            if self._next is None or self._next[0] >= self._pts + count:
                self._silence(self._pts + count - self._filled)
                break
            place, frame = self._next
            self._next = next(self._stretches, None)
            if place - self._filled > NEAR * SOUND_RATE:
                self._silence(place - self._filled)
            elif self._filled - place > NEAR * SOUND_RATE:
                continue
            self._put(frame)
        made = self._fifo.read(count)
        self._pts += count
        return made

    def _put(self, frame: Any) -> None:
        frame.pts = None
        self._fifo.write(frame)
        self._filled += frame.samples

    def _silence(self, count: int) -> None:
        while count > 0:
            part = min(count, SOUND_RATE)
            frame = av.AudioFrame("fltp", "mono", part)
            frame.sample_rate = SOUND_RATE
            frame.planes[0].update(bytes(frame.planes[0].buffer_size))
            self._put(frame)
            count -= part

    def _all(self, folder: Path, key: bytes, plan: Plan, pieces: list[Piece]) -> Iterator[tuple[int, Any]]:
        """(place in the film in samples, frame)"""
        for piece in pieces:
            if piece.part != "main":
                continue
            container = open_piece(folder, key, piece)
            try:
                if not container.streams.audio:
                    continue
                resampler = av.AudioResampler("fltp", "mono", SOUND_RATE)
                for packet in container.demux(audio=0):
                    try:
                        decoded = packet.decode()
                    except av.FFmpegError:
                        continue
                    for frame in decoded:
                        film = plan.film_time(piece.begins + int(frame.time * 1000)) if frame.time is not None else None
                        if film is None:
                            continue
                        frame.pts = None
                        place = film * SOUND_RATE // 1000
                        for part in resampler.resample(frame):
                            yield place, part
                            place += part.samples
            finally:
                container.close()
