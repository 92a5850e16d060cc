"""Letting go of what nobody can ask for any more. The ledger, the drafts' logs and the files are never touched here."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from storage.models.doors import Link, Login
from storage.models.ledger import Receipt
from storage.models.notices import NoticeRow, OutboxRow, WechatConsent
from storage.models.residents import PhoneCodeRow
from storage.models.streams import StreamEvent
from storage.reading import HISTORY_LIMIT
from storage.writer import Writer

RECEIPTS_KEPT = timedelta(days=7)
REPORTS_KEPT = timedelta(days=90)
"""Of the receipts of reports and of what staff enters, which wait on devices (web/client/src/report/queue.ts): one whose answer was lost is sent again weeks later,
put right perhaps and waiting anew, and must not become a second case."""
DOORS_KEPT = timedelta(days=30)
"""How long after its end a sign-in or a link is still known, so that whoever comes back is told that it ended, not that it never was."""
NOTICES_KEPT = timedelta(days=190)
"""Of notices on pages and of the log of deliveries, which are kept for six months (网络安全法 21), of 184 days at most; what still waits is not touched."""
CODES_KEPT = timedelta(days=2)
"""Of codes to telephones: longer than the day in which they are counted."""
WECHAT_KEPT = timedelta(days=180)
"""Of one message of WeChat that was allowed and never needed."""
STREAMS_AT_ONCE = 200


async def prune(writer: Writer, moved: dict[str, int], now: datetime) -> int:
    """Delete events that lie further back than anybody can resume, of the streams that moved (name → head), and what is past its days.

    In small transactions, so that commands do not wait for it. Returns how many rows went.
    """
    gone = 0

    async def old_rows(db: BaseDBAsyncClient) -> int:
        waited = Q(id__startswith="report:") | Q(id__startswith="intake:")
        deleted = await Receipt.filter(at__lt=now - RECEIPTS_KEPT).exclude(waited).using_db(db).delete()
        deleted += await Receipt.filter(at__lt=now - REPORTS_KEPT).using_db(db).delete()
        deleted += await Login.filter(expires_at__lt=now - DOORS_KEPT).using_db(db).delete()
        deleted += await NoticeRow.filter(at__lt=now - NOTICES_KEPT).using_db(db).delete()
        deleted += await OutboxRow.filter(entered_at__lt=now - NOTICES_KEPT, next_at=None).using_db(db).delete()
        deleted += await WechatConsent.filter(asked_at__lt=now - WECHAT_KEPT).using_db(db).delete()
        deleted += await PhoneCodeRow.filter(asked_at__lt=now - CODES_KEPT).using_db(db).delete()
        return deleted + await Link.filter(expires_at__lt=now - DOORS_KEPT).using_db(db).delete()

    gone += await writer.run(old_rows, _nothing)
    due = [(stream, head - HISTORY_LIMIT) for stream, head in moved.items() if head > HISTORY_LIMIT]
    for start in range(0, len(due), STREAMS_AT_ONCE):
        part = due[start : start + STREAMS_AT_ONCE]

        async def events(db: BaseDBAsyncClient, part: list[tuple[str, int]] = part) -> int:
            return sum([await StreamEvent.filter(stream=stream, seq__lte=upto).using_db(db).delete() for stream, upto in part])

        gone += await writer.run(events, _nothing)
    return gone


def _nothing(_: object) -> None:
    return None
