"""Whether two microphones stand in one room, told from levels of invented voices."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media.echo import DYNAMICS, ENOUGH, FORGET, LAGS, Echo, Levels

SILENCE = 110


def voice(chance: random.Random, ticks: int, talks: float = 0.8) -> list[int]:
    """Levels of somebody who speaks: syllables of some 100 to 250 ms, rests between words and sentences."""
    levels: list[int] = []
    while len(levels) < ticks:
        if chance.random() > talks:
            levels += [SILENCE] * chance.randint(10, 40)
            continue
        loud, length = chance.randint(18, 45), chance.randint(5, 12)
        levels += [min(127, loud + abs(n - length // 2) * 4) for n in range(length)] + [chance.randint(50, 75)] * chance.randint(1, 4)
    return levels[:ticks]


def suspected(*seats: list[int]) -> list[tuple[str, str]]:
    echo, found = Echo(), []
    for tick, levels in enumerate(zip(*seats, strict=True)):
        echo.hear({f"s{n}": level for n, level in enumerate(levels)})
        if tick % 50 == 49:
            found += echo.judge(tick / 50)[0]
    return found


@given(seed=st.integers(0, 10_000), gain=st.integers(-12, 15), late=st.integers(-6, 6), noise=st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_one_voice_in_two_microphones_is_found_whatever_the_gain(seed: int, gain: int, late: int, noise: int) -> None:
    chance = random.Random(seed)
    first = voice(chance, 1000)
    heard = [SILENCE] * max(0, late) + first[max(0, -late) :] + [SILENCE] * max(0, -late)
    second = [min(127, max(0, level + gain + chance.randint(-noise, noise))) for level in heard[:1000]]
    assert suspected(first, second) == [("s0", "s1")]


@given(seed=st.integers(0, 10_000), talks=st.floats(0.5, 1.0))
@settings(max_examples=40, deadline=None)
def test_people_who_talk_at_once_are_not(seed: int, talks: float) -> None:
    chance = random.Random(seed)
    assert suspected(*(voice(chance, 1500, talks) for _ in range(3))) == []


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_people_who_answer_each_other_are_not(seed: int) -> None:
    chance = random.Random(seed)
    first, second = voice(chance, 1500, 0.95), voice(chance, 1500, 0.95)
    turns = [(tick // chance.randint(90, 110)) % 2 for tick in range(1500)]
    assert (
        suspected(
            [a if t else SILENCE for a, t in zip(first, turns, strict=True)],
            [SILENCE if t else b for b, t in zip(second, turns, strict=True)],
        )
        == []
    )


def test_a_hum_and_silence_are_none() -> None:
    assert suspected([40] * 1500, [42] * 1500) == []
    assert suspected([SILENCE] * 1500, [SILENCE] * 1500) == []
    assert suspected(voice(random.Random(1), 1500), [45] * 1500) == []


def test_it_is_told_once_and_taken_back_when_it_is_over() -> None:
    echo, chance = Echo(), random.Random(7)
    told: list[object] = []
    for second in range(40):
        for level in voice(chance, 50):
            echo.hear({"a": level, "b": min(127, level + 6)} if second < 12 else {"a": level, "b": SILENCE})
        fresh, gone = echo.judge(float(second))
        told += [*fresh, *(("over", *pair) for pair in gone)]
    assert told == [("a", "b"), ("over", "a", "b")]
    assert FORGET < 40 - 12


def test_a_seat_that_is_muted_is_forgotten() -> None:
    echo = Echo()
    for level in voice(random.Random(3), 400):
        echo.hear({"a": level, "b": level})
    echo.forget("b")
    assert echo.judge(1.0) == echo.judge(2.0) == echo.judge(3.0) == ([], [])


LEVELS = st.lists(st.integers(0, 127), max_size=ENOUGH + 30)


@given(LEVELS, LEVELS, st.sampled_from(LAGS))
@settings(max_examples=200, deadline=None)
def test_the_correlation_is_that_of_the_textbook(first: list[int], second: list[int], lag: int) -> None:
    pairs = list(zip(first[max(0, lag) :], second[max(0, -lag) :], strict=False))
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    expected = 0.0
    if len(pairs) >= ENOUGH and min(statistics.pstdev(a), statistics.pstdev(b)) > DYNAMICS:
        expected = statistics.correlation(a, b)
    assert Levels(first).correlation(Levels(second), lag) == pytest.approx(expected, abs=1e-9)
