"""Frames of a session written as a worker that died leaves them: segments and journals on the disk, nothing in the books."""

from __future__ import annotations

import time
from pathlib import Path

from rooms.media.writer_thread import WriterThread
from tests.rooms.media.h264_clip import Timed
from tests.web.live_session import Session

SECONDS_AGO = 60.0


async def write(session: Session, data: Path, tracks: dict[str, str], frames: list[Timed]) -> Path:
    """What the party sent, with the seconds since it began; `tracks` maps kind to codec. The folder."""
    folder = data / "recordings" / session.id
    folder.mkdir(parents=True, exist_ok=True)
    key = await session.media.recording._recordings.key_of(session.case, session.id)
    begin = float(int(time.time() - SECONDS_AGO))
    thread = WriterThread(folder, key, session.id, 300, lambda event: None, lambda seat, kind: None)
    thread.follow({session.party.id: tracks}, "")
    thread.frames([(session.party.id, frame, begin + at, 0) for at, frame in sorted(frames, key=lambda one: one[0])])
    thread.start()
    assert thread.finish()
    return folder
