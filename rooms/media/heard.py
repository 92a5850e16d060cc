"""Where the sound lies in one cluster of a WebM: what the journal says of it, so that pauses can be filled for players without decrypting them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

TOGETHER = 480
"""Samples at 48 kHz, 10 ms, by which a packet may lie beside the end of the one before and still belong to its run. Part of the journal's format."""


class Run(NamedTuple):
    """Packets without a pause between them. `place` is that of the first one's block in the chunk, in bytes; `at_ms` its time since the segment's first
    instant; `samples` at 48 kHz is what all of them decode to."""

    place: int
    at_ms: int
    samples: int


class Heard(NamedTuple):
    """`head`, `body` and `end`: bytes of the chunk at which the cluster begins, its content begins, and it ends. `runs` in the order of the file."""

    head: int
    body: int
    end: int
    runs: tuple[Run, ...]

    def as_json(self) -> list[Any]:
        """`[head, body, end, [place, at_ms, samples]…]`, as the journal has it."""
        return [self.head, self.body, self.end, *(list(run) for run in self.runs)]

    @classmethod
    def of_json(cls, value: Sequence[Any]) -> Self:
        """The inverse of `as_json`. Raises `ValueError` for anything else: a journal can be altered by whoever can write to the disk."""
        try:
            head, body, end, *rest = value
            runs = tuple(Run(int(place), int(at_ms), int(samples)) for place, at_ms, samples in rest)
            return cls(int(head), int(body), int(end), runs)
        except TypeError as error:
            raise ValueError(f"no account of a cluster's sound: {error}") from None
