"""Who is seen when not everybody can be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.allocation import FIRST, LARGE, NOMINAL, SMALL, SPEAKER, Picture, allocate

TWO = (120_000, 600_000)


def picture(key: str, priority: int = SMALL, rates: tuple[int | None, ...] = TWO, largest: int = 1, now: int | None = None) -> Picture:
    return Picture(key, priority, rates, largest, now)


def test_everybody_is_small_before_anybody_is_large() -> None:
    pictures = [picture("a"), picture("b", SPEAKER), picture("c", FIRST)]
    assert allocate(5_000_000, pictures).layers == {"a": 1, "b": 1, "c": 1}
    assert allocate(950_000, pictures).layers == {"a": 0, "b": 0, "c": 1}
    assert allocate(300_000, pictures).layers == {"a": None, "b": 0, "c": 0}
    narrow = allocate(150_000, pictures)
    assert narrow.layers == {"a": None, "b": None, "c": 0} and narrow.next is not None
    assert allocate(20_000, pictures).layers == dict.fromkeys("abc")


def test_a_window_bounds_a_picture_and_a_missing_layer_is_stepped_over() -> None:
    assert allocate(9_000_000, [picture("a", largest=0)]).layers == {"a": 0}
    assert allocate(9_000_000, [picture("a", largest=0)]).next is None
    assert allocate(9_000_000, [picture("a", rates=(None, 500_000), largest=0)]).layers == {"a": 1}
    assert allocate(9_000_000, [picture("a", rates=(100_000, None))]).layers == {"a": 0}
    assert allocate(9_000_000, [picture("a", rates=(None, None))]).layers == {"a": None}
    assert allocate(NOMINAL[0], [picture("a", rates=(0, 0), now=0)]).layers == {"a": 0}


def test_a_step_up_needs_room_and_staying_does_not() -> None:
    assert allocate(600_000, [picture("a", LARGE, now=0)]).layers == {"a": 0}
    assert allocate(600_000, [picture("a", LARGE, now=1)]).layers == {"a": 1}
    assert allocate(660_000, [picture("a", LARGE, now=0)]).layers == {"a": 1}


PICTURES = st.lists(
    st.builds(
        Picture,
        key=st.integers(0, 1_000_000),
        priority=st.sampled_from([FIRST, SPEAKER, LARGE, SMALL]),
        rates=st.lists(st.none() | st.integers(0, 2_000_000), min_size=1, max_size=3).map(tuple),
        largest=st.integers(0, 2),
        now=st.none() | st.integers(0, 2),
    ),
    max_size=9,
    unique_by=lambda p: p.key,
)


@given(budget=st.integers(0, 6_000_000), pictures=PICTURES)
def test_the_budget_is_kept_and_nothing_is_chosen_that_is_not_sent(budget: int, pictures: list[Picture]) -> None:
    found = allocate(budget, pictures)
    assert found.layers.keys() == {p.key for p in pictures}
    assert found.total <= budget
    assert found.next is None or found.next > budget
    for p in pictures:
        layer = found.layers[p.key]
        assert layer is None or layer in p.sent


@given(budget=st.integers(0, 3_000_000), more=st.integers(0, 3_000_000), pictures=PICTURES)
def test_the_first_never_loses_by_a_wider_line(budget: int, more: int, pictures: list[Picture]) -> None:
    if not pictures:
        return
    first = min(pictures, key=lambda p: (p.priority, p.now is None, not p.lately))
    narrow, wide = allocate(budget, [first]).layers[first.key], allocate(budget + more, pictures).layers[first.key]
    assert narrow is None or wide is not None
