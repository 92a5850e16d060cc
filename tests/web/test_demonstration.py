"""What the demonstration makes up: at times at which people work, whenever it is planted."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.calendar import CLOSES, OPENS, STATUTORY
from cases.case import Numbering
from cases.clock import COUNTY_TIME
from web.demonstration import PAST, _past_case
from web.demonstration_followed import followed_case

SUNDAY_NIGHT = datetime(2026, 11, 29, 14, 0, tzinfo=UTC)


def in_office_hours(moment: datetime) -> bool:
    local = moment.astimezone(COUNTY_TIME)
    return STATUTORY.working(local.date()) and OPENS <= local.time() <= CLOSES


@given(st.timedeltas(timedelta(days=-300), timedelta(days=30)), st.integers(), st.integers(0, len(PAST) - 1))
def test_nothing_happened_at_night_or_on_a_day_off(away: timedelta, seed: int, number: int) -> None:
    now = SUNDAY_NIGHT + away
    made = _past_case(random.Random(seed), *PAST[number], now - timedelta(days=3 + number * 1.7))
    case = made(Numbering("k", code="HY-A"), now)[0].case
    moments = [case.reported_at, *(step.at for step in case.history)]
    assert all(in_office_hours(moment) and moment <= now for moment in moments) and moments == sorted(moments)
    assert bool(case.entered_by) == (case.source == "网格员排查"), "what was found on rounds was entered by who found it"


@given(st.timedeltas(timedelta(days=-300), timedelta(days=30)))
def test_nor_in_the_case_that_is_followed(away: timedelta) -> None:
    now = SUNDAY_NIGHT + away
    case = followed_case("139901001", "城关镇", "县调委会")(Numbering("k" * 12, code="HY-A"), now)[0].case
    assert all(in_office_hours(step.at) for step in case.history)
    due = [datetime.fromisoformat(one.due).date() for one in case.performance.obligations]
    assert all(STATUTORY.working(day) for day in due)
    today = now.astimezone(COUNTY_TIME).date()
    assert [day < today for day in due] == [True, False, False], "one is overdue, the others are to come"
