"""One-time codes, in any order of asking, answering and waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.one_time_code import (
    AGAIN_AFTER,
    LIVES,
    MOST,
    SIGNS_WITHIN,
    TRIES,
    AskedCode,
    answer,
    ask,
    bound_to,
    code_of,
    demand_answered,
    open_to,
    told,
)
from cases.errors import Refusal

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
KEY = b"k" * 32
HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
BOUND = bound_to("case-r1", "s1", 0, 1, "c" * 64, "f" * 64)


def refused(act: object, *arguments: object) -> str:
    with pytest.raises(Refusal) as refusal:
        act(*arguments)  # type: ignore[operator]
    return refusal.value.code


def wrong(asked: AskedCode) -> str:
    return f"{(int(code_of(KEY, asked)) + 1) % 10**6:06}"


@given(HEX, st.binary(min_size=32, max_size=32))
def test_a_code_has_six_digits_and_is_of_the_key(nonce: str, key: bytes) -> None:
    asked = AskedCode(nonce, BOUND, NOW, "screen")
    code = code_of(key, asked)
    assert len(code) == 6 and code.isdigit() and code == code_of(key, asked)
    assert code not in str(told(asked)).replace(":", ""), "what is told of a code is not the code"


@given(
    HEX,
    st.tuples(*[st.sampled_from(["a", "b", "a\nb"])] * 2),
    st.tuples(*[st.integers(0, 3)] * 2),
    st.tuples(*[st.sampled_from(["c", "d"])] * 2),
    st.data(),
)
def test_it_holds_for_exactly_what_it_was_asked_for(
    nonce: str, who: tuple[str, str], which: tuple[int, int], what: tuple[str, str], data: st.DataObject
) -> None:
    bound = bound_to(*who, *which, *what)
    asked = ask(None, bound, nonce, "screen", "", NOW)
    changed = [*who, *which, *what]
    at = data.draw(st.integers(0, 5))
    changed[at] = int(changed[at]) + 1 if at in {2, 3} else f"{changed[at]}x"
    other = bound_to(*changed)  # type: ignore[arg-type]
    assert refused(answer, asked, other, code_of(KEY, asked), KEY, NOW) == "code_not_asked"
    right = answer(asked, bound, code_of(KEY, asked), KEY, NOW)
    demand_answered(right, bound, NOW)
    assert refused(demand_answered, right, other, NOW) == "code_unanswered"


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["ask", "wrong", "right", "second", "minute", "long"]), max_size=60))
def test_any_order(steps: list[str]) -> None:
    """Against the rules as one would say them."""
    now, asked, made, tries, since, good = NOW, None, 0, 0, NOW, False
    for n, step in enumerate(steps):
        match step:
            case "second" | "minute" | "long":
                now += {"second": timedelta(seconds=1), "minute": timedelta(minutes=1), "long": LIVES}[step]
            case "ask":
                if made and now < since + AGAIN_AFTER:
                    assert refused(ask, asked, BOUND, f"{n:032x}", "screen", "", now) == "code_too_soon"
                elif made == MOST:
                    assert refused(ask, asked, BOUND, f"{n:032x}", "screen", "", now) == "code_too_many"
                else:
                    asked = ask(asked, BOUND, f"{n:032x}", "screen", "", now)
                    made, tries, since, good = made + 1, 0, now, False
            case "wrong" | "right":
                code = "000000" if asked is None else code_of(KEY, asked) if step == "right" else wrong(asked)
                if asked is None:
                    assert refused(answer, asked, BOUND, code, KEY, now) == "code_not_asked"
                elif good:
                    assert answer(asked, BOUND, code, KEY, now) == asked
                elif tries == TRIES:
                    assert refused(answer, asked, BOUND, code, KEY, now) == "code_spent"
                elif now >= since + LIVES:
                    assert refused(answer, asked, BOUND, code, KEY, now) == "code_expired"
                else:
                    asked = answer(asked, BOUND, code, KEY, now)
                    good, tries = step == "right", tries + (step == "wrong")
        assert open_to(asked, BOUND, now) == (made > 0 and not good and tries < TRIES and now < since + LIVES)
        if good and now < since + SIGNS_WITHIN:
            demand_answered(asked, BOUND, now)
        else:
            assert refused(demand_answered, asked, BOUND, now) == "code_unanswered"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12a456", "１２３４５６"])
def test_a_code_of_another_shape_costs_no_try(code: str) -> None:
    assert refused(answer, AskedCode("0" * 32, BOUND, NOW, "screen"), BOUND, code, KEY, NOW) == "code_shape"


def test_white_space_is_left_out() -> None:
    asked = AskedCode("0" * 32, BOUND, NOW, "sms")
    code = code_of(KEY, asked)
    assert answer(asked, BOUND, f" {code[:3]} {code[3:]}\n", KEY, NOW).answered_at == NOW
