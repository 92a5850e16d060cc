from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.clock import midnights

moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  (the strategy adds the zone)


def test_a_day_ends_at_midnight_of_the_county() -> None:
    half_past_eleven = datetime(2026, 3, 13, 15, 30, tzinfo=UTC)
    assert midnights(half_past_eleven, half_past_eleven + timedelta(minutes=29)) == 0
    assert midnights(half_past_eleven, half_past_eleven + timedelta(minutes=30)) == 1


@given(moments, moments, moments)
def test_midnights_add_up_and_turn_round(a: datetime, b: datetime, c: datetime) -> None:
    assert midnights(a, b) + midnights(b, c) == midnights(a, c)
    assert midnights(a, b) == -midnights(b, a)


@given(moments, st.integers(0, 400))
def test_whole_days_are_as_many_midnights(now: datetime, days: int) -> None:
    assert midnights(now, now + timedelta(days=days)) == days
