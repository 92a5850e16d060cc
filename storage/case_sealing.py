"""Cases that an earlier version has written plain are sealed, before anything is served: their rows and what their ledgers tell; and they go into the index anew, by telephone and identity number as a
keyed hash. Broken off, it goes on at the next start."""

from __future__ import annotations

import json

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from storage import drafts, payloads, search, sql
from storage.case_keys import CaseKey, keys
from storage.database import reads
from storage.dossier import TEXTS, columns, parse
from storage.models.agreements import DraftSnapshotRow, DraftUpdateRow
from storage.models.cases import CaseRow

log = structlog.get_logger("sealing")
AT_ONCE = 100
TELL_EVERY = 5_000


async def seal_what_is_plain() -> int:
    """How many cases were sealed."""
    done = 0
    while ids := await CaseRow.filter(key="").using_db(reads()).order_by("id").limit(AT_ONCE).values_list("id", flat=True):
        async with in_transaction("default") as connection:
            for case_id in ids:
                await _seal(connection, str(case_id))
        done += len(ids)
        if done % TELL_EVERY == 0:
            log.info("cases of an earlier version are being sealed", sealed=done)
    if done:
        log.info("cases of an earlier version are sealed", cases=done)
    return done


async def _seal(connection: BaseDBAsyncClient, case_id: str) -> None:
    (mark,) = sql.marks(connection, 1)
    # Locks the row; another node that starts at the same time may have been faster.
    rows = await connection.execute_query_dict(
        f"UPDATE case_file SET seq = seq WHERE id = {mark} AND key = '' RETURNING {', '.join(TEXTS)}", [case_id]
    )
    if not rows:
        return
    key, dossier = keys().fresh(case_id), parse(**rows[0])
    await sql.update(connection, "case_file", case_id, columns(dossier, key))
    await search.enter(connection, [(case_id, search.found_by_words(dossier.case))])
    await _seal_drafts(connection, case_id, key)
    first, second = sql.marks(connection, 2)
    for row in await connection.execute_query_dict(
        f"SELECT p.entry, p.body FROM ledger_payload p JOIN ledger l ON l.entry_hash = p.entry WHERE l.case_id = {mark}", [case_id]
    ):
        body = payloads.closed(key, row["entry"], json.loads(row["body"]))
        await connection.execute_query(f"UPDATE ledger_payload SET body = {first} WHERE entry = {second}", [body, row["entry"]])


async def _seal_drafts(connection: BaseDBAsyncClient, case_id: str, key: CaseKey) -> None:
    """Of everybody, and of private talks."""
    own = Q(document__startswith=f"agreement/{case_id}/") | Q(document__startswith=f"agreement/{case_id}-")
    for row in await DraftUpdateRow.filter(own).using_db(connection):
        body = drafts.sealed(key, f"{row.document}/{row.seq}", bytes(row.body))
        await DraftUpdateRow.filter(id=row.id).using_db(connection).update(body=body)
    for kept in await DraftSnapshotRow.filter(own).using_db(connection):
        state = drafts.sealed(key, f"{kept.document}/kept", bytes(kept.state))
        await DraftSnapshotRow.filter(document=kept.document).using_db(connection).update(state=state)
