"""Finding the sound in a recorded WebM (RFC 9559 sections 5.1.4 and 10). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rooms.media import opus
from rooms.media.heard import TOGETHER, Heard, Run
from rooms.media.matroska import SEGMENT, blocks, cluster_of, elements

_TRACKS, _ENTRY, _NUMBER, _TYPE, _DELAY = 0x1654AE6B, 0xAE, 0xD7, 0x83, 0x56AA
_AUDIO = 2
_PER_MS = opus.RATE // 1000


class Sound(NamedTuple):
    """One packet: where its block begins in the chunk, its time since the segment's first instant, and its length at 48 kHz."""

    place: int
    at_ms: int
    samples: int


def sound_track(header: bytes) -> int | None:
    """The number of the track of sound, None where there is none. Raises `MatroskaError` where `header` cannot be read."""
    return _about_sound(header).get(_NUMBER)


def codec_delay(header: bytes) -> int:
    """Milliseconds that a reader takes off the times of the track of sound (RFC 9559 section 5.1.4.1.25), 0 where there is none. Raises `MatroskaError`
    where `header` cannot be read."""
    nanoseconds = _about_sound(header).get(_DELAY, 0)
    return (nanoseconds + 500_000) // 1_000_000


def _about_sound(header: bytes) -> dict[int, int]:
    for identifier, entry in elements(header, frozenset([SEGMENT, _TRACKS])):
        if identifier == _ENTRY:
            about = {name: int.from_bytes(value, "big") for name, value in elements(entry, frozenset()) if name in (_NUMBER, _TYPE, _DELAY)}
            if about.get(_TYPE) == _AUDIO:
                return about
    return {}


def heard(chunk: bytes, track: int) -> Heard | None:
    """What a chunk has of a track of Opus; None where it has no cluster. Raises `MatroskaError`."""
    cluster = cluster_of(chunk)
    if cluster is None:
        return None
    sounds = (
        Sound(block.place, block.at_ms, opus.samples(chunk[block.data : block.data + 2]))
        for block in blocks(chunk, cluster[1], cluster[2])
        if block.track == track
    )
    return Heard(*cluster, runs_of(sounds))


def runs_of(sounds: Iterable[Sound]) -> tuple[Run, ...]:
    """Packets in the order of the file, put together where no pause is between them."""
    runs: list[Run] = []
    place = at_ms = samples = 0
    for sound in sounds:
        if samples and abs((sound.at_ms - at_ms) * _PER_MS - samples) >= TOGETHER:
            runs.append(Run(place, at_ms, samples))
            samples = 0
        if not samples:
            place, at_ms = sound.place, sound.at_ms
        samples += sound.samples
    if samples:
        runs.append(Run(place, at_ms, samples))
    return tuple(runs)
