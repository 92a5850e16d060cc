"""Calendars of counties: the State Council's notices, with what an administrator set over them. Each change has its entry in the log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient

from cases.calendar import FIRST_YEAR, LAST_YEAR, NOTICES, STATUTORY, Calendar, Day
from cases.errors import Invalid, NotFound
from cases.ports import Clock
from cases.vocabulary import Act
from storage.audit import note_region
from storage.database import reads
from storage.models.calendar import CountyDay
from storage.writer import Writer

DAYS_LIMIT = 2000
"""Days that one region may set."""


class ShownDay(msgspec.Struct):
    """`own`: set here, and may be taken out; otherwise of the year's notice."""

    day: date
    working: bool
    name: str
    own: bool


class Year(msgspec.Struct):
    """`notice`: by which the year's days are known, empty where weekends alone are."""

    year: int
    notice: str
    days: list[ShownDay]


class Calendars:
    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer, self._clock = writer, clock

    async def all(self) -> Counties:
        return Counties(await CountyDay.all().using_db(reads()))

    async def year(self, region: str, year: int) -> Year:
        """Days of a year as they count in a region. Raises `Invalid`."""
        _demand_year(year)
        calendar = await calendar_of(reads(), region)
        own = set(await CountyDay.filter(region=region).using_db(reads()).values_list("day", flat=True))
        days = sorted((day for day in calendar.days.values() if day.day.year == year), key=lambda day: day.day)
        shown = [ShownDay(day.day, day.working, day.name, day.day.isoformat() in own) for day in days]
        return Year(year, NOTICES[year][0] if year in NOTICES else "", shown)

    async def set(self, by: tuple[str, str], region: str, day: Day) -> None:
        """A day as it counts in a region from now on. Raises `Invalid`."""
        _demand_year(day.day.year)

        async def job(db: BaseDBAsyncClient) -> None:
            if await CountyDay.filter(region=region).using_db(db).count() >= DAYS_LIMIT:
                raise Invalid("too_many_days", f"At most {DAYS_LIMIT} days can be set", field="day", limit=DAYS_LIMIT)
            values = {"region": region, "day": day.day.isoformat(), "working": day.working, "name": day.name}
            await CountyDay.update_or_create(values, using_db=db, id=_key(region, day.day))
            said = f"{day.day.isoformat()} {'working' if day.working else 'off'}"
            await note_region(db, self._clock.now(), Act.CALENDAR_ALTERED, region, by, said)

        await self._writer.run(job, _nothing)

    async def clear(self, by: tuple[str, str], region: str, day: date) -> None:
        """The notice's word counts again. Raises `NotFound`."""

        async def job(db: BaseDBAsyncClient) -> None:
            if not await CountyDay.filter(id=_key(region, day)).using_db(db).delete():
                raise NotFound("no_day", "This day was not set here")
            await note_region(db, self._clock.now(), Act.CALENDAR_ALTERED, region, by, f"{day.isoformat()} as the notice has it")

        await self._writer.run(job, _nothing)


class Counties:
    """Calendars of all regions at one moment."""

    def __init__(self, rows: Iterable[CountyDay]) -> None:
        # Longer codes lie inside shorter ones, and come later so that they count.
        self._rows = sorted(rows, key=lambda row: len(row.region))

    def of(self, region: str) -> Calendar:
        own = {date.fromisoformat(row.day): row for row in self._rows if region.startswith(row.region)}
        return STATUTORY.altered({day: Day(day, row.working, row.name) for day, row in own.items()}) if own else STATUTORY


async def calendar_of(db: BaseDBAsyncClient, region: str) -> Calendar:
    around = [region[:length] for length in range(len(region) + 1)]
    return Counties(await CountyDay.filter(region__in=around).using_db(db)).of(region)


def _key(region: str, day: date) -> str:
    return f"{region}/{day.isoformat()}"


def _demand_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid("no_year", f"A calendar has the years {FIRST_YEAR} to {LAST_YEAR}", field="day")


def _nothing(_: object) -> None:
    return None
