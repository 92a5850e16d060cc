"""Recordings in the books: the key of each session, and the hashes of segments as their worker reports them.

A session's key is random and lies in the database only wrapped (AES-256-GCM) by the installation's key: destroying the row destroys the
recording. Chunk hashes go into the ledger every few seconds, in the order in which the worker wrote them.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.case import Numbering
from cases.clock import rfc3339
from cases.ports import Happened
from rooms.media import protocol
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

    async def note(self, store: Store, event: protocol.Segment) -> None:
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
                row.state, row.sha256 = "closed", str(event.closed["sha256"])
                row.duration_ms, row.size = int(event.closed["duration_ms"] or 0), int(event.closed["bytes"])
                row.info = json.dumps({**event.closed, "part": event.part})
            await row.save(using_db=connection)

        await self._writer.run(job, lambda _: None)
        await store.execute(case_id, _entered(event))

    async def segments(self, case_id: str) -> list[SegmentRow]:
        return list(await SegmentRow.filter(case_id=case_id).using_db(reads()).order_by("started_at", "id"))


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
