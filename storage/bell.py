"""The bell (通知) of an account: its notices, how many are unread, and the stream `bell/<account>` that says so to every page that is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.clock import rfc3339
from cases.ports import Letter
from storage import sql
from storage.database import reads
from storage.models.notices import NoticeRow
from storage.steps import Change, enter_events, next_heads

PAGE = 30


class Shown(msgspec.Struct):
    """`at` in RFC 3339; `number`: of the case, or its public code before it has one."""

    id: int
    kind: str
    case: str
    number: str
    at: str
    read: bool


async def put(db: BaseDBAsyncClient, letter: Letter, now: datetime) -> Change | None:
    """Onto the page, once for each key; None where it is there already."""
    values = (letter.key, letter.to, letter.kind, letter.case_id, letter.number, now)
    columns = ("key", "account", "kind", "case_id", "number", "at")
    made = await sql.insert(db, "notice", columns, [values], "ON CONFLICT (key) DO NOTHING RETURNING id")
    return await _ring(db, letter.to) if made else None


async def mark_read(db: BaseDBAsyncClient, account: str, upto: int, now: datetime) -> Change | None:
    """All notices of an account as far as `upto`, an id; None where nothing was unread."""
    unread = NoticeRow.filter(account=account, id__lte=upto, read_at=None).using_db(db)
    return await _ring(db, account) if await unread.update(read_at=now) else None


async def _ring(db: BaseDBAsyncClient, account: str) -> Change:
    name = f"bell/{account}|own"
    # The stream first: its lock orders those who count.
    epoch, offset = (await next_heads(db, [name]))[name]
    change = Change(name, epoch, offset, await document(account, db))
    await enter_events(db, [change])
    return change


async def document(account: str, db: BaseDBAsyncClient | None = None) -> dict[str, Any]:
    """How many are unread, and the id of the newest, 0 where there is none."""
    db = db or reads()
    newest = await NoticeRow.filter(account=account).using_db(db).order_by("-id").first()
    return {"unread": await NoticeRow.filter(account=account, read_at=None).using_db(db).count(), "newest": newest.id if newest else 0}


async def page(account: str, before: int) -> list[Shown]:
    """The newest thirty before the notice `before`; 0: the newest of all."""
    asked = NoticeRow.filter(account=account)
    rows = await (asked.filter(id__lt=before) if before else asked).using_db(reads()).order_by("-id").limit(PAGE)
    return [Shown(row.id, row.kind, row.case_id, row.number, rfc3339(row.at), row.read_at is not None) for row in rows]
