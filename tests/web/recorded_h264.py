"""A session of which H.264 was recorded, as a worker that died leaves it: segments and journals on the disk, nothing in the books."""

from __future__ import annotations

import time
from pathlib import Path

from rooms.media.writer_thread import WriterThread
from tests.rooms.media.h264_clip import encoded, pictures, sounds
from tests.web.live_session import Session

SECONDS = 20
SMALL = 14
"""From when on the picture has half the size."""
SILENT = (5, 9)
"""Between these the microphone was muted."""


async def leave(session: Session, data: Path, seconds_ago: float = 60.0) -> Path:
    """Write what the party sent for `SECONDS`, as two segments since the size changes. The folder."""
    folder = data / "recordings" / session.id
    folder.mkdir(parents=True, exist_ok=True)
    key = await session.media.recording._recordings.key_of(session.case, session.id)
    begin = float(int(time.time() - seconds_ago))
    shown = [*pictures(encoded(SMALL, keyint=240)), *pictures(encoded(SECONDS - SMALL, 320), SMALL)]
    heard = [*sounds(0, SILENT[0]), *sounds(SILENT[1], SECONDS)]
    thread = WriterThread(folder, key, session.id, 300, lambda event: None, lambda seat, kind: None)
    thread.follow({session.party.id: {"audio": "opus", "camera": "h264"}}, "")
    thread.frames([(session.party.id, frame, begin + at, 0) for at, frame in sorted([*shown, *heard], key=lambda one: one[0])])
    thread.start()
    assert thread.finish()
    return folder
