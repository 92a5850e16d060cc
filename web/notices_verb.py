"""`run.py notices`: the log of deliveries, for whoever has the server's command line; also while the server runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich.table import Table

from cases.clock import COUNTY_TIME, rfc3339
from storage import outbox
from storage.database import close_database, open_database
from web.settings import Settings

COLUMNS = ("number", "entered", "channel", "kind", "state", "tries", "reason", "address", "case")


async def report(settings: Settings, before: int) -> dict[str, Any]:
    """`waiting`: channel → how many; `log`: the newest fifty before `before`, times in RFC 3339."""
    await open_database(settings.database_url)
    try:
        rows, waiting = await outbox.log(before), await outbox.waiting()
    finally:
        await close_database()
    log = [
        {
            "number": row.id,
            "entered": rfc3339(row.entered_at),
            "settled": rfc3339(row.settled_at) if row.settled_at else "",
            "next": rfc3339(row.next_at) if row.next_at else "",
            **{name: getattr(row, name) for name in ("channel", "kind", "state", "tries", "reason", "address")},
            "case": row.case_id,
        }
        for row in rows
    ]
    return {"waiting": waiting, "log": log}


def printed(found: dict[str, Any]) -> Table:
    waiting = ", ".join(f"{count} by {channel}" for channel, count in sorted(found["waiting"].items())) or "none"
    table = Table(*COLUMNS, title=f"Waiting: {waiting}")
    for row in found["log"]:
        table.add_row(*(_here(row["entered"]) if name == "entered" else str(row[name]) for name in COLUMNS))
    return table


def _here(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")
