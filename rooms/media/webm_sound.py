"""Finding the sound in a recorded WebM (RFC 9559 sections 5.1.4 and 10). Pure."""

from __future__ import annotations

from rooms.media import opus
from rooms.media.heard import TOGETHER, Heard, Run
from rooms.media.matroska import SEGMENT, blocks, cluster_of, elements

_TRACKS, _ENTRY, _NUMBER, _TYPE = 0x1654AE6B, 0xAE, 0xD7, 0x83
_AUDIO = 2
_PER_MS = opus.RATE // 1000


def sound_track(header: bytes) -> int | None:
    """The number of the track of sound, None where there is none. Raises `MatroskaError` where `header` cannot be read."""
    for identifier, entry in elements(header, frozenset([SEGMENT, _TRACKS])):
        if identifier == _ENTRY:
            about = {name: int.from_bytes(value, "big") for name, value in elements(entry, frozenset()) if name in (_NUMBER, _TYPE)}
            if about.get(_TYPE) == _AUDIO:
                return about.get(_NUMBER)
    return None


def heard(chunk: bytes, track: int) -> Heard | None:
    """What a chunk has of a track of Opus; None where it has no cluster. Raises `MatroskaError`."""
    cluster = cluster_of(chunk)
    if cluster is None:
        return None
    runs: list[Run] = []
    place = at_ms = samples = 0
    for block in blocks(chunk, cluster[1], cluster[2]):
        if block.track != track:
            continue
        if samples and abs((block.at_ms - at_ms) * _PER_MS - samples) >= TOGETHER:
            runs.append(Run(place, at_ms, samples))
            samples = 0
        if not samples:
            place, at_ms = block.place, block.at_ms
        samples += opus.samples(chunk[block.data : block.data + 2])
    if samples:
        runs.append(Run(place, at_ms, samples))
    return Heard(*cluster, tuple(runs))
