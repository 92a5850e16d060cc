"""The header of a recorded WebM with duration and cues (RFC 9559 section 5.1.5). Pure."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from rooms.media.matroska import SEGMENT, MatroskaError, elements, size_of

_EBML, _INFO, _TRACKS = 0x1A45DFA3, 0x1549A966, 0x1654AE6B
_DURATION, _CUES, _POINT, _TIME, _POSITIONS, _TRACK, _CLUSTER_AT = 0x4489, 0x1C53BB6B, 0xBB, 0xB3, 0xB7, 0xF7, 0xF1


class Cluster(NamedTuple):
    """What is known of one. `size` in bytes, as the player gets it; `last_ms` is the time of its last frame, `key_ms` that of the keyframe by which a player can begin,
    None where there is none."""

    size: int
    last_ms: int
    key_ms: int | None


def header(recorded: bytes, clusters: Sequence[Cluster]) -> bytes:
    """What stands before the clusters. Raises `MatroskaError` where `recorded` is no header."""
    parts = _level_one(recorded)
    duration = max((cluster.last_ms for cluster in clusters), default=0)
    info = _made(
        _INFO,
        b"".join(_made(*child) for child in elements(parts[_INFO], frozenset()) if child[0] != _DURATION)
        + _made(_DURATION, _float(duration)),
    )
    tracks = _made(_TRACKS, parts[_TRACKS])
    keys = [(cluster.key_ms, number) for number, cluster in enumerate(clusters) if cluster.key_ms is not None]
    starts = [0, *accumulate(cluster.size for cluster in clusters)]
    # Positions count from the segment's first byte; they have a fixed length, so that the cues' own length is known before.
    before = len(info) + len(tracks) + len(_cues([(time, 0) for time, _ in keys]))
    cues = _cues([(time, before + starts[number]) for time, number in keys])
    content = before + starts[-1]
    return _made(_EBML, parts[_EBML]) + SEGMENT.to_bytes(4, "big") + size_of(content) + info + tracks + cues


def _level_one(data: bytes) -> dict[int, bytes]:
    """The header's elements by their ids: EBML itself, and those inside of the segment, which has no end yet."""
    found: dict[int, bytes] = {}
    for identifier, body in elements(data, frozenset([SEGMENT])):
        found.setdefault(identifier, body)
    for wanted in (_EBML, _INFO, _TRACKS):
        if wanted not in found:
            raise MatroskaError(f"a header without {wanted:#x}")
    return found


def _made(identifier: int, body: bytes) -> bytes:
    return identifier.to_bytes((identifier.bit_length() + 7) // 8, "big") + size_of(len(body)) + body


def _float(value: float) -> bytes:
    return struct.pack("!d", value)


def _cues(points: list[tuple[int, int]]) -> bytes:
    return _made(_CUES, b"".join(_cue(time, position) for time, position in points)) if points else b""


def _cue(time: int, position: int) -> bytes:
    where = _made(_TRACK, b"\x01") + _made(_CLUSTER_AT, position.to_bytes(8, "big"))
    return _made(_POINT, _made(_TIME, time.to_bytes(8, "big")) + _made(_POSITIONS, where))
