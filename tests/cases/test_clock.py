from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.clock import LEAP, ClockHealth, midnights, moved_back, rfc3339, witnessed
from cases.ports import Happened

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


@given(moments, st.timedeltas(timedelta(days=-2), timedelta(days=2)))
def test_what_goes_back_by_more_than_nodes_differ_is_a_jump(last: datetime, step: timedelta) -> None:
    jump = moved_back(rfc3339(last), last + step)
    assert (jump is not None) == (-step > LEAP)
    if jump is not None:
        assert jump == {"last": rfc3339(last), "ms": -step // timedelta(milliseconds=1)}


def test_the_first_entry_of_a_chain_follows_nothing() -> None:
    assert moved_back("", datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_the_clock_is_asked_only_where_evidence_begins() -> None:
    def never() -> ClockHealth:
        raise AssertionError

    assert witnessed([Happened("chat.said", {}), Happened("session.opened", {}, "k1")], never) == []
    told = witnessed([Happened("session.opened", {}), Happened("recording.started", {})], lambda: ClockHealth(False))
    assert told == [Happened("clock.checked", {"kept": False, "error_ms": None, "service": ""})]
