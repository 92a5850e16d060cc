"""`run.py calendar`: a year's days off and days worked, and how a county alters them; also while servers run."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from rich.table import Table

from cases.calendar import NAME_LIMIT, Day
from cases.clock import SystemClock
from cases.errors import Invalid
from cases.identity import parse_text
from storage.audit import OPERATOR
from storage.calendars import Calendars
from storage.database import close_database, open_database
from storage.writer import Writer
from web.settings import Settings

BY = (OPERATOR, "")


def day_of(text: str) -> date:
    """Raises `Invalid`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("date_shape", "A date is written like 2026-12-01", field="day") from None


async def alter(settings: Settings, region: str, day: date, working: bool | None, name: str) -> None:
    """`working` None: as the year's notice has it. Raises `Invalid`, `NotFound`."""
    await open_database(settings.database_url)
    writer = Writer(single=settings.database_url.startswith("sqlite"))
    writer.start()
    try:
        calendars = Calendars(writer, SystemClock())
        if working is None:
            await calendars.clear(BY, region, day)
        else:
            await calendars.set(BY, region, Day(day, working, parse_text(name, "name", NAME_LIMIT)))
    finally:
        await writer.stop()
        await close_database()


async def shown(settings: Settings, region: str, year: int) -> dict[str, Any]:
    """Raises `Invalid`."""
    await open_database(settings.database_url)
    writer = Writer(single=settings.database_url.startswith("sqlite"))
    try:
        return dict(msgspec.to_builtins(await Calendars(writer, SystemClock()).year(region, year)))
    finally:
        await close_database()


def printed(found: dict[str, Any]) -> Table:
    table = Table("day", "", "name", "", title=found["notice"] or f"No notice for {found['year']} is known: weekends alone are off")
    for row in found["days"]:
        table.add_row(row["day"], "worked" if row["working"] else "off", row["name"], "set here" if row["own"] else "")
    return table
