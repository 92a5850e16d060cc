"""Rooms and the media engine, kept in step: what the room's rules decide is put in force on the worker, and what the worker tells is
written down or shown.

One worker per room, no cascading. The worker never opens the database; this file carries its segment hashes into the ledger. When a worker
dies, another is started, its rooms are opened again, and the browsers are asked to connect anew; the recording goes on in new segments.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import structlog

from realtime.hub import Hub
from realtime.messages import Event, MediaLayers, MediaOffer
from realtime.patch import apply
from rooms.handling import acknowledge_routes
from rooms.media import protocol
from rooms.media.port import EngineGone, MediaControl, MediaEngine, StartEngine
from rooms.room import Room, muted, recorded, routes
from storage.dossier import Dossier
from storage.recordings import RecordingStore
from storage.work import Committed, Outcome, Store
from web.flags import Flags

log = structlog.get_logger("media")

RESTART_AFTER = 0.3
RETRY = 1.0
NOT_RECORDED = "recording: it cannot begin"


class MediaRooms:
    """The desired state of every live room, and the tasks that bring the engine to it."""

    def __init__(
        self,
        hub: Hub,
        flags: Flags,
        store: Store,
        recordings: RecordingStore,
        folder: Path,
        pool: Executor,
        start_engine: StartEngine,
    ) -> None:
        self._hub, self._flags, self._store, self._recordings, self._folder = hub, flags, store, recordings, folder
        self._pool = pool
        self._start_engine = start_engine
        self.serves = False
        self.engine: MediaEngine | None = None
        self._wanted: dict[str, Room] = {}
        self._opened: set[str] = set()
        self._applied: dict[str, int] = {}
        self._mutes: dict[tuple[str, str], list[str]] = {}
        self._recording: dict[str, list[str]] = {}  # room → seats that its recording may follow
        self._known: dict[str, set[str]] = {}
        self._shown: dict[str, dict[str, Any]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: set[str] = set()
        """Rooms for which another attempt is due."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._segments: asyncio.Queue[protocol.Segment] = asyncio.Queue()
        self._stopping = False
        self.failure = ""

    # the worker's life

    async def start(self) -> None:
        self.serves = True
        self._spawn(self._write_segments())
        await self._start_worker()

    async def _start_worker(self) -> None:
        # A cut recording is only closed in the books here: what a crash left on disk is readable up to its last second.
        self.engine = await self._start_engine(self._on_event, self._on_gone)
        self.failure = ""

    def _on_gone(self, reason: str) -> None:
        gone, self.engine = self.engine, None
        in_force = gone is not None
        if gone is not None:
            # What is left of it, if anything.
            self._spawn(gone.stop())
        self.failure = f"media worker: {reason}"
        log.error("media worker gone", reason=reason)
        # One that has never come into force is another attempt of the reopening that is under way.
        if in_force and not self._stopping:
            self._spawn(self._reopen())

    async def _reopen(self) -> None:
        """A new worker for the rooms of a dead one; their people are told to connect again."""
        self._opened.clear()
        self._applied.clear()
        self._mutes.clear()
        self._recording.clear()
        self._known.clear()
        await self._segments.join()
        while not self._stopping:
            try:
                await self._recordings.reconcile(self._store, self._pool, [self._folder / room for room in self._wanted])
                await self._start_worker()
                break
            except Exception as error:
                log.error("media worker does not start", reason=f"{type(error).__name__}: {error}"[:200])
                await asyncio.sleep(RESTART_AFTER)
        for room in list(self._wanted.values()):
            await self._sync(room.id)
            for seat in room.present():
                self.tell(room.id, seat.id, MediaOffer(room.id, 0, ""))

    async def stop(self) -> None:
        self._stopping = True
        if self.engine is not None:
            await self.engine.stop()
        # The last segments' hashes are still on their way to the ledger.
        await asyncio.wait_for(self._segments.join(), 10)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def problem(self) -> str:
        return self.failure

    def open_rooms(self) -> list[Room]:
        return list(self._wanted.values())

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
        self._reset_live(before, room)
        self._wanted[room.id] = room
        self._spawn(self._sync(room.id))

    async def adopt(self, dossiers: list[Dossier]) -> None:
        """Rooms that were open when the server stopped."""
        for dossier in dossiers:
            if dossier.room is not None and dossier.room.ended_at is None:
                self._wanted[dossier.room.id] = dossier.room
                await self._sync(dossier.room.id)

    async def _sync(self, room_id: str) -> None:
        async with self._locks.setdefault(room_id, asyncio.Lock()):
            room = self._wanted.get(room_id)
            if room is None or self.engine is None:
                return
            try:
                if room.ended_at is not None:
                    await self._close(room)
                else:
                    await self._apply(self.engine, room)
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

    async def _apply(self, engine: MediaControl, room: Room) -> None:
        if room.id not in self._opened:
            await engine.open_room(room.id)
            self._opened.add(room.id)
        present = {s.id for s in room.present()}
        for gone in self._known.get(room.id, set()) - present:
            await engine.kick(room.id, gone)
            self._mutes.pop((room.id, gone), None)
        self._known[room.id] = present
        # Mutes first: whoever lost the floor must not be heard for the length of another call.
        for seat in room.present():
            kinds = muted(room, seat)
            if self._mutes.get((room.id, seat.id)) != kinds:
                await engine.mute(room.id, seat.id, kinds)
                self._mutes[room.id, seat.id] = kinds
        await self._record(engine, room)
        if self._applied.get(room.id, -1) < room.epoch:
            await engine.set_routes(room.id, room.epoch, routes(room), recorded(room))
            self._applied[room.id] = room.epoch
        if not room.recording and room.id in self._recording:
            del self._recording[room.id]
            await engine.stop_recording(room.id, room.id)
        if room.caucus is not None and not room.caucus.open:
            await self._store.execute(room.case_id, _acknowledged(room.epoch))

    async def _record(self, engine: MediaControl, room: Room) -> None:
        """Have the seats of a recorded room followed. Where that cannot begin it is shown and tried again; who hears whom must not wait for
        it, since that is also who does not."""
        # Begun with those who have a seat by now, and told again whenever another is made. Withdrawn seats would fill the list in time.
        seats = [seat.id for seat in room.seats.values() if not seat.revoked]
        if not room.recording or self._recording.get(room.id) == seats:
            return
        try:
            key = await self._recordings.key_of(room.case_id, room.id)
            directory = self._folder / room.id
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            await engine.start_recording(room.id, room.id, seats, str(directory), key)
        except EngineGone:
            raise
        except Exception as error:
            log.error("recording not begun", room=room.id, reason=f"{type(error).__name__}: {error}"[:200])
            self.failure = NOT_RECORDED
            self._live(room.id, {"recording_failed": "it cannot begin"})
            self._later(room.id)
            return
        self._recording[room.id] = seats
        if self.failure == NOT_RECORDED:
            self.failure = ""
        if "recording_failed" in self._shown.get(room.id, {}):
            self._live(room.id, {"recording_failed": None})

    async def _close(self, room: Room) -> None:
        if room.id in self._opened and self.engine is not None:
            if room.id in self._recording:
                await self.engine.stop_recording(room.id, room.id)
            await self.engine.close_room(room.id)
        self._opened.discard(room.id)
        self._recording.pop(room.id, None)
        self._wanted.pop(room.id, None)
        self._shown.pop(room.id, None)
        self._applied.pop(room.id, None)
        self._known.pop(room.id, None)
        self._mutes = {key: kinds for key, kinds in self._mutes.items() if key[0] != room.id}

    async def settled(self, room_id: str) -> None:
        """Until the engine is in step with the room, and what it has told of its recordings is in the books."""
        if room_id in self._wanted:
            await self._sync(room_id)
        async with self._locks.setdefault(room_id, asyncio.Lock()):
            await self._segments.join()

    # what the worker tells

    def _on_event(self, event: protocol.AnyEvent) -> None:
        match event:
            case protocol.Offer():
                self.tell(event.room, event.seat, MediaOffer(event.room, event.revision, event.sdp))
            case protocol.Segment():
                self._segments.put_nowait(event)
            case protocol.RecordingFailed():
                log.error("recording failed", room=event.room, seat=event.seat, reason=event.message)
                self.failure = "recording: the disk does not take it"
                self._live(event.room, {"recording_failed": event.message})
            case protocol.Speaking():
                self._live(event.room, {"speaking": event.seat})
            case protocol.QualityChanged():
                self._live(event.room, {"seats": {event.seat: {"quality": event.quality}}})
            case protocol.Pictures():
                self._live(event.room, {"seats": {event.seat: {"pictures": event.shown}}})
            case protocol.Layers():
                self.tell(event.room, event.seat, MediaLayers(event.room, event.layers))
            case protocol.Connected() | protocol.Disconnected():
                state = isinstance(event, protocol.Connected)
                self._live(event.room, {"seats": {event.seat: {event.direction: state}}})
            case protocol.Tracks():
                self._live(event.room, {"seats": {event.seat: {"kinds": event.kinds}}})

    def _live(self, room_id: str, patch: dict[str, Any]) -> None:
        """Flags are for those who sit together: `Flags` shows them to whom the audience's rules name at this moment."""
        shown = apply(self._shown.get(room_id, {}), patch)
        self._shown[room_id] = shown
        self._flags.tell(room_id, "media", shown)

    def _reset_live(self, before: Room | None, after: Room) -> None:
        """Who spoke last inside a caucus is not told outside, nor the other way."""
        was, now = before.caucus if before else None, after.caucus
        if (was is None) != (now is None):
            self._live(after.id, {"speaking": None})

    def tell(self, room_id: str, seat: str, message: MediaOffer | MediaLayers | Event) -> None:
        """To every connection that reads this seat's view of the room."""
        stream = self._hub.streams.all.get(f"room/{room_id}|{seat}")
        for reader in list(stream.readers) if stream else []:
            self._hub.send(reader, message)

    async def _write_segments(self) -> None:
        """One after the other, so that the ledger has the chunks of a segment in their order."""
        while True:
            event = await self._segments.get()
            try:
                await self._recordings.note(self._store, event)
            except Exception:
                log.exception("segment not noted", segment=event.segment)
            finally:
                self._segments.task_done()


def _acknowledged(epoch: int) -> Any:
    def decide(dossier: Dossier, numbering: Any, now: Any) -> Outcome:
        return Outcome(acknowledge_routes(dossier.room, epoch)) if dossier.room else Outcome()

    return decide
