"""The recordings of live rooms: begun on whatever engine a room is, entered in the books as its worker tells, and mended after it has died.

A worker never opens the database: `recording_books.py` carries its segments' hashes into the ledger.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import structlog

from rooms.media import protocol
from rooms.media.port import MediaControl
from rooms.room import Room, caucus_id
from storage.recordings import RecordingStore
from storage.segment_books import SegmentBooks
from web.media_speakers import Speakers
from web.recording_books import RecordingBooks
from web.recording_health import RecordingHealth

log = structlog.get_logger("media")

LOOKED_EVERY = 10.0


class MediaRecording:
    """`folder` holds one folder for each session."""

    def __init__(self, recordings: RecordingStore, books: SegmentBooks, folder: Path) -> None:
        self._recordings, self._books, self._folder = recordings, books, folder
        self.entries = RecordingBooks(books)
        self._speakers = Speakers(folder)
        self.health = RecordingHealth()
        self.on_disk: Callable[[], None] = lambda: None
        """Told when there is news of the disk."""

    def problem(self) -> str:
        """The worst that is wrong with recordings here, in an English clause."""
        return self.health.problem(behind=bool(self.entries.behind))

    def hear(self, event: protocol.AnyEvent) -> None:
        fresh = self.health.hear(event)
        match event:
            case protocol.Segment():
                self.entries.tell(event)
            case protocol.RecordingFailed():
                log.error("recording failed", session=event.session, seat=event.seat, reason=event.message)
                if fresh:
                    self.entries.tell(event)
            case protocol.RecordingPace():
                log.warning("the disk's pace", session=event.session, pace=event.pace)

    def spoke(self, session: str, seat: str) -> None:
        """Somebody who is recorded speaks at this moment."""
        with suppress(OSError):
            self._speakers.hear(session, seat, int(time.time() * 1000))

    def silent(self, session: str) -> None:
        """It is not recorded any more."""
        with suppress(OSError):
            self._speakers.end(session)

    def ended(self, recording: str) -> None:
        """Its room is closed, or the private talk is over."""
        self._recordings.ended(recording)
        self.health.ended(recording)

    async def key_of(self, room: Room, talk: str = "") -> bytes:
        """The key under which this session is recorded, or that private talk of it."""
        return await self._recordings.key_of(room.case_id, talk or room.id)

    async def begin(self, engine: MediaControl, room: Room, recording: str, seats: list[str]) -> None:
        """Have these seats recorded, under the session's id or that of a private talk; harmless to repeat, as is needed for seats that came later."""
        try:
            key = await self.key_of(room, recording)
            directory = self._folder / recording
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            await engine.start_recording(room.id, recording, seats, str(directory), key)
        except Exception as error:
            log.error("recording not begun", room=room.id, reason=f"{type(error).__name__}: {error}"[:200])
            self.health.refused(room.id, recording)
            raise
        self.health.began(room.id, recording, seats)

    async def watch_disk(self) -> None:
        """Never ends. Tells early, while there is time to make room."""
        while True:
            with suppress(OSError):
                self.health.disk((await asyncio.to_thread(shutil.disk_usage, self._folder)).free)
                self.on_disk()
            await asyncio.sleep(LOOKED_EVERY)

    async def mend(self, rooms: Iterable[str]) -> None:
        """Enter what a worker that has died left of these rooms, before another writes there. Those of other workers are being written."""
        await self.entries.written()
        folders = [
            folder for room in rooms for folder in (self._folder / room, *self._folder.glob(f"{caucus_id(room.rpartition('-')[0], '')}*"))
        ]
        await self._books.reconcile(folders, others=False)
