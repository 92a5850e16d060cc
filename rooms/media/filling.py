"""What a player is given in place of a segment's chunks; `webm_silence.py` and `mp4_silence.py` put silence into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Filling(Protocol):
    """Of all chunks behind the header's, numbered from 0."""

    @property
    def sizes(self) -> Sequence[int]:
        """Bytes of each chunk as it is given."""
        ...

    def filled(self, number: int, chunk: bytes) -> bytes:
        """The chunk as it is given, of the recorded one. Raises `MatroskaError` or `BoxError` where that is not what `sizes` were reckoned from."""
        ...


class AsRecorded:
    """See `Filling`: nothing is put in."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = sizes

    def filled(self, number: int, chunk: bytes) -> bytes:
        return chunk
