"""What a segment's muxer needs of a file format; `webm.py` and `fragments.py` are the two."""

from __future__ import annotations

from typing import Protocol

from rooms.media.assembly import Frame
from rooms.media.chunk import Chunk


class Container(Protocol):
    """Made for certain tracks. The chunks that `add` and `close` return, joined, are the file; the first is the header."""

    @property
    def last_ms(self) -> int:
        """Time of the latest frame in ms since the segment's first instant."""
        ...

    def add(self, frame: Frame, at: float) -> list[Chunk]:
        """Take a frame `at` seconds after the segment's first instant. A frame that is not later than the former of its track is put a
        millisecond behind it. One of a track that the file has not is left out."""
        ...

    def close(self) -> list[Chunk]:
        """What is left."""
        ...
