"""A session of which VP8, or sound alone, was recorded, as a worker that died leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rehearsal.clip import FRAME_RATE, load
from rooms.media.assembly import Frame
from tests.rooms.media.h264_clip import Timed, sounds
from tests.web.live_session import Session
from tests.web.recorded import write

SECONDS = 16
MUTED = (4, 8)
"""Between these the microphone was muted, and sent a packet every 400 ms."""
UNPLUGGED = (10, 13)
"""Between these it sent nothing."""
_COMFORT = b"\x08\xff\xfe"
"""As libopus sends it in a pause: a SILK packet of 20 ms that goes on with next to nothing."""


def shown() -> Iterator[Timed]:
    video = load().video
    for number in range(SECONDS * FRAME_RATE):
        data, key = video[number % len(video)]
        yield number / FRAME_RATE, Frame("camera", data, 0, key, (640, 360))


def heard() -> list[Timed]:
    muted = [(MUTED[0] + 0.2 + 0.4 * number, Frame("audio", _COMFORT, 0, True)) for number in range(9)]
    return [*sounds(0, MUTED[0]), *muted, *sounds(MUTED[1], UNPLUGGED[0]), *sounds(UNPLUGGED[1], SECONDS)]


async def leave(session: Session, data: Path) -> Path:
    """One segment of picture and sound. The folder."""
    return await write(session, data, {"audio": "opus", "camera": "vp8"}, [*shown(), *heard()])


async def leave_sound(session: Session, data: Path) -> Path:
    """One segment of sound alone. The folder."""
    return await write(session, data, {"audio": "opus"}, heard())
