"""Destroying what is kept of a case, beside its row: what goes in the transaction that says so, and what is cleared away after it.

Rules
* In the transaction: what its ledger told, its drafts, the keys of its recordings, the patches by which its pages and the lists resume, its links, and what names telephones of it elsewhere.
  The row itself is sealed under another key by then (`storage/work.py`).
* Files of it are named as `ERASED` there, which nothing refers to, and deleted after it, in the data folder and in the bucket. One row without a file is entered for each case: as long as it is there,
  clearing away has to be done, or done again after a crash.
* SQLite keeps words that a case was found by in older parts of the index: these are merged. PostgreSQL's vacuum does that by itself.
"""

from __future__ import annotations

import secrets
from datetime import datetime

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from cases.case import Case
from cases.ports import Blobs
from storage import search, sql
from storage.bucket import BucketAway
from storage.case_keys import keys
from storage.database import forget_deleted, reads
from storage.dossier import case_of
from storage.models.agreements import DraftSnapshotRow, DraftUpdateRow, FileRow
from storage.models.cases import CaseRow
from storage.models.doors import Link, Login
from storage.models.notices import OutboxRow, WechatConsent
from storage.models.recordings import SegmentRow, SessionKey
from storage.models.residents import Claim
from storage.models.risk import RiskVersion
from storage.models.streams import StreamEvent, StreamRow
from storage.models.uploads import UploadRow
from storage.writer import Writer

log = structlog.get_logger("erasing")

ERASED = "erased"
"""Kind of a file that is to be deleted."""
OWN = ("case", "own", "data", "ratings", "risk", "room", "caucus")
"""Streams that are named by the id of their case, or begin with it."""
GUESTS = ("seat", "party")
"""Links to seats and pages, and the sign-ins that they opened. Whoever reported keeps the own sign-in, which shows that all is gone."""
AT_ONCE = 200


async def erase(connection: BaseDBAsyncClient, case: Case, now: datetime) -> None:
    """In the caller's transaction, before anything new is entered of the case."""
    (mark,) = sql.marks(connection, 1)
    await connection.execute_query(
        f"DELETE FROM ledger_payload WHERE entry IN (SELECT entry_hash FROM ledger WHERE case_id = {mark})", [case.id]
    )
    document = Q(document__startswith=f"agreement/{case.id}/") | Q(document__startswith=f"agreement/{case.id}-")
    await DraftUpdateRow.filter(document).using_db(connection).delete()
    await DraftSnapshotRow.filter(document).using_db(connection).delete()
    await SessionKey.filter(case_id=case.id).using_db(connection).delete()
    await SegmentRow.filter(case_id=case.id).using_db(connection).update(state="destroyed", info="{}")
    await _streams(connection, case)
    await Link.filter(case_id=case.id, revoked_at=None).using_db(connection).update(revoked_at=now)
    guests = Login.filter(case_id=case.id, kind__in=GUESTS, ended_at=None).using_db(connection)
    await guests.update(ended_at=now, ended_why="revoked")
    await Claim.filter(case_id=case.id).using_db(connection).delete()
    await WechatConsent.filter(case_id=case.id).using_db(connection).delete()
    told = OutboxRow.filter(case_id=case.id).using_db(connection)
    await told.update(address="")
    await told.filter(next_at__not_isnull=True).exclude(party="").update(state="given_up", next_at=None, settled_at=now, reason="settled")
    await RiskVersion.filter(case_id=case.id).using_db(connection).update(body="")
    await UploadRow.filter(case_id=case.id).using_db(connection).update(state="over")
    await FileRow.filter(case_id=case.id).using_db(connection).update(kind=ERASED)
    to_do = {"id": secrets.token_hex(12), "kind": ERASED, "blob": "", "sha256": "", "size": 0}
    await FileRow.create(case_id=case.id, created_at=now, using_db=connection, **to_do)
    keys().forget_opened()
    case_of.cache_clear()


async def _streams(connection: BaseDBAsyncClient, case: Case) -> None:
    """With their heads, so that each begins anew and nobody resumes across this. Lists named its parties, on whatever desk it was: whoever reads one is given it whole."""
    named = [f"code/{code}|" for code in (case.code, *case.revoked_codes)] + [f"{kind}/{case.id}" for kind in OWN]
    for name in named:
        await StreamEvent.filter(stream__startswith=name).using_db(connection).delete()
        await StreamRow.filter(name__startswith=name).using_db(connection).delete()
    for lists in ("desk/", f"centre/{case.region[:6]}"):
        await StreamEvent.filter(stream__startswith=lists).using_db(connection).delete()


async def is_erased(case_id: str) -> bool:
    row = await CaseRow.filter(id=case_id).using_db(reads()).first().values_list("key", "state")
    return row is not None and case_of(case_id, str(row[0]), str(row[1])).erased is not None


class ClearingAway:
    """What is left to do once it is durable that a file was destroyed. Harmless to repeat."""

    def __init__(self, writer: Writer, blobs: Blobs) -> None:
        self._writer, self._blobs = writer, blobs

    async def run(self) -> int:
        """How many files went. What cannot go now, since the bucket is away, goes next time."""
        if not await FileRow.filter(kind=ERASED).using_db(reads()).exists():
            return 0
        await self._merge_index()
        gone, after = 0, ""
        while rows := await FileRow.filter(kind=ERASED, id__gt=after).using_db(reads()).order_by("id").limit(AT_ONCE):
            for row in rows:
                try:
                    gone += await self._delete(row)
                except BucketAway as error:
                    log.error("a file that was destroyed lies in the bucket yet", reason=error.reason)
                    return gone
            after = rows[-1].id
        await forget_deleted()
        return gone

    async def _delete(self, row: FileRow) -> bool:
        # Named by its hash, it might be another case's too.
        shared = row.blob and await FileRow.filter(blob=row.blob).exclude(kind=ERASED).using_db(reads()).exists()
        if row.blob and not shared:
            await self._blobs.delete(row.blob)
            if row.blob.startswith("photos/"):
                await self._blobs.delete(row.blob.replace(".jpg", ".thumb.jpg"))

        async def job(db: BaseDBAsyncClient) -> None:
            await FileRow.filter(id=row.id, kind=ERASED).using_db(db).delete()

        await self._writer.run(job, _nothing)
        return bool(row.blob)

    async def _merge_index(self) -> None:
        """In small transactions, so that commands do not wait for it."""
        begun = False
        while await self._writer.run(lambda db, begun=begun: search.merge(db, begun), _nothing):  # type: ignore[misc]
            begun = True


def _nothing(_: object) -> None:
    return None
