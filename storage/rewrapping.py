"""Wrapping the keys of all sessions anew by the present key. What was done is done: it may be broken off anywhere and begun again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from storage.database import reads
from storage.models.recordings import SessionKey
from storage.wrapping import Keyring, KeyUnknown, NotOpened
from storage.writer import Writer

BATCH = 100


class Rewrapped(msgspec.Struct):
    """How many sessions' keys were wrapped anew, and sentences about those that could not be opened."""

    done: int = 0
    failed: list[str] = []


async def count() -> dict[str, int]:
    """Name of a wrapping key → how many sessions' keys it wraps."""
    rows = await reads().execute_query_dict("SELECT wrapped_by, COUNT(*) AS n FROM session_key GROUP BY wrapped_by ORDER BY wrapped_by")
    return {str(row["wrapped_by"]): int(row["n"]) for row in rows}


async def rewrap(writer: Writer, ring: Keyring, progress: Callable[[int, int], None]) -> Rewrapped:
    """`progress` is called with how many are done, and how many there are. Raises `KeyAway`, `PinRefused`."""
    present, found, after = ring.present.name, Rewrapped(), ""
    total = sum(n for name, n in (await count()).items() if name != present)
    while True:
        rows = (
            await SessionKey.filter(session_id__gt=after).exclude(wrapped_by=present).using_db(reads()).order_by("session_id").limit(BATCH)
        )
        for row in rows:
            try:
                key = await ring.unwrap(bytes(row.wrapped), row.wrapped_by, row.session_id)
            except (KeyUnknown, NotOpened) as error:
                found.failed.append(f"session {row.session_id}: {error}")
                continue
            await writer.run(_replaced(row, await ring.wrap(key, row.session_id), present), lambda _: None)
            found.done += 1
            progress(found.done + len(found.failed), total)
        if len(rows) < BATCH:
            return found
        after = rows[-1].session_id


def _replaced(row: SessionKey, wrapped: bytes, by: str) -> Callable[[BaseDBAsyncClient], Awaitable[int]]:
    """Where it is still as it was read: one that was destroyed meanwhile must not come back."""

    async def job(connection: BaseDBAsyncClient) -> int:
        there = SessionKey.filter(session_id=row.session_id, wrapped_by=row.wrapped_by).using_db(connection)
        return await there.update(wrapped=wrapped, wrapped_by=by)

    return job
