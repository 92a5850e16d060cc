"""When a version is tried again: never too soon, never in step with others, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.delivery import FIRST_WAIT, LONGEST_WAIT
from cases.risk_delivery import CHANCE, GIVEN_UP_AFTER, next_try

ENTERED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@given(st.integers(1, 200), st.floats(0, 1e9), st.floats(0, 1))
def test_a_wait_is_within_its_bounds(failures: int, after: float, chance: float) -> None:
    at = next_try(ENTERED, failures, ENTERED, after, chance)
    assert at is not None
    assert FIRST_WAIT * (1 - CHANCE) <= at - ENTERED <= LONGEST_WAIT
    assert at - ENTERED >= min(timedelta(seconds=after), LONGEST_WAIT)


def test_what_failed_together_does_not_come_back_together() -> None:
    assert next_try(ENTERED, 6, ENTERED, 0, 0.0) != next_try(ENTERED, 6, ENTERED, 0, 1.0)


@given(st.floats(0, 1))
def test_it_doubles_up_to_an_hour_and_ends_after_three_days(chance: float) -> None:
    now, tries = ENTERED, 0
    while (at := next_try(ENTERED, tries + 1, now, 0, chance)) is not None:
        now, tries = at, tries + 1
    assert GIVEN_UP_AFTER - LONGEST_WAIT <= now - ENTERED <= GIVEN_UP_AFTER and 70 < tries < 150
