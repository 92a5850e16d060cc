"""Rooms and the media engines, kept in step: what the room's rules decide is put in force on the worker that has the room.

One worker per room, no cascading. When a worker dies its rooms are opened on another, and the browsers are asked to connect anew; the recording goes
on in new segments.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from cases.errors import Unavailable
from cases.ports import Happened
from realtime.hub import Hub
from rooms.handling import acknowledge_routes
from rooms.media import protocol
from rooms.media.port import EngineGone, MediaEngine, StartEngine
from rooms.room import Room, muted, recorded, recorded_apart, routes
from storage.dossier import Dossier
from storage.recordings import RecordingStore
from storage.segment_books import SegmentBooks
from storage.work import Committed, Outcome, Store
from web.flags import Flags
from web.media_nodes import MediaNodes
from web.media_recording import MediaRecording
from web.media_shown import MediaShown
from web.media_speakers import noted
from web.media_workers import MediaWorkers

log = structlog.get_logger("media")

RETRY = 1.0


class Held:
    """What is in force of one room on one engine; another engine begins with nothing."""

    def __init__(self, engine: MediaEngine) -> None:
        self.engine = engine
        self.epoch = -1
        self.present: set[str] = set()
        self.mutes: dict[str, list[str]] = {}
        self.recording: list[str] | None = None
        """Seats that the recording may follow; None while there is none."""
        self.apart: tuple[str, list[str]] | None = None
        """The private talk that is recorded by itself, and the seats of it."""


class MediaRooms:
    """The desired state of every live room, and the tasks that bring its engine to it. `starts`: how each worker of this node is started."""

    def __init__(
        self,
        hub: Hub,
        flags: Flags,
        store: Store,
        recordings: RecordingStore,
        books: SegmentBooks,
        folder: Path,
        starts: Sequence[StartEngine],
    ) -> None:
        self._store, self._folder = store, folder
        self.recording = MediaRecording(recordings, books, folder)
        self.shown = MediaShown(hub, flags, self.recording.health)
        self.recording.on_disk = self.shown.disk_told
        self.workers = MediaWorkers(starts, self._hear, self._lost, self._sync_homeless)
        self.nodes: MediaNodes | None = None
        self.serves = False
        self._wanted: dict[str, Room] = {}
        self._held: dict[str, Held] = {}
        self._mending: set[str] = set()
        """Rooms whose recordings are being mended: nobody may write there yet."""
        self._moved: set[str] = set()
        """Rooms whose people must connect anew once they are open."""
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: set[str] = set()
        """Rooms for which another attempt is due."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Raises `EngineGone` when a worker does not come up."""
        self.serves = True
        self._spawn(self.recording.entries.write())
        self._spawn(self.recording.entries.catch_up())
        self._spawn(self.recording.watch_disk())
        await self.workers.start()

    async def stop(self) -> None:
        self._stopping = True
        if self.nodes is not None:
            await self.nodes.stop()
        await self.workers.stop()
        # The last segments' hashes are still on their way to the ledger. What the database does not take now is in the journals at the next start.
        with suppress(Unavailable):
            await self.recording.entries.written()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def problem(self) -> str:
        """What is wrong here, in an English clause. A node without media misses no worker."""
        return (self.workers.problem() if self.serves else "") or self.recording.problem()

    def open_rooms(self) -> list[Room]:
        return list(self._wanted.values())

    def live_recordings(self) -> list[str]:
        """Names of recordings that somebody may be writing: of open sessions, and of private talks in them."""
        return [name for room in self._wanted.values() for name in (room.id, room.caucus.id if room.caucus is not None else "") if name]

    def engine_of(self, room_id: str) -> MediaEngine | None:
        """What carries a room at this moment."""
        return self.workers.engine(room_id)

    # keeping in step

    def __call__(self, committed: Committed) -> None:
        self._take(committed.before.room if committed.before else None, committed.after.room)

    def follow(self, dossier: Dossier) -> None:
        """What another node has committed of a case. A room that ended and is not known here is of no interest."""
        room = dossier.room
        if room is not None and (room.ended_at is None or room.id in self._wanted):
            self._take(self._wanted.get(room.id), room)

    def behind(self, stored: list[Room]) -> list[str]:
        """Cases whose session the database knows otherwise than we do, given all sessions of cases that are being mediated."""
        lasting = {room.id: room for room in stored if room.ended_at is None}
        changed = [room.case_id for room in lasting.values() if self._wanted.get(room.id) != room]
        return changed + [room.case_id for room in self._wanted.values() if room.id not in lasting]

    def _take(self, before: Room | None, room: Room | None) -> None:
        if room is None:
            return
        self.shown.renew(before, room)
        self._wanted[room.id] = room
        self._spawn(self._sync(room.id))

    async def adopt(self, dossiers: list[Dossier]) -> None:
        """Rooms that were open when the server stopped."""
        for dossier in dossiers:
            if dossier.room is not None and dossier.room.ended_at is None:
                self._wanted[dossier.room.id] = dossier.room
                await self._sync(dossier.room.id)

    async def settled(self, room_id: str) -> None:
        """Until the engine is in step with the room, and what it has told of its recordings is in the books. Raises `Unavailable`."""
        if room_id in self._wanted:
            await self._sync(room_id)
        async with self._locks.setdefault(room_id, asyncio.Lock()):
            await self.recording.entries.written(room_id.partition("-")[0])

    async def _sync(self, room_id: str) -> None:
        async with self._locks.setdefault(room_id, asyncio.Lock()):
            room = self._wanted.get(room_id)
            if room is None:
                return
            try:
                if room.ended_at is not None:
                    await self._close(room)
                elif room_id not in self._mending and (engine := self.workers.place(room_id)) is not None:
                    await self._apply(engine, room)
                    if room_id in self._moved:
                        self._moved.discard(room_id)
                        self.shown.connect_again(room)
            except protocol.EngineError as error:
                log.error("room not in step", room=room_id, reason=str(error))
            except Exception as error:
                # The database did not take the acknowledgement, or the worker did not answer in time: a caucus would stay shut until the
                # next commit, and whoever was removed would stay connected.
                log.error("room not in step yet", room=room_id, reason=type(error).__name__)
                self._later(room_id)

    def _later(self, room_id: str) -> None:
        """One attempt waits, however many commits have failed to be put in force."""
        if room_id not in self._waiting:
            self._waiting.add(room_id)
            asyncio.get_running_loop().call_later(RETRY, self._again, room_id)

    def _again(self, room_id: str) -> None:
        self._waiting.discard(room_id)
        if not self._stopping:
            self._spawn(self._sync(room_id))

    async def _apply(self, engine: MediaEngine, room: Room) -> None:
        held = self._held.get(room.id)
        if held is None or held.engine is not engine:
            self.shown.begin(room.id)
            await engine.open_room(room.id)
            held = self._held[room.id] = Held(engine)
        present = {s.id for s in room.present()}
        for gone in held.present - present:
            await engine.kick(room.id, gone)
            held.mutes.pop(gone, None)
        held.present = present
        # Mutes first: whoever lost the floor must not be heard for the length of another call.
        for seat in room.present():
            kinds = muted(room, seat)
            if held.mutes.get(seat.id) != kinds:
                await engine.mute(room.id, seat.id, kinds)
                held.mutes[seat.id] = kinds
        talk = {room.caucus.id} if room.caucus is not None and recorded_apart(room) else set()
        self.recording.health.wanted(room.id, ({room.id} if room.recording else set()) | talk)
        await self._record(held, room)
        await self._record_apart(held, room)
        if held.epoch < room.epoch:
            await engine.set_routes(room.id, room.epoch, routes(room), _followed(room))
            held.epoch = room.epoch
        if not room.recording and held.recording is not None:
            held.recording = None
            await engine.stop_recording(room.id, room.id)
            await self._silent(room)
        if held.apart is not None and (room.caucus is None or room.caucus.id != held.apart[0]):
            former, held.apart = held.apart[0], None
            await engine.stop_recording(room.id, former)
            self.recording.ended(former)
            self.shown.recorded(room.id)
        if room.caucus is not None and not room.caucus.open:
            await self._store.execute(room.case_id, _acknowledged(room.epoch))

    async def _record(self, held: Held, room: Room) -> None:
        """Have the seats of a recorded room followed. Where that cannot begin it is shown and tried again; who hears whom must not wait for
        it, since that is also who does not."""
        # Begun with those who have a seat by now, and told again whenever another is made. Withdrawn seats would fill the list in time.
        seats = [seat.id for seat in room.seats.values() if not seat.revoked]
        if not room.recording or held.recording == seats:
            return
        try:
            await self.recording.begin(held.engine, room, room.id, seats)
        except EngineGone:
            raise
        except Exception:
            self.shown.recorded(room.id)
            self._later(room.id)
            return
        held.recording = seats
        self.shown.recorded(room.id)

    async def _record_apart(self, held: Held, room: Room) -> None:
        """The same for a private talk whose people want that: a recording of its own."""
        if room.caucus is None or not (seats := recorded_apart(room)) or held.apart == (room.caucus.id, seats):
            return
        try:
            await self.recording.begin(held.engine, room, room.caucus.id, seats)
        except EngineGone:
            raise
        except Exception:
            self.shown.recorded(room.id)
            self._later(room.id)
            return
        held.apart = (room.caucus.id, seats)
        self.shown.recorded(room.id)

    async def _silent(self, room: Room) -> None:
        """It is not recorded any more: who spoke until now is entered by its hash."""
        self.recording.silent(room.id)
        try:
            told = await noted(self._folder / room.id)
            if told is not None:
                await self._store.execute(room.case_id, _spoken(room.id, told))
        except Exception as error:
            # Nobody waits in a room for it; playback says that it is not vouched for.
            log.error("speakers not entered", room=room.id, reason=type(error).__name__)

    async def _close(self, room: Room) -> None:
        held, engine = self._held.get(room.id), self.workers.engine(room.id)
        if held is not None and held.engine is engine:
            if held.recording is not None:
                await engine.stop_recording(room.id, room.id)
                await self._silent(room)
            if held.apart is not None:
                await engine.stop_recording(room.id, held.apart[0])
                self.recording.ended(held.apart[0])
            await engine.close_room(room.id)
        self.recording.ended(room.id)
        self.recording.health.wanted(room.id, set())
        self._held.pop(room.id, None)
        self.workers.release(room.id)
        self._wanted.pop(room.id, None)
        self._moved.discard(room.id)
        self.shown.forget(room.id)

    # what the workers tell

    def _hear(self, event: protocol.AnyEvent) -> None:
        self.recording.hear(event)
        self.shown.hear(event)
        if isinstance(event, protocol.Speaking) and (room := self._wanted.get(event.room)) is not None and event.seat in recorded(room):
            self.recording.spoke(room.id, event.seat)

    def _lost(self, rooms: set[str]) -> Callable[[], Coroutine[Any, Any, None]]:
        self._mending |= rooms
        return partial(self._move, rooms)

    async def _move(self, rooms: set[str]) -> None:
        """Give rooms to other workers once what the former one wrote is in the books; their people are told to connect again."""
        while True:
            try:
                await self.recording.mend(rooms)
                break
            except Exception as error:
                log.error("recordings not mended yet", reason=type(error).__name__)
                await asyncio.sleep(RETRY)
        self._mending -= rooms
        self._moved |= rooms & self._wanted.keys()
        for room in rooms:
            await self._sync(room)

    def _sync_homeless(self) -> None:
        """A worker has come up: rooms that found no other have waited for it."""
        for room in self._wanted:
            if self.workers.engine(room) is None:
                self._spawn(self._sync(room))

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _followed(room: Room) -> dict[str, list[str]]:
    """Recording → the seats that it may follow."""
    return {room.id: recorded(room)} | ({room.caucus.id: recorded_apart(room)} if room.caucus is not None else {})


def _spoken(session: str, told: dict[str, Any]) -> Any:
    def decide(dossier: Dossier, numbering: Any, now: datetime) -> Outcome:
        return Outcome([Happened("recording.speakers", {"session": session, **told})])

    return decide


def _acknowledged(epoch: int) -> Any:
    def decide(dossier: Dossier, numbering: Any, now: datetime) -> Outcome:
        return Outcome(acknowledge_routes(dossier.room, epoch, now)) if dossier.room else Outcome()

    return decide
