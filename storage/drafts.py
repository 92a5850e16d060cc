"""The draft's log, read back: every accepted update in its order, chained by hash."""

from __future__ import annotations

from agreements.live import LogEntry
from storage.database import reads
from storage.models.agreements import DraftUpdateRow


async def read_log(document: str, after: int = 0) -> list[LogEntry]:
    """Entries after number `after`, in order."""
    rows = await DraftUpdateRow.filter(document=document, seq__gt=after).using_db(reads()).order_by("seq")
    return [LogEntry(r.document, r.seq, r.author, r.at, r.body, r.prev_hash, r.hash) for r in rows]
