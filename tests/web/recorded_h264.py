"""A session of which H.264 was recorded, as a worker that died leaves it."""

from __future__ import annotations

from pathlib import Path

from tests.rooms.media.h264_clip import encoded, pictures, sounds
from tests.web.live_session import Session
from tests.web.recorded import write

SECONDS = 20
SMALL = 14
"""From when on the picture has half the size."""
SILENT = (5, 9)
"""Between these the microphone was muted."""


async def leave(session: Session, data: Path) -> Path:
    """Write what the party sent for `SECONDS`, as two segments since the size changes. The folder."""
    shown = [*pictures(encoded(SMALL, keyint=240)), *pictures(encoded(SECONDS - SMALL, 320), SMALL)]
    heard = [*sounds(0, SILENT[0]), *sounds(SILENT[1], SECONDS)]
    return await write(session, data, {"audio": "opus", "camera": "h264"}, [*shown, *heard])
