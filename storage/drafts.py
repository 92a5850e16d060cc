"""The draft's log, read back: every accepted update in its order, chained by hash; and what it comes to so far, kept from time to time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from agreements.live import LogEntry, Snapshot
from storage import sql
from storage.case_keys import CaseKey, keys
from storage.database import reads
from storage.models.agreements import DraftSnapshotRow, DraftUpdateRow
from storage.models.cases import CaseRow

COLUMNS = ("document", "seq", "author", "at", "body", "prev_hash", "hash")
SEALED = b"\x00heyi.1\x00"
"""What a sealed body begins with, and no update of a draft."""


class Kept(NamedTuple):
    """A snapshot, and who has written under which client id up to there."""

    snapshot: Snapshot
    writers: dict[int, str]


async def read_log(document: str, after: int = 0, connection: BaseDBAsyncClient | None = None) -> list[LogEntry]:
    """Entries after number `after`, in order; inside the caller's transaction, if there is one."""
    rows = (
        await DraftUpdateRow.filter(document=document, seq__gt=after).using_db(connection or reads()).order_by("seq").values_list(*COLUMNS)
    )
    key = await _key_of(document, connection) if rows else None
    return [_entry(key, row) for row in rows]


async def read_first(document: str) -> LogEntry:
    """The entry that a draft began with, which must be there."""
    rows = DraftUpdateRow.filter(document=document, seq=1).using_db(reads())
    return _entry(await _key_of(document), (await rows.values_list(*COLUMNS))[0])


async def last_entry(connection: BaseDBAsyncClient, document: str) -> dict[str, Any]:
    """Number and hash of the last entry of a log, as the ledger has them, inside the caller's transaction."""
    (mark,) = sql.marks(connection, 1)
    rows = await connection.execute_query_dict(
        f"SELECT seq, hash FROM draft_update WHERE document = {mark} ORDER BY seq DESC LIMIT 1", [document]
    )
    return {"seq": rows[0]["seq"], "head": rows[0]["hash"]} if rows else {}


async def read_kept(document: str) -> Kept | None:
    """The last snapshot, if the log still has the entry that it ends with."""
    row = await DraftSnapshotRow.filter(document=document).using_db(reads()).first()
    if row is None or not await DraftUpdateRow.filter(document=document, seq=row.seq, hash=row.head).using_db(reads()).exists():
        return None
    writers = {int(client): str(seat) for client, seat in json.loads(row.writers).items()}
    return Kept(Snapshot(document, row.seq, row.head, _opened(await _key_of(document), f"{document}/kept", row.state)), writers)


async def enter(connection: BaseDBAsyncClient, entries: Sequence[LogEntry], kept: Kept | None, key: CaseKey | None) -> None:
    """Into the log, inside the caller's transaction; `kept` takes the place of the snapshot before. `key`: of the case, None for a draft that has none."""
    columns = ("document", "seq", "author", "body", "prev_hash", "hash", "at")
    rows = [(e.document, e.seq, e.author, sealed(key, f"{e.document}/{e.seq}", e.update), e.prev_hash, e.entry_hash, e.at) for e in entries]
    await sql.insert(connection, "draft_update", columns, rows)
    if kept is not None:
        snapshot = kept.snapshot
        row = (
            snapshot.document,
            snapshot.seq,
            snapshot.head,
            sealed(key, f"{snapshot.document}/kept", snapshot.state),
            json.dumps(kept.writers),
        )
        places = ", ".join(f"{name} = excluded.{name}" for name in ("seq", "head", "state", "writers"))
        await sql.insert(
            connection,
            "draft_snapshot",
            ("document", "seq", "head", "state", "writers"),
            [row],
            f"ON CONFLICT (document) DO UPDATE SET {places}",
        )


def sealed(key: CaseKey | None, what: str, data: bytes) -> bytes:
    return SEALED + key.seal_bytes(what, data) if key is not None else data


def case_of(document: str) -> str:
    """The id of the case that a draft belongs to, also one of a private talk."""
    return document.split("/")[1].partition("-")[0]


async def _key_of(document: str, connection: BaseDBAsyncClient | None = None) -> CaseKey | None:
    case = case_of(document)
    wrapped = await CaseRow.filter(id=case).using_db(connection or reads()).first().values_list("key", flat=True)
    return keys().of(case, str(wrapped)) if wrapped else None


def _entry(key: CaseKey | None, row: Any) -> LogEntry:
    document, seq, author, at, body, *hashes = row
    return LogEntry(document, seq, author, at, _opened(key, f"{document}/{seq}", body), *hashes)


def _opened(key: CaseKey | None, what: str, body: bytes) -> bytes:
    """Without the mark it is of an earlier version, or of no case, and plain. Raises `case_keys.Unreadable`."""
    data = bytes(body)
    return key.open_bytes(what, data.removeprefix(SEALED)) if key is not None and data.startswith(SEALED) else data
