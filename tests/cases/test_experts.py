"""Entries of the pool: what is taken, what is refused, and when somebody can be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clock import COUNTY_TIME
from cases.errors import Invalid
from cases.experts import FEWEST_RATINGS, Entry, available, away, checked, checked_week, moment_of, tally

LIU = Entry("刘某", "lawyer", "people", "139901", "13800000001", ["邻里", "物业"], ["mandarin", "dialect"], "冀鲁官话", "安和律师事务所")
OFFICE = [[9, 10, 11]] * 5 + [[], []]
MONDAY_NINE = datetime(2026, 3, 16, 1, 0, tzinfo=UTC)
weeks = st.lists(st.lists(st.integers(0, 23), max_size=24), min_size=7, max_size=7)
moments = st.integers(0, 366 * 24 * 60).map(lambda minute: MONDAY_NINE + timedelta(minutes=minute))


def test_an_entry_comes_out_in_normal_form_and_stays_so() -> None:
    entry = checked(
        msgspec.structs.replace(LIU, phone="+86 138-0000-0001", name=" 刘某 ", specialities=["物业", "邻里", "邻里"], week=[[10, 9, 9]] * 7)
    )
    assert (entry.phone, entry.name, entry.specialities, entry.week[0]) == ("13800000001", "刘某", ["邻里", "物业"], [9, 10])
    assert checked(entry) == entry


def test_an_absence_ends_today_or_later() -> None:
    today = date(2026, 3, 16)
    for day in ("2026-03-16", "2026-10-08", ""):
        assert checked(msgspec.structs.replace(LIU, away_until=day), today).away_until == day
    with pytest.raises(Invalid) as over:
        checked(msgspec.structs.replace(LIU, away_until="2026-03-15"), today)
    assert (over.value.code, over.value.detail["field"]) == ("absence_over", "away_until")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": "wizard"}, "expert_choice", "kind"),
        ({"mediation": "<b>people</b>"}, "expert_choice", "mediation"),
        ({"specialities": ["占卜"]}, "expert_choice", "specialities"),
        ({"languages": ["mandarin", "x"]}, "expert_choice", "languages"),
        ({"languages": ["mandarin"] * 50}, "expert_choice", "languages"),
        ({"name": "王" * 10_000}, "too_long", "name"),
        ({"name": "刘\u202e某"}, "name_character", "name"),
        ({"name": "刘😀"}, "name_character", "name"),
        ({"name": "  "}, "name_missing", "name"),
        ({"employer": "所" * 61}, "too_long", "employer"),
        ({"spoken": "话" * 21}, "too_long", "spoken"),
        ({"phone": "12"}, "phone_length", "phone"),
        ({"week": [[24]] + [[]] * 6}, "expert_hours", "week"),
        ({"week": [[-1]] + [[]] * 6}, "expert_hours", "week"),
        ({"week": [[9]] * 8}, "expert_hours", "week"),
        ({"week": [[9] * 25] + [[]] * 6}, "expert_hours", "week"),
        ({"away_until": "2026-02-30"}, "expert_away", "away_until"),
        ({"away_until": "soon"}, "expert_away", "away_until"),
    ],
)
def test_what_is_refused_names_its_field(changes: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(msgspec.structs.replace(LIU, **changes))
    assert (refused.value.code, refused.value.detail["field"]) == (code, field)
    assert len(refused.value.message) < 200, "what was sent is not sent back"


def test_markup_is_text_and_rare_characters_stay() -> None:
    entry = checked(msgspec.structs.replace(LIU, employer="<script>律所</script>", name="𠮷田㛃"))
    assert (entry.employer, entry.name) == ("<script>律所</script>", "𠮷田㛃")


@given(weeks)
def test_a_week_says_the_same_however_it_is_written(week: list[list[int]]) -> None:
    clean = checked_week(week)
    assert [set(day) for day in clean] == [set(day) for day in week] and checked_week(clean) == clean


@given(weeks, moments, st.integers(5, 30))
def test_available_means_in_every_minute(week: list[list[int]], at: datetime, minutes: int) -> None:
    local = at.astimezone(COUNTY_TIME)
    asked = [local + timedelta(minutes=n) for n in range(minutes)]
    assert available(checked_week(week), "", at, minutes) == all(moment.hour in week[moment.weekday()] for moment in asked)


def test_hours_are_the_countys_and_an_absence_has_its_last_day() -> None:
    week = checked_week(OFFICE)
    assert available(week, "", MONDAY_NINE, 30) and not available(week, "", MONDAY_NINE - timedelta(minutes=1), 30)
    assert available(week, "", MONDAY_NINE + timedelta(hours=2, minutes=50), 10)
    assert not available(week, "", MONDAY_NINE + timedelta(hours=2, minutes=51), 10), "into the hour after"
    assert away("2026-03-16", MONDAY_NINE) and not away("2026-03-15", MONDAY_NINE)
    # 00:30 of the 17th in the county is still the 16th in UTC.
    assert not away("2026-03-16", datetime(2026, 3, 16, 16, 30, tzinfo=UTC))
    assert not available(week, "2026-03-16", MONDAY_NINE, 10)


@given(st.integers(0, 9), st.integers(0, 9), st.lists(st.integers(1, 5), max_size=12))
def test_a_mean_is_shown_of_three_ratings_or_more(waiting: int, sessions: int, scores: list[int]) -> None:
    counted = tally(waiting, sessions, scores)
    assert counted.load == waiting + sessions and counted.ratings == len(scores)
    if len(scores) < FEWEST_RATINGS:
        assert counted.mean == 0
    else:
        assert abs(counted.mean - 100 * sum(scores) / len(scores)) <= 0.5


@pytest.mark.parametrize("text", ["", "now", "2026-03-16T09:00", "9999-12-31T23:59:59-23:59", "1999-01-01T00:00Z", "١٢٣"])
def test_moments_that_are_none(text: str) -> None:
    with pytest.raises(Invalid):
        moment_of(text)
