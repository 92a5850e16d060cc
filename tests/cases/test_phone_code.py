"""Codes to telephones: however they are asked for and answered, guessing stays hopeless and a code is good once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import Invalid, TooMuch
from cases.phone_code import AGAIN_AFTER, LIVES, MOST, TRIES, WINDOW, PhoneCode, answer, ask, digits_of, fresh_code, holds

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "right", "wrong"]), st.integers(0, 400).map(lambda seconds: timedelta(seconds=seconds))), max_size=120
)


@given(STEPS)
def test_of_any_course_no_more_is_looked_at_than_the_rules_say(steps: list[tuple[str, timedelta]]) -> None:
    code, now, looked, asked_in_day = None, NOW, 0, []
    for number, (step, wait) in enumerate(steps):
        now += wait
        if step == "ask":
            try:
                fresh = ask(code, f"h{number}", now)
            except TooMuch as refusal:
                assert refusal.code in {"code_too_soon", "phone_codes_spent"} and code is not None
                continue
            assert code is None or code.answered or now >= code.asked_at + AGAIN_AFTER or now >= code.since + WINDOW
            asked_in_day = [at for at in asked_in_day if at >= fresh.since] + [now]
            assert len(asked_in_day) == fresh.count <= MOST
            code, looked = fresh, 0
            continue
        before = code
        code, right = answer(code, code.hash if code and step == "right" else "no", now)
        if right:
            assert before is not None and holds(before, now) and step == "right"
        if before is not None and code is not None and code.tries > before.tries:
            looked += 1
        assert looked <= TRIES
        assert code is None or not holds(code, code.asked_at + LIVES)


def test_a_code_is_good_once_and_another_follows_at_once() -> None:
    first = ask(None, "a", NOW)
    used, right = answer(first, "a", NOW)
    assert right and answer(used, "a", NOW) == (used, False)
    assert ask(used, "b", NOW).count == 2, "whoever has answered need not wait"
    with pytest.raises(TooMuch) as soon:
        ask(first, "b", NOW + timedelta(seconds=1))
    assert (soon.value.code, soon.value.detail["seconds"]) == ("code_too_soon", 60)


def test_five_wrong_ones_end_it_and_nothing_says_which_it_was() -> None:
    code: PhoneCode | None = ask(None, "a", NOW)
    for _ in range(TRIES):
        code, right = answer(code, "b", NOW)
        assert not right
    assert answer(code, "a", NOW)[1] is False
    assert answer(ask(None, "a", NOW), "a", NOW + LIVES)[1] is False
    assert answer(None, "a", NOW) == (None, False)


def test_ten_a_day() -> None:
    code, now = ask(None, "a", NOW), NOW
    for _ in range(MOST - 1):
        now += AGAIN_AFTER
        code = ask(code, "a", now)
    with pytest.raises(TooMuch) as spent:
        ask(code, "a", now + AGAIN_AFTER)
    assert (spent.value.code, spent.value.detail) == ("phone_codes_spent", {"limit": MOST, "hours": 24})
    assert ask(code, "a", NOW + WINDOW).count == 1


def test_digits() -> None:
    assert {len(fresh_code()) for _ in range(50)} == {6}
    assert digits_of(" 012 345\u3000") == digits_of("０１２３４５") == "012345"
    for wrong in ("12345", "1234567", "１２３４５", "12a456", ""):
        with pytest.raises(Invalid, match="6 digits"):
            digits_of(wrong)
