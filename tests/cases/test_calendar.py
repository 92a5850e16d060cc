"""Working days: the notices of two years, years that nobody knows yet, and what holds for any days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.calendar import (
    CLOSES,
    OPENS,
    STATUTORY,
    Calendar,
    Day,
    add_working_days,
    county_day,
    in_office,
    month_after,
    remind_from,
    working_days_between,
)
from cases.clock import COUNTY_TIME

MOMENTS = st.integers(0, 5 * 365 * 24 * 3600).map(lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
CALENDARS = st.dictionaries(DAYS, st.booleans(), max_size=40).map(
    lambda said: STATUTORY.altered({day: Day(day, working, "x") for day, working in said.items()})
)


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=COUNTY_TIME)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-18", "2026-03-23"),  # over a weekend
        ("2026-02-12", "2026-02-24"),  # Friday, the Saturday that is worked, the feast, Tuesday
        ("2026-09-30", "2026-10-10"),  # the last of the three is a Saturday that is worked
        ("2025-01-24", "2025-02-05"),  # a Sunday that is worked, Monday, and after the feast
        ("2024-10-01", "2024-10-04"),  # a year without a notice here: weekends alone
    ],
)
def test_three_working_days(start: str, end: str) -> None:
    assert county_day(add_working_days(noon(start), 3)).isoformat() == end


def test_a_term_ends_with_its_day_in_the_county() -> None:
    end = add_working_days(datetime(2026, 3, 18, 17, tzinfo=UTC), 1)
    assert end == datetime(2026, 3, 20, 15, 59, 59, tzinfo=UTC), "it is the 19th there already"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-18", "2026-04-20"),  # the 18th is a Saturday
        ("2026-01-31", "2026-02-28"),  # no 31st; a Saturday that is worked
        ("2026-01-16", "2026-02-24"),  # it would end within the feast
        ("2026-12-15", "2027-01-15"),
    ],
)
def test_a_month(start: str, end: str) -> None:
    assert county_day(month_after(noon(start))).isoformat() == end


def test_what_is_known() -> None:
    assert [STATUTORY.known(year) for year in (2024, 2025, 2026, 2027)] == [False, True, True, False]
    assert sum(not day.working and day.day.weekday() < 5 for day in STATUTORY.days.values() if day.day.year == 2026) == 19
    assert all(day.day.weekday() > 4 for day in STATUTORY.days.values() if day.working), "only weekends are made up"


@given(MOMENTS, st.integers(1, 40), CALENDARS)
def test_so_many_were_added_as_lie_between(moment: datetime, count: int, calendar: Calendar) -> None:
    end = add_working_days(moment, count, calendar)
    assert calendar.working(county_day(end)) and end > moment
    assert working_days_between(moment, end, calendar) == count
    assert working_days_between(end, moment, calendar) == -count


@given(MOMENTS, st.integers(1, 20), st.integers(1, 20), CALENDARS)
def test_terms_add_up(moment: datetime, one: int, other: int, calendar: Calendar) -> None:
    assert add_working_days(add_working_days(moment, one, calendar), other, calendar) == add_working_days(moment, one + other, calendar)


@given(MOMENTS, CALENDARS)
def test_a_month_ends_on_a_working_day_and_somebody_is_reminded_on_the_one_before(moment: datetime, calendar: Calendar) -> None:
    end = month_after(moment, calendar)
    assert calendar.working(county_day(end)) and end - moment >= timedelta(days=27)
    begin = remind_from(end, calendar)
    assert calendar.working(county_day(begin)) and working_days_between(begin, end, calendar) == 1


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=20)))
def test_what_is_made_up_happens_in_office_hours_and_in_its_order(moment: datetime, later: timedelta) -> None:
    one, two = in_office(moment), in_office(moment + later)
    assert one <= two
    local = one.astimezone(COUNTY_TIME)
    assert STATUTORY.working(local.date()) and OPENS <= local.time() <= CLOSES
