"""Quiet hours are never broken by an SMS, waits grow up to an hour, and after a day it is over."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clock import COUNTY_TIME
from cases.delivery import GIVEN_UP_AFTER, LONGEST_WAIT, QuietHours, first_try, next_try, parse_quiet_hours, wait_after
from cases.vocabulary import Channel

NIGHT = parse_quiet_hours("22:00-08:00")
MINUTES = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))
HOURS = st.builds(QuietHours, MINUTES, MINUTES)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


def at(hour: int, minute: int = 0, day: int = 4) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=COUNTY_TIME).astimezone(UTC)


def test_the_night_of_the_county() -> None:
    assert [NIGHT.hold(at(*when)) for when in ((21, 59), (22, 0), (0, 0), (7, 59), (8, 0))] == [False, True, True, True, False]
    assert NIGHT.over(at(22, 0)) == at(8, day=5) and NIGHT.over(at(7, 59)) == at(8) and NIGHT.over(at(12)) == at(12)
    noon = parse_quiet_hours("12:00-14:00")
    assert noon.over(at(12, 30)) == at(14) and not noon.hold(at(23))
    assert not any(parse_quiet_hours("00:00-00:00").hold(at(hour)) for hour in range(24))


@pytest.mark.parametrize("text", ["", "22-8", "24:00-08:00", "22:60-08:00", "22:00-08:00 ", "22:00", "２２:00-08:00", "22:00-08:00\n"])
def test_hours_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-08:00"):
        parse_quiet_hours(text)


@given(HOURS, MOMENTS)
def test_an_sms_waits_until_the_first_moment_that_is_not_quiet(quiet: QuietHours, now: datetime) -> None:
    tried = first_try(Channel.SMS, now, quiet)
    assert not quiet.hold(tried) and now <= tried <= now + timedelta(days=1)
    if tried > now:
        assert quiet.hold(now) and quiet.hold(tried - timedelta(microseconds=1))
    for channel in (Channel.PAGE, Channel.EMAIL):
        assert first_try(channel, now, quiet) == now


@given(st.sampled_from(Channel), HOURS, MOMENTS, st.floats(0, 1e9, allow_nan=False), st.integers(0, 3600))
def test_from_the_first_try_to_the_end(channel: Channel, quiet: QuietHours, entered: datetime, after: float, slow: int) -> None:
    """However the other side fails: later and later, at most an hour apart but for quiet hours and what was asked for, never after a day, and never for ever."""
    now, tries, waited = first_try(channel, entered, quiet), 0, timedelta()
    while True:
        tries += 1
        now += timedelta(seconds=slow)  # what the try itself took
        then = next_try(channel, entered, tries, now, quiet, after)
        if then is None:
            break
        assert channel is not Channel.SMS or not quiet.hold(then)
        assert now + wait_after(tries) <= then <= entered + GIVEN_UP_AFTER and tries < 100
        assert wait_after(tries) >= waited
        waited, now = wait_after(tries), then
    least = max(wait_after(tries), timedelta(seconds=min(after, GIVEN_UP_AFTER.total_seconds())))
    assert first_try(channel, now + least, quiet) > entered + GIVEN_UP_AFTER, "given up too early"


def test_the_waits() -> None:
    assert [wait_after(n).total_seconds() for n in (1, 2, 3, 10, 11, 500)] == [5, 10, 20, 2560, 3600, 3600]
    assert wait_after(10**9) == LONGEST_WAIT
