"""The recordings of live rooms: begun on whatever engine a room is, entered in the books as its worker tells, and mended after it has died.

A worker never opens the database: this file carries its segments' hashes into the ledger.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path

import structlog

from rooms.media import protocol
from rooms.media.port import MediaControl
from rooms.room import Room, caucus_id
from storage.recordings import RecordingStore
from storage.work import Store
from web.media_speakers import Speakers

log = structlog.get_logger("media")

LOOKED_EVERY = 10.0
LOW = 2 << 30
"""Bytes left on the disk below which it is told: an hour of four people is some 1.5 GB."""
NOT_RECORDED = "recording: it cannot begin"
NOT_WRITTEN = "recording: the disk does not take it"


class MediaRecording:
    """`folder` holds one folder for each session; `pool` measures what a crash has left."""

    def __init__(self, store: Store, recordings: RecordingStore, folder: Path, pool: Executor) -> None:
        self._store, self._recordings, self._folder, self._pool = store, recordings, folder, pool
        self._segments: asyncio.Queue[protocol.Segment] = asyncio.Queue()
        self._speakers = Speakers(folder)
        self.failure = ""
        self.low = ""
        """The disk is nearly full, though it still takes everything."""

    def hear(self, event: protocol.AnyEvent) -> None:
        if isinstance(event, protocol.Segment):
            self._segments.put_nowait(event)
            if self.failure == NOT_WRITTEN:
                self.failure = ""
        elif isinstance(event, protocol.RecordingFailed):
            log.error("recording failed", room=event.room, seat=event.seat, reason=event.message)
            self.failure = NOT_WRITTEN

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
            self.failure = NOT_RECORDED
            raise
        if self.failure == NOT_RECORDED:
            self.failure = ""

    async def watch_disk(self) -> None:
        """Never ends. Tells early, while there is time to make room."""
        while True:
            with suppress(OSError):
                free = (await asyncio.to_thread(shutil.disk_usage, self._folder)).free
                self.low = f"recording: only {free >> 20} MB are left on the disk" if free < LOW else ""
            await asyncio.sleep(LOOKED_EVERY)

    async def write(self) -> None:
        """Never ends. One segment after the other, so that the ledger has the chunks of each in their order."""
        while True:
            event = await self._segments.get()
            try:
                await self._recordings.note(self._store, event)
            except Exception:
                log.exception("segment not noted", segment=event.segment)
            finally:
                self._segments.task_done()

    async def written(self) -> None:
        """Until what was told so far is in the books."""
        await self._segments.join()

    async def mend(self, rooms: Iterable[str]) -> None:
        """Enter what a worker that has died left of these rooms, before another writes there. Those of other workers are being written."""
        await self.written()
        folders = [
            folder for room in rooms for folder in (self._folder / room, *self._folder.glob(f"{caucus_id(room.rpartition('-')[0], '')}*"))
        ]
        await self._recordings.reconcile(self._store, self._pool, folders, others=False)
