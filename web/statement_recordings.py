"""What parties record for their statements from afar, at the server: taken piece by piece, looked into once it is whole, and played to whom `reads_statement` lets.

The bytes stay as they came. Until they are whole each piece is a blob of its own, sealed; then they are hashed and looked into, and sealed anew as one blob that
nobody writes to any more: the hash is of what lies there. `rooms/media/probe.py` says what there is in it, `cases/recorded.py` whether that is taken.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterator
from datetime import datetime
from typing import Any, BinaryIO

import structlog

from cases import stating, upload
from cases.actor import Actor
from cases.errors import Invalid, NotFound, OutOfTurn, Unavailable
from cases.permissions import demand
from cases.ports import Blobs, Clock
from cases.recorded import judge
from cases.statement import Recording
from cases.upload import PIECE, pieces
from cases.vocabulary import Action, SessionStage
from realtime.own_document import held_of
from realtime.performance_document import party_of
from rooms.room import ORDER, Room
from storage.dossier import Dossier
from storage.models.uploads import UploadRow
from storage.reading import Reader
from storage.sealed_pieces import sealed_pieces, unsealed
from storage.sealing import derived, opened_bytes, sealed_bytes
from storage.uploads import Uploads, gone
from storage.vault import PASSING
from storage.work import NewFile
from web.recording_check import look_into, scratch

log = structlog.get_logger("recordings")

KIND = "recording"


def blob_of(file: str) -> str:
    return f"statements/{file}"


class RecordingDesk:
    def __init__(self, uploads: Uploads, reader: Reader, blobs: Blobs, clock: Clock, link_key: bytes) -> None:
        self._uploads, self._reader, self._blobs, self._clock = uploads, reader, blobs, clock
        self._key = derived(link_key, b"heyi.statement-recordings.v1")
        self._one = asyncio.Semaphore(1)
        """One at a time is looked into on this node: each takes the memory of its file."""

    async def begin(self, case_id: str, actor: Actor, size: int) -> dict[str, Any]:
        """Answers `upload offset piece`. By whoever may give a statement now. Raises `Refusal`."""
        dossier = await self._reader.dossier(case_id)
        demand_giving(dossier, actor, self._clock.now())
        name = await self._uploads.begin(case_id, party_of(dossier, actor), upload.parse_size(size))
        await self.tidy()
        return {"upload": name, "offset": 0, "piece": PIECE}

    async def state(self, case_id: str, actor: Actor, name: str) -> dict[str, Any]:
        return _told(await self._mine(case_id, actor, name))

    async def piece(self, case_id: str, actor: Actor, name: str, offset: int, data: bytes) -> dict[str, Any]:
        """The next one. It is on the disk, and in the books, when this answers. Raises `Refusal`; with `wrong_offset` comes the right one."""
        row = await self._mine(case_id, actor, name)
        have = upload.received(row.size, row.received, offset, len(data))
        sealed = await asyncio.to_thread(sealed_bytes, self._key, _bound(name, offset), data)
        await self._blobs.put(_piece(name, offset), sealed)
        try:
            await self._uploads.came(name, offset, have)
        except NotFound:  # ended meanwhile, and perhaps swept
            await self._blobs.delete(_piece(name, offset))
            raise
        return {"upload": name, "offset": have}

    async def finish(self, case_id: str, actor: Actor, name: str) -> dict[str, Any]:
        """Look into it: `ms type sha256`. What is none that can be taken is over by this. Asked once more it answers the same. Raises `Refusal`."""
        async with self._one:
            row = await self._mine(case_id, actor, name)
            if row.state == "ready":
                return _told(row)
            if row.received < row.size:
                raise OutOfTurn("upload_unfinished", "The recording is not here as a whole yet", offset=row.received)
            try:
                await self._look(row)
            except KeyError:  # not in a backup that was restored
                await self._end(name)
                raise gone() from None
            except Invalid:
                await self._end(name)
                raise
        return await self.state(case_id, actor, name)

    async def ready(self, dossier: Dossier, actor: Actor, name: str) -> Recording:
        """What a statement is given with. Raises `Refusal`."""
        row = await self._uploads.find(dossier.case.id, party_of(dossier, actor), name)
        if row.state != "ready":
            raise OutOfTurn("upload_unfinished", "The recording is not here as a whole yet", offset=row.received)
        return Recording(row.file, row.sha256, row.size, row.ms, row.type)

    async def drop(self, case_id: str, actor: Actor, name: str) -> None:
        await self._mine(case_id, actor, name)
        await self._end(name)

    def play(self, recording: Recording, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Its bytes, as they were given. Raises `KeyError` where it was taken back meanwhile."""
        what, last = recording.file.encode(), recording.size if end is None else end
        return unsealed(self._blobs, blob_of(recording.file), self._key, what, recording.size, start, last)

    async def _end(self, name: str) -> None:
        await self._uploads.end(name)
        await self.tidy()

    async def tidy(self) -> None:
        """Sweep at once; what cannot be done now is done at the next hour."""
        try:
            await self.sweep()
        except Unavailable as error:
            log.warning("uploads are swept later", reason=error.code)

    async def sweep(self) -> int:
        """Delete what lies of uploads that are over, or older than a day. Done again after a crash."""
        over = await self._uploads.over(self._clock.now())
        for row in over:
            for index in range(pieces(row.received) + 1):  # one more: it may have come in at the same moment
                await self._blobs.delete(_piece(row.id, index * PIECE))
            if row.file:
                await self._blobs.delete(blob_of(row.file))
            await self._uploads.forget(row.id)
        return len(over)

    async def _mine(self, case_id: str, actor: Actor, name: str) -> UploadRow:
        dossier = await self._reader.dossier(case_id)
        demand(held_of(actor, dossier), Action.GIVE_STATEMENT, dossier.case.stage)
        return await self._uploads.find(case_id, party_of(dossier, actor), name)

    async def _look(self, row: UploadRow) -> None:
        file, earlier = await self._uploads.name(row.id)
        if earlier:
            await self._blobs.delete(blob_of(earlier))
        with scratch() as plain:
            digest = hashlib.sha256()
            for offset in range(0, row.size, PIECE):
                sealed = await self._blobs.get(_piece(row.id, offset))
                digest.update(await asyncio.to_thread(_copy, self._key, _bound(row.id, offset), sealed, plain))
            found = await look_into(plain)
            kind = judge(found)
            plain.seek(0)
            await self._blobs.put(blob_of(file), sealed_pieces(self._key, file.encode(), row.size, _read(plain)))
        if not await self._uploads.ready(row.id, file, digest.hexdigest(), found.ms, kind):
            await self._blobs.delete(blob_of(file))
        log.info("a recording came in", size=row.size, ms=found.ms, type=kind)


def demand_giving(dossier: Dossier, actor: Actor, now: datetime) -> None:
    """Raises `Refusal` where this person cannot give a statement now."""
    stating.demand_giving(dossier.case, held_of(actor, dossier), party_of(dossier, actor), is_late(dossier.room), now)


def is_late(room: Room | None) -> bool:
    """Whether the session is past its statements."""
    return room is not None and room.ended_at is None and ORDER.index(room.stage) > ORDER.index(SessionStage.STATEMENTS)


def new_file(recording: Recording) -> NewFile:
    return NewFile(recording.file, KIND, blob_of(recording.file), recording.sha256, recording.size)


def _piece(name: str, offset: int) -> str:
    return f"{PASSING}/{name}-{offset // PIECE}"


def _bound(name: str, offset: int) -> bytes:
    return f"{name}/{offset}".encode()


def _copy(key: bytes, what: bytes, sealed: bytes, target: BinaryIO) -> bytes:
    plain = opened_bytes(key, what, sealed)
    target.write(plain)
    return plain


def _read(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _told(row: UploadRow) -> dict[str, Any]:
    told: dict[str, Any] = {"upload": row.id, "size": row.size, "offset": row.received, "piece": PIECE}
    return told | ({"ms": row.ms, "type": row.type, "sha256": row.sha256} if row.state == "ready" else {})
