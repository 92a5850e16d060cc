"""What a recording is written in: pieces of a file that plays up to any of them."""

from __future__ import annotations

from dataclasses import dataclass

from rooms.media.heard import Heard


@dataclass(frozen=True, slots=True)
class Chunk:
    """The header, one cluster or fragment, or what closes the file. `first_ms` and `last_ms` are the times of the first and the last frame in it; both
    None in a chunk without any. `key_ms` is that of its first keyframe, where a player can begin with it; None where there is none.
    `heard` is where the sound lies in a cluster of a WebM that has any track of it."""

    data: bytes
    first_ms: int | None
    last_ms: int | None
    key_ms: int | None = None
    heard: Heard | None = None
