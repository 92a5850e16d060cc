"""`bench media` and `bench recording`: the parts that measure the media plane, by the names of their figures; each runs alone and is bounded in time.

The load comes from this process; what is measured is another process, alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks import (
    media_evidence,
    media_forward,
    media_lines,
    media_recording,
    media_rooms,
    media_seek,
    media_sessions,
    media_sync,
    media_uplink,
)
from benchmarks.figures import Figure
from benchmarks.parts import Part, chosen, each_once, run_parts
from web.setup.system import ensure_packages_of

SIZES = [(8, 8), (8, 16), (4, 3)]
"""Publishers and viewers of one room, each of whom watches all publishers."""


def parts(peers: bool) -> dict[str, Part]:
    """With `peers`, forwarding is measured beside Janus and not alone."""
    found: dict[str, Part] = {}
    for publishers, viewers in SIZES:
        name = f"media.forward.{publishers}x{viewers}"
        found[name] = _beside_janus(publishers, viewers) if peers else _alone(publishers, viewers)
    found["media.forward.1x3.vs_relay"] = lambda: media_forward.beside_relay(3)
    found["media.loss5"] = media_lines.losses
    found["media.squeeze"] = media_lines.squeeze
    found["media.restart"] = media_lines.restart
    # One part under both names that its figures begin with, as the next.
    found["media.join"] = found["media.worker_killed"] = media_sessions.sessions
    found["media.rooms_per_core"] = found["media.latency"] = media_rooms.rooms
    return found


def run(only: Sequence[str] = (), peers: bool = False) -> list[Figure]:
    """Measure; with `peers` also beside Janus, whose package is installed first. Ends the program when a part failed."""
    if peers:
        ensure_packages_of(Path(__file__).resolve().parent.parent, {"janus": "janus"})
    return run_parts(each_once(chosen(parts(peers), only)))


def recording_parts() -> dict[str, Part]:
    recording = partial(media_recording.recording, 4)
    return {
        # One part under both names that its figures begin with.
        "recording.cpu": recording,
        "recording.vs_mediarecorder": recording,
        "recording.av_offset": media_sync.av_offset,
        "recording.skew": media_sync.skew,
        "recording.loss5": media_uplink.losses,
        "recording.seek": media_seek.seeks,
        "recording.composite": media_evidence.composite,
        "recording.verify": media_evidence.verify,
    }


def run_recording(only: Sequence[str] = ()) -> list[Figure]:
    return run_parts(each_once(chosen(recording_parts(), only)))


def _alone(publishers: int, viewers: int) -> Part:
    return lambda: media_forward.alone(publishers, viewers)


def _beside_janus(publishers: int, viewers: int) -> Part:
    return lambda: media_forward.beside_janus(publishers, viewers)
