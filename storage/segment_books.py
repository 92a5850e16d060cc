"""Segments of recordings in the books: their rows, and the hashes of their chunks in the ledger, in the order in which the worker wrote them.

A report may be lost on its way, by a database that is away or a server that dies. The journal beside each segment (`rooms/media/segments.py`) has
the same, and lasts: what is missing is entered from there. Everything here is idempotent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Executor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.case import Numbering
from cases.clock import rfc3339
from cases.errors import Unavailable
from cases.ports import Happened
from rooms.media import protocol
from rooms.media.files import make_last
from rooms.media.segments import Recovered, SegmentBroken, SegmentError, read_segment, recover
from rooms.room import is_caucus
from storage.database import reads
from storage.dossier import Dossier
from storage.models.recordings import SegmentRow
from storage.recordings import RecordingStore
from storage.work import Outcome, Store
from storage.writer import Writer

log = structlog.get_logger("recordings")

UNENDED = frozenset({"failed", "cut"})
"""Reasons of segments whose file has no end."""
LATELY = 2 * 86400.0
"""Seconds before a start within which a recording may have gone on whose end is not in the books."""
ENTERED = ("sha256", "bytes", "chunks", "duration_ms", "reason")
BEFALLEN = ("gaps", "dropped", "marks", "marks_left_out")
"""What the ledger is told of a segment's end, and what of that only where there is something to tell."""


class ReportMissing(Exception):
    """Chunks were told whose forerunners never came: `SegmentBooks.catch_up` has them."""


class SegmentBooks:
    """`pool` measures what a crash has left."""

    def __init__(self, recordings: RecordingStore, store: Store, writer: Writer, pool: Executor) -> None:
        self._recordings, self._store, self._writer, self._pool = recordings, store, writer, pool

    async def note(self, event: protocol.Segment, state: str = "") -> None:
        """Enter what a worker told of one segment; what is known of it is left out. `state` is that of the closed segment, where it is not what the
        report says. Raises `ReportMissing`, `Unavailable`, and whatever a database raises: then nothing counts as entered."""
        case_id = event.session.partition("-")[0]
        segment_id = f"{event.session}/{event.segment}"
        row = await SegmentRow.filter(id=segment_id).using_db(reads()).first()
        if row is not None and row.state != "open":
            return
        known = row.chunks if row is not None else 0
        event = protocol.Segment(**{**_fields(event), "chunks": [chunk for chunk in event.chunks if chunk["i"] >= known]})
        if not event.chunks and event.closed is None:
            return
        through = event.chunks[-1]["i"] + 1 if event.chunks else known
        if [chunk["i"] for chunk in event.chunks] != list(range(known, through)):
            raise ReportMissing(f"{segment_id}: chunks from {known} on are missing")

        async def job(connection: BaseDBAsyncClient) -> None:
            row = await SegmentRow.filter(id=segment_id).using_db(connection).first()
            if row is None:
                row = SegmentRow(
                    id=segment_id, case_id=case_id, session_id=event.session, seat=event.seat, folder=event.directory, state="open"
                )
            if not row.started_at or (event.closed is not None and event.closed.get("wall_start_ms")):
                # While it is open only its first chunk tells, which is written when it is full.
                row.started_at = rfc3339(datetime.fromtimestamp(_began(event) / 1000, UTC))
            row.chunks = through
            row.size += sum(int(chunk["plain"]) for chunk in event.chunks)
            if event.closed is not None:
                unended = event.closed.get("reason") in UNENDED
                row.state, row.sha256 = state or ("cut" if unended else "closed"), str(event.closed["sha256"])
                row.duration_ms, row.size = int(event.closed["duration_ms"] or 0), int(event.closed["bytes"])
                row.info = json.dumps({**event.closed, "part": event.part})
            await row.save(using_db=connection)

        # The chain first: a crash between the two enters the same hashes again, which is true; the other order would lose them.
        await self._store.execute(case_id, _entered(event))
        await self._writer.run(job, _nothing)

    async def failed(self, event: protocol.RecordingFailed) -> None:
        """Enter that a seat could not be recorded for a time, in the chain of the session or of the private talk."""
        told = {"seat": event.seat, "part": event.part, "cause": event.cause}
        chain = event.session if is_caucus(event.session) else "main"
        await self._store.execute(event.session.partition("-")[0], lambda *_: Outcome([Happened("recording.failed", told, chain=chain)]))

    async def catch_up(self, folder: Path) -> None:
        """Enter what the journals of one session know and the books do not, while its worker may go on writing there."""
        for found in await asyncio.to_thread(recover, folder) if folder.is_dir() else []:
            # What has not reached the disk must not be in the ledger.
            await asyncio.to_thread(make_last, found.path, found.path.with_name(f"{_name(found)}.journal"))
            await self.note(_told(found, folder, found.chunks, found.end))

    async def reconcile(self, folders: Iterable[Path], *, others: bool = True) -> int:
        """Bring the books in line with the disk after a crash: chunks that were written but never reported go into the ledger, and the
        segment is closed as `cut`. `folders` are those of sessions (`…/<session>`), with `others` also all that have open segments, which none may
        be writing then. Returns how many segments were mended; call it before a worker writes there again."""
        opened = await SegmentRow.filter(state="open").using_db(reads()).values_list("folder", flat=True) if others else []
        mended = 0
        for folder in sorted({*folders, *(Path(str(f)) for f in opened)}):
            for found in recover(folder) if folder.is_dir() else []:
                row = await SegmentRow.filter(id=f"{folder.name}/{_name(found)}").using_db(reads()).first()
                if row is not None and row.state != "open":
                    continue
                try:
                    await self._mend(folder, found, row.chunks if row else 0)
                    mended += 1
                except Unavailable as error:
                    # Its key is in a token that is not here: it stays as it is until the token has come back.
                    log.error("recording cannot be mended yet", session=folder.name, segment=_name(found), reason=str(error.__cause__))
                except (SegmentError, OSError) as error:
                    # One damaged file must not keep a county's server from starting; the file stays where it is.
                    log.error("recording cannot be read", session=folder.name, segment=_name(found), reason=str(error))
                    if row is not None:
                        await self._writer.run(_broken(row.id), _nothing)
        return mended

    async def _mend(self, folder: Path, found: Recovered, reported: int) -> None:
        # There has been a key since before the first chunk; where there is none the session is not of these books, as after a restored backup.
        key = await self._recordings.key_to_read(folder.name)
        sha256, size, whole = await asyncio.get_running_loop().run_in_executor(
            self._pool, measure, found.path, key, len(found.chunks), reported if found.end is None else len(found.chunks)
        )
        chunks = found.chunks[:whole]
        closed = {
            "sha256": sha256,
            "bytes": size,
            "chunks": len(chunks),
            "duration_ms": max((chunk["t_last_ms"] or 0 for chunk in chunks), default=0),
            "reason": "cut" if found.end is None else found.end.get("reason", "closed"),
            "wall_start_ms": found.header.get("wall_start_ms"),
        }
        # `cut` also where the worker still closed its file: the server was not there to see the end, and what follows is a gap.
        await self.note(_told(found, folder, chunks, closed), state="cut")


def lately_written(root: Path) -> list[Path]:
    """The folders of recordings to which something was added within `LATELY`: a session may have ended before all that was told of it was entered."""
    since = time.time() - LATELY
    return [folder for folder in root.iterdir() if folder.is_dir() and folder.stat().st_mtime > since] if root.is_dir() else []


def measure(path: Path, key: bytes, chunks: int, known: int) -> tuple[str, int, int]:
    """SHA-256, bytes and number of the chunks that can be decrypted of a segment that was left by a crash: of its first `chunks`, which its journal tells.
    Behind the `known` of them, one that does not open ends it: a power cut may leave nonsense where nothing had reached the disk. Raises `SegmentError`."""
    digest, size, whole = hashlib.sha256(), 0, 0
    try:
        for piece in islice(read_segment(path, key), chunks):
            digest.update(piece)
            size += len(piece)
            whole += 1
    except SegmentBroken:
        if whole < known:
            raise
    return digest.hexdigest(), size, whole


def _told(found: Recovered, folder: Path, chunks: tuple[dict[str, Any], ...], closed: dict[str, Any] | None) -> protocol.Segment:
    """What the worker would have told of a segment, as its journal has it."""
    part: Literal["main", "screen"] = "screen" if "-screen-" in _name(found) else "main"
    return protocol.Segment(
        room=folder.name,
        session=folder.name,
        seat=str(found.header["seat"]),
        part=part,
        directory=str(folder),
        segment=_name(found),
        chunks=list(chunks),
        closed=closed,
    )


def _fields(event: protocol.Segment) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def _nothing(_: Any) -> None:
    """No listener waits for these commits."""


def _broken(segment_id: str) -> Callable[[BaseDBAsyncClient], Awaitable[None]]:
    async def job(connection: BaseDBAsyncClient) -> None:
        await SegmentRow.filter(id=segment_id).using_db(connection).update(state="broken")

    return job


def _began(event: protocol.Segment) -> int:
    """When a segment began, in ms since 1970: as its file says, else as its first chunk lets one guess."""
    if event.closed is not None and event.closed.get("wall_start_ms"):
        return int(event.closed["wall_start_ms"])
    if not event.chunks:
        return 0
    first = event.chunks[0]
    return int(first["at_ms"]) - int(first["t_last_ms"] or 0)


def _name(found: Recovered) -> str:
    return found.path.name.partition(".")[0]


def _entered(event: protocol.Segment) -> Any:
    """What is recorded of a private talk is told in the talk's own chain, whose new head then enters the main one if the talk is over by now."""

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        payload: dict[str, Any] = {
            "segment": event.segment,
            "seat": event.seat,
            "part": event.part,
            "chunks": [{"i": chunk["i"], "sha256": chunk["sha256"], "bytes": chunk["plain"]} for chunk in event.chunks],
        }
        if event.closed is not None:
            closed = event.closed
            payload["closed"] = {key: closed[key] for key in ENTERED if closed.get(key) is not None}
            payload["closed"] |= {key: closed[key] for key in BEFALLEN if closed.get(key)}
        if not is_caucus(event.session):
            return Outcome([Happened("recording.segment", payload)])
        happened = [Happened("recording.segment", payload, chain=event.session)]
        talk = dossier.room.caucus if dossier.room is not None else None
        if event.closed is not None and (talk is None or talk.id != event.session):
            happened.append(Happened("caucus.recorded", {"caucus": event.session}))
        return Outcome(happened)

    return decide
