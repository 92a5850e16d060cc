"""Recordings in the books: the key of each session, and the hashes of segments as their worker reports them.

A session's key is random and lies in the database only wrapped by one of the installation's keys (`storage/wrapping.py`): destroying the row
destroys the recording. While a room is live its key also stays in memory, so that a token that goes away interrupts no recording. Chunk hashes go into the ledger every few seconds, in the order in which the worker wrote them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
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
from rooms.media.segments import NotASegment, Recovered, SegmentBroken, SegmentError, read_segment, recover
from rooms.room import is_caucus
from storage.database import reads
from storage.dossier import Dossier
from storage.models.recordings import SegmentRow, SessionKey
from storage.work import Outcome, Store
from storage.wrapping import Keyring, WrappingError
from storage.writer import Writer

log = structlog.get_logger("recordings")


class RecordingStore:
    def __init__(self, writer: Writer, keys: Keyring) -> None:
        self._writer, self._keys = writer, keys
        self._live: dict[str, bytes] = {}

    async def key_of(self, case_id: str, session_id: str) -> bytes:
        """The key of a live session, of 32 bytes, made at the first call and remembered until `ended`. Raises `Unavailable`."""
        key = self._live[session_id] = await self._key(case_id, session_id)
        return key

    def ended(self, session_id: str) -> None:
        """Nothing more is recorded of it."""
        self._live.pop(session_id, None)

    async def _key(self, case_id: str, session_id: str) -> bytes:
        if session_id in self._live:
            return self._live[session_id]
        row = await SessionKey.filter(session_id=session_id).using_db(reads()).first()
        if row is None:
            key = secrets.token_bytes(32)
            # Before the transaction: a token may take its time.
            with _key_needed():
                wrapped, by = await self._keys.wrap(key, session_id), self._keys.present.name
            made = SessionKey(session_id=session_id, case_id=case_id, wrapped=wrapped, wrapped_by=by)
            first = await self._writer.run(_first(made), _nothing)
            return key if first is made else await self._opened(first)
        return await self._opened(row)

    async def key_to_read(self, session_id: str) -> bytes:
        """The session's key, which must exist. Raises `SegmentError` where it was destroyed, `Unavailable` where it cannot be opened now."""
        row = await SessionKey.filter(session_id=session_id).using_db(reads()).first()
        if row is None:
            raise NotASegment("the key of this session was destroyed")
        return self._live.get(session_id) or await self._opened(row)

    async def _opened(self, row: SessionKey) -> bytes:
        with _key_needed():
            return await self._keys.unwrap(bytes(row.wrapped), row.wrapped_by, row.session_id)

    async def note(self, store: Store, event: protocol.Segment, state: str = "closed") -> None:
        """Enter what a worker told about one segment: its row, and the ledger's entry with the hashes of its chunks."""
        case_id = event.session.partition("-")[0]
        segment_id = f"{event.session}/{event.segment}"

        async def job(connection: BaseDBAsyncClient) -> None:
            row = await SegmentRow.filter(id=segment_id).using_db(connection).first()
            if row is None:
                row = SegmentRow(
                    id=segment_id, case_id=case_id, session_id=event.session, seat=event.seat, folder=event.directory, state="open"
                )
            if not row.started_at or (event.closed is not None and event.closed.get("wall_start_ms")):
                # While it is open only its first chunk tells, which is written when it is full.
                row.started_at = rfc3339(datetime.fromtimestamp(_began(event) / 1000, UTC))
            row.chunks += len(event.chunks)
            row.size += sum(int(chunk["plain"]) for chunk in event.chunks)
            if event.closed is not None:
                row.state, row.sha256 = state, str(event.closed["sha256"])
                row.duration_ms, row.size = int(event.closed["duration_ms"] or 0), int(event.closed["bytes"])
                row.info = json.dumps({**event.closed, "part": event.part})
            await row.save(using_db=connection)

        # The chain first: a crash between the two enters the same hashes again, which is true; the other order would lose them.
        await store.execute(case_id, _entered(event))
        await self._writer.run(job, _nothing)

    async def reconcile(self, store: Store, pool: Executor, folders: Iterable[Path], *, others: bool = True) -> int:
        """Bring the books in line with the disk after a crash: chunks that were written but never reported go into the ledger, and the
        segment is closed as `cut`. `folders` are those of sessions (`…/<session>`), with `others` also all that have open segments, which none may
        be writing then. Idempotent. Returns how many segments were mended; call it before a worker writes there again."""
        opened = await SegmentRow.filter(state="open").using_db(reads()).values_list("folder", flat=True) if others else []
        mended = 0
        for folder in sorted({*folders, *(Path(str(f)) for f in opened)}):
            for found in recover(folder) if folder.is_dir() else []:
                row = await SegmentRow.filter(id=f"{folder.name}/{_name(found)}").using_db(reads()).first()
                if row is not None and row.state != "open":
                    continue
                try:
                    await self._mend(store, pool, folder, found, row.chunks if row else 0)
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

    async def _mend(self, store: Store, pool: Executor, folder: Path, found: Recovered, reported: int) -> None:
        session, name = folder.name, _name(found)
        key = await self._key(session.partition("-")[0], session)
        sha256, size, whole = await asyncio.get_running_loop().run_in_executor(
            pool, _measure, found.path, key, len(found.chunks), reported if found.end is None else len(found.chunks)
        )
        chunks = found.chunks[:whole]
        last = max((chunk["t_last_ms"] or 0 for chunk in chunks), default=0)
        reason = "cut" if found.end is None else found.end.get("reason", "closed")
        part: Literal["main", "screen"] = "screen" if "-screen-" in name else "main"
        event = protocol.Segment(
            room=session,
            session=session,
            seat=str(found.header["seat"]),
            part=part,
            directory=str(folder),
            segment=name,
            chunks=[chunk for chunk in chunks if chunk["i"] >= reported],
            closed={
                "sha256": sha256,
                "bytes": size,
                "chunks": len(chunks),
                "duration_ms": last,
                "reason": reason,
                "wall_start_ms": found.header.get("wall_start_ms"),
            },
        )
        # `cut` also where the worker still closed its file: the server was not there to see the end, and what follows is a gap.
        await self.note(store, event, state="cut")

    async def talks(self, case_id: str) -> set[str]:
        """Private talks of a case of which a recording is left."""
        rows = (
            SegmentRow.filter(case_id=case_id).exclude(state="destroyed").using_db(reads()).distinct().values_list("session_id", flat=True)
        )
        return {str(session) for session in await rows if is_caucus(str(session))}

    async def segments(self, case_id: str, caucus: str = "") -> list[SegmentRow]:
        """Of the sessions of a case, or of one private talk of it."""
        rows = await SegmentRow.filter(case_id=case_id).using_db(reads()).order_by("started_at", "id")
        return [row for row in rows if (row.session_id == caucus if caucus else not is_caucus(row.session_id))]


@contextmanager
def _key_needed() -> Iterator[None]:
    try:
        yield
    except WrappingError as error:
        log.error("no key of a recording", reason=str(error))
        raise Unavailable(
            "recording_key_away", "The key of this recording cannot be opened at the moment; the operator must look at the token"
        ) from error


def _first(row: SessionKey) -> Callable[[BaseDBAsyncClient], Awaitable[SessionKey]]:
    """Of two that are made at once the one that came first is the session's."""

    async def job(connection: BaseDBAsyncClient) -> SessionKey:
        there = await SessionKey.filter(session_id=row.session_id).using_db(connection).first()
        if there is None:
            await row.save(using_db=connection)
        return there or row

    return job


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


def _measure(path: Path, key: bytes, chunks: int, known: int) -> tuple[str, int, int]:
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
            payload["closed"] = {
                key: closed[key] for key in ("sha256", "bytes", "chunks", "duration_ms", "reason") if closed.get(key) is not None
            }
        if not is_caucus(event.session):
            return Outcome([Happened("recording.segment", payload)])
        happened = [Happened("recording.segment", payload, chain=event.session)]
        talk = dossier.room.caucus if dossier.room is not None else None
        if event.closed is not None and (talk is None or talk.id != event.session):
            happened.append(Happened("caucus.recorded", {"caucus": event.session}))
        return Outcome(happened)

    return decide
