"""What a recording has to be, to be taken as a statement from afar: judged by what was found in the file, never by its name. Pure.

Rules
* WebM, MP4 (also MOV, M4A, 3GP) or Ogg, with sound. A picture is not needed.
* What browsers play everywhere: it is of no use as evidence of what somebody said if the other side cannot see it. So no HEVC, and no AMR.
* From a second to five minutes, with ten seconds for the button; a picture of at most 1,920 pixels on each side.
"""

from __future__ import annotations

import msgspec

from cases.errors import Invalid

LEAST_MS = 1_000
MOST_MS = 310_000
SIDE_LIMIT = 1920
"""Pixels."""
SOUND = {"webm": {"opus", "vorbis"}, "mp4": {"aac", "opus", "mp3"}, "ogg": {"opus", "vorbis"}}
PICTURE = {"webm": {"vp8", "vp9", "av1"}, "mp4": {"h264", "vp9", "av1"}, "ogg": set[str]()}


class Found(msgspec.Struct, frozen=True):
    """What the file has in it. `container`: webm, mp4, ogg; `ms`: from its first moment to its last, by the packets. `picture`: codec, empty without one."""

    container: str
    ms: int
    sounds: tuple[str, ...] = ()
    picture: str = ""
    width: int = 0
    height: int = 0


def judge(found: Found) -> str:
    """Its media type. Raises `Invalid`."""
    if not found.sounds:
        raise Invalid("recording_silent", "There is no sound in this recording", field="recording")
    playable = found.container in SOUND and SOUND[found.container].issuperset(found.sounds)
    if not playable or (found.picture and found.picture not in PICTURE[found.container]):
        raise Invalid("recording_kind", "The others' browsers do not play this kind of recording", field="recording")
    if found.ms < LEAST_MS:
        raise Invalid("recording_short", "The recording is shorter than a second", field="recording")
    if found.ms > MOST_MS:
        raise Invalid("recording_long", "The recording is longer than five minutes", field="recording")
    if found.picture and not (0 < found.width <= SIDE_LIMIT and 0 < found.height <= SIDE_LIMIT):
        raise Invalid("recording_picture", f"The picture has at most {SIDE_LIMIT} pixels on each side", field="recording", limit=SIDE_LIMIT)
    return f"{'video' if found.picture else 'audio'}/{found.container}"
