"""The map from page to picture: what made a picture is found again from points of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements import perspective

SQUARE = [(0.0, 0.0), (210.0, 0.0), (210.0, 297.0), (0.0, 297.0)]
OTHERS = [(8.0, 8.0), (202.0, 20.0), (105.0, 148.0), (30.0, 289.0)]
corner = st.tuples(st.floats(-120, 120), st.floats(-120, 120))


def view_at(moved, turn=0):
    base = [(300.0, 300.0), (2100.0, 300.0), (2100.0, 2800.0), (300.0, 2800.0)]
    seen = [(x + dx, y + dy) for (x, y), (dx, dy) in zip(base, moved, strict=True)]
    return list(zip(SQUARE, seen[turn:] + seen[:turn], strict=True))


@settings(max_examples=60, deadline=None)
@given(st.tuples(corner, corner, corner, corner), st.integers(0, 3))
def test_a_view_is_found_again_and_turns_back(moved, turn):
    pairs = view_at(moved, turn)
    view = perspective.fit(pairs)
    assert perspective.worst(view, pairs) < 1e-4
    more = [(at, perspective.apply(view, at)) for at in SQUARE + OTHERS]
    assert perspective.worst(perspective.fit(more), more) < 1e-4
    back = perspective.fit([(seen, at) for at, seen in more])
    assert perspective.worst(back, [(seen, at) for at, seen in more]) < 1e-4
    assert not perspective.turns_over([seen for _, seen in more[:4]])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=8, max_size=8))
def test_small_errors_of_the_points_stay_small(errors):
    view = perspective.fit(view_at([(40, -20), (10, 60), (-70, 0), (0, 30)]))
    exact = [(at, perspective.apply(view, at)) for at in SQUARE + OTHERS]
    shaken = [(at, (x + dx, y + dy)) for (at, (x, y)), (dx, dy) in zip(exact, errors, strict=True)]
    assert perspective.worst(perspective.fit(shaken), exact) < 8


@pytest.mark.parametrize("points", [SQUARE[:3], [(0.0, float(n)) for n in range(4)], [(5.0, 5.0)] * 4])
def test_points_that_show_no_page(points):
    with pytest.raises(perspective.NoSuchView):
        perspective.fit(list(zip(points, SQUARE, strict=False)))


def test_a_mirrored_page():
    assert perspective.turns_over([(x, -y) for x, y in SQUARE])
