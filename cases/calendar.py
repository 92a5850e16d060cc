"""Working days, and the terms that are counted by them or by the calendar. Pure.

Rules
* A day is a day of the county (`COUNTY_TIME`), and a term ends with its last day's last second (民法典 203).
* The day on which something happens is not counted (民法典 201).
* A term of months ends on the corresponding day, or the month's last (民法典 202); on a day off it ends with the next working day (民法典 203).
* Without a notice for a year its weekends alone are off, and `known` says so.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from cases.clock import COUNTY_TIME
from cases.vocabulary import Term

ONE = timedelta(days=1)
LAST_SECOND = time(23, 59, 59)
OPENS, CLOSES = time(8, 30), time(17, 30)
"""Office hours."""
FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Days that a calendar may name."""
NAME_LIMIT = 20
DISPATCH_DAYS = 1
ANSWER_DAYS = 3


class Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day that is not what its weekday says: off for a holiday, or worked to make up for one (调休)."""

    day: date
    working: bool
    name: str


class Calendar(msgspec.Struct, frozen=True):
    days: Mapping[date, Day]

    def working(self, day: date) -> bool:
        said = self.days.get(day)
        return said.working if said else day.weekday() < 5

    def known(self, year: int) -> bool:
        """Whether anything was said of the year; otherwise its weekends are all that is known."""
        return any(day.year == year for day in self.days)

    def altered(self, own: Mapping[date, Day]) -> Calendar:
        """With a county's own days over these."""
        return Calendar({**self.days, **own})


def _off(name: str, first: date, last: date) -> list[Day]:
    return [Day(first + n * ONE, False, name) for n in range((last - first).days + 1)]


def _made_up(name: str, *days: date) -> list[Day]:
    return [Day(day, True, f"{name}调休") for day in days]


NOTICES: dict[int, tuple[str, list[Day]]] = {
    2025: (
        "国办发明电〔2024〕12号",
        [
            *_off("元旦", date(2025, 1, 1), date(2025, 1, 1)),
            *_off("春节", date(2025, 1, 28), date(2025, 2, 4)),
            *_made_up("春节", date(2025, 1, 26), date(2025, 2, 8)),
            *_off("清明节", date(2025, 4, 4), date(2025, 4, 6)),
            *_off("劳动节", date(2025, 5, 1), date(2025, 5, 5)),
            *_made_up("劳动节", date(2025, 4, 27)),
            *_off("端午节", date(2025, 5, 31), date(2025, 6, 2)),
            *_off("国庆节、中秋节", date(2025, 10, 1), date(2025, 10, 8)),
            *_made_up("国庆节、中秋节", date(2025, 9, 28), date(2025, 10, 11)),
        ],
    ),
    2026: (
        "国务院办公厅关于2026年部分节假日安排的通知（2025年11月4日）",
        [
            *_off("元旦", date(2026, 1, 1), date(2026, 1, 3)),
            *_made_up("元旦", date(2026, 1, 4)),
            *_off("春节", date(2026, 2, 15), date(2026, 2, 23)),
            *_made_up("春节", date(2026, 2, 14), date(2026, 2, 28)),
            *_off("清明节", date(2026, 4, 4), date(2026, 4, 6)),
            *_off("劳动节", date(2026, 5, 1), date(2026, 5, 5)),
            *_made_up("劳动节", date(2026, 5, 9)),
            *_off("端午节", date(2026, 6, 19), date(2026, 6, 21)),
            *_off("中秋节", date(2026, 9, 25), date(2026, 9, 27)),
            *_off("国庆节", date(2026, 10, 1), date(2026, 10, 7)),
            *_made_up("国庆节", date(2026, 9, 20), date(2026, 10, 10)),
        ],
    ),
}
"""What the State Council's office ordered for each year: the notice, and its days."""
STATUTORY = Calendar({day.day: day for _, days in NOTICES.values() for day in days})


def county_day(moment: datetime) -> date:
    return moment.astimezone(COUNTY_TIME).date()


def start_of(day: date) -> datetime:
    """The first moment of a day of the county, in UTC."""
    return datetime.combine(day, time(), COUNTY_TIME).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The last second of a day of the county, in UTC."""
    return datetime.combine(day, LAST_SECOND, COUNTY_TIME).astimezone(UTC)


def office_hours(day: date) -> tuple[datetime, datetime]:
    """When the office opens on a day of the county and when it closes, in UTC; whether it is a working day is not asked."""
    opens, closes = (datetime.combine(day, at, COUNTY_TIME).astimezone(UTC) for at in (OPENS, CLOSES))
    return opens, closes


def in_office(moment: datetime, calendar: Calendar = STATUTORY) -> datetime:
    """A moment at which people work, for one that is made up: the same day's, its hours drawn together into those of the office; of a day off the close of the last working
    day before. Later moments never become earlier ones."""
    local = moment.astimezone(COUNTY_TIME)
    day = local.date()
    while not calendar.working(day):
        day -= ONE
    opens, closes = office_hours(day)
    if day != local.date():
        return closes
    passed = (local - datetime.combine(day, time(), COUNTY_TIME)) / ONE
    return (opens + (closes - opens) * passed).replace(second=0, microsecond=0)


def add_working_days(moment: datetime, count: int, calendar: Calendar = STATUTORY) -> datetime:
    """The end of the `count`-th (1 or more) working day after that of `moment`."""
    if count < 1:
        raise ValueError("a term has at least one working day")
    day = county_day(moment)
    while count:
        day += ONE
        count -= calendar.working(day)
    return end_of(day)


def working_days_between(start: datetime, end: datetime, calendar: Calendar = STATUTORY) -> int:
    """Working days after the day of `start` up to and with that of `end`; negative where `end` is on an earlier day."""
    if end < start:
        return -working_days_between(end, start, calendar)
    first, last = county_day(start), county_day(end)
    return sum(calendar.working(first + n * ONE) for n in range(1, (last - first).days + 1))


def month_after(moment: datetime, calendar: Calendar = STATUTORY) -> datetime:
    """The end of a term of one month from `moment`."""
    start = county_day(moment)
    year, month = (start.year + 1, 1) if start.month == 12 else (start.year, start.month + 1)
    day = date(year, month, min(start.day, months.monthrange(year, month)[1]))
    while not calendar.working(day):
        day += ONE
    return end_of(day)


def end_of_term(term: Term, moment: datetime, calendar: Calendar = STATUTORY) -> datetime:
    match term:
        case Term.DISPATCH:
            return add_working_days(moment, DISPATCH_DAYS, calendar)
        case Term.ANSWER:
            return add_working_days(moment, ANSWER_DAYS, calendar)
        case Term.MEDIATION:
            return month_after(moment, calendar)


def remind_from(due: datetime, calendar: Calendar = STATUTORY) -> datetime:
    """The beginning of the last working day before that of `due`: from then on somebody is reminded."""
    day = county_day(due) - ONE
    while not calendar.working(day):
        day -= ONE
    return start_of(day)
