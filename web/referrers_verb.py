"""`run.py referrer`: the systems that may refer cases; made with a secret that is told once, and ended. Also while servers run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rich.table import Table

from cases.clock import SystemClock, rfc3339
from cases.referral import Referrer
from storage.audit import OPERATOR
from storage.database import close_database, migrate, open_database
from storage.referrers import Referrers
from storage.writer import Writer
from web.keys import begun, load_key
from web.settings import Settings, SettingsError

BY = (OPERATOR, "")
COLUMNS = ("id", "name", "source", "region", "made", "ended")


async def make(settings: Settings, name: str, source: str, region: str) -> dict[str, str]:
    """`id` and `secret`, in hexadecimal, beside what was asked. Raises `Invalid` naming the field."""
    async with _referrers(settings) as referrers:
        one, secret = await referrers.make(name, source, region, BY)
    return told(one, secret)


def told(one: Referrer, secret: str) -> dict[str, str]:
    return {"id": one.id, "name": one.name, "source": one.source, "region": one.region, "secret": secret}


async def renew(settings: Settings, name_id: str) -> dict[str, str]:
    """As `make`, for a system that is there. Raises `NotFound`."""
    async with _referrers(settings) as referrers:
        one, secret = await referrers.renew(name_id, BY)
    return told(one, secret)


async def end(settings: Settings, name_id: str) -> None:
    """Raises `NotFound`."""
    async with _referrers(settings) as referrers:
        await referrers.end(name_id, BY)


async def shown(settings: Settings) -> list[dict[str, Any]]:
    """All, the newest first, without their secrets; times in RFC 3339, `ended` empty of one that may refer."""
    async with _referrers(settings) as referrers:
        rows = await referrers.rows()
    return [
        {
            **{field: getattr(row, field) for field in ("id", "name", "source", "region")},
            "made": rfc3339(row.made_at),
            "ended": rfc3339(row.ended_at) if row.ended_at else "",
        }
        for row in rows
    ]


def printed(rows: list[dict[str, Any]]) -> Table:
    table = Table(*COLUMNS, title="Systems that may refer cases" if rows else "No system refers cases")
    for row in rows:
        table.add_row(*(row[name][:10] if name in ("made", "ended") else row[name] for name in COLUMNS))
    return table


@asynccontextmanager
async def _referrers(settings: Settings) -> AsyncIterator[Referrers]:
    if not begun(settings.folder):
        # A key that is made here would seal secrets that no server opens.
        raise SettingsError(f"{settings.folder} is no data folder of a server that has been started; say which with --data")
    await migrate(settings.database_url)
    await open_database(settings.database_url)
    writer = Writer(single=settings.database_url.startswith("sqlite"))
    writer.start()
    try:
        yield Referrers(writer, SystemClock(), load_key(settings.folder, "links"))
    finally:
        await writer.stop()
        await close_database()
