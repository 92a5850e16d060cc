"""Recordings in the books: the key of each session, and the hashes of segments as their worker reports them.

A session's key is random and lies in the database only wrapped (AES-256-GCM) by the installation's key: destroying the row destroys the
recording. Chunk hashes go into the ledger every few seconds, in the order in which the worker wrote them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.case import Numbering
from cases.clock import rfc3339
from cases.ports import Happened
from rooms.media import protocol
from rooms.media.segments import read_segment, recover
from storage.database import reads
from storage.dossier import Dossier
from storage.models.recordings import SegmentRow, SessionKey
from storage.work import Outcome, Store
from storage.writer import Writer

NONCE = 12


class RecordingStore:
    def __init__(self, writer: Writer, wrapping_key: bytes) -> None:
        self._writer, self._cipher = writer, AESGCM(wrapping_key)

    async def key_of(self, case_id: str, session_id: str) -> bytes:
        """The session's key of 32 bytes, made at the first call."""

        async def job(connection: BaseDBAsyncClient) -> bytes:
            row = await SessionKey.filter(session_id=session_id).using_db(connection).first()
            if row is None:
                key, nonce = secrets.token_bytes(32), secrets.token_bytes(NONCE)
                wrapped = nonce + self._cipher.encrypt(nonce, key, session_id.encode())
                await SessionKey.create(session_id=session_id, case_id=case_id, wrapped=wrapped, using_db=connection)
                return key
            return self._cipher.decrypt(row.wrapped[:NONCE], row.wrapped[NONCE:], session_id.encode())

        return await self._writer.run(job, lambda _: None)

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
                first = event.chunks[0]["at_ms"] if event.chunks else 0
                row.started_at = rfc3339(datetime.fromtimestamp(first / 1000, UTC))
            row.chunks += len(event.chunks)
            row.size += sum(int(chunk["plain"]) for chunk in event.chunks)
            if event.closed is not None:
                row.state, row.sha256 = state, str(event.closed["sha256"])
                row.duration_ms, row.size = int(event.closed["duration_ms"] or 0), int(event.closed["bytes"])
                row.info = json.dumps({**event.closed, "part": event.part})
            await row.save(using_db=connection)

        await self._writer.run(job, lambda _: None)
        await store.execute(case_id, _entered(event))

    async def reconcile(self, store: Store, pool: Executor, folder: str = "") -> int:
        """Bring the books in line with the disk after a crash: chunks that were written but never reported go into the ledger, and the
        segment is closed as `cut`. Idempotent. Returns how many segments were mended; call it before a worker writes again."""
        open_rows = SegmentRow.filter(state="open") if not folder else SegmentRow.filter(state="open", folder=folder)
        mended = 0
        for row in await open_rows.using_db(reads()):
            known = {found.path.name.partition(".")[0]: found for found in recover(Path(row.folder))}
            name = row.id.partition("/")[2]
            found = known.get(name)
            if found is None:
                continue
            key = await self.key_of(row.case_id, row.session_id)
            sha256, size = await asyncio.get_running_loop().run_in_executor(pool, _measure, found.path, key)
            last = max((chunk["t_last_ms"] or 0 for chunk in found.chunks), default=0)
            closed = {"sha256": sha256, "bytes": size, "chunks": len(found.chunks), "duration_ms": last, "reason": "cut"}
            if found.end is not None:
                closed["reason"] = found.end.get("reason", "closed")
            part: Literal["main", "screen"] = "screen" if "-screen-" in name else "main"
            missed = [chunk for chunk in found.chunks if chunk["i"] >= row.chunks]
            await self.note(
                store,
                protocol.Segment(
                    room=row.session_id,
                    session=row.session_id,
                    seat=row.seat,
                    part=part,
                    directory=row.folder,
                    segment=name,
                    chunks=missed,
                    closed=closed,
                ),
                state="closed" if found.end is not None else "cut",
            )
            mended += 1
        return mended

    async def segments(self, case_id: str) -> list[SegmentRow]:
        return list(await SegmentRow.filter(case_id=case_id).using_db(reads()).order_by("started_at", "id"))


def _measure(path: Path, key: bytes) -> tuple[str, int]:
    """SHA-256 and bytes of what can be decrypted of a segment that was left by a crash."""
    digest, size = hashlib.sha256(), 0
    for piece in read_segment(path, key):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _entered(event: protocol.Segment) -> Any:
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
        return Outcome([Happened("recording.segment", payload)])

    return decide
