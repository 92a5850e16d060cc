"""Two windows of one person: the one that asked last has the media of their seat, whatever the other does meanwhile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.windows import Windows

SEAT = ("room", "s1")


class Line:
    """What a window is reached by; two are never the same."""


def test_the_one_before_is_told_and_steps_aside() -> None:
    windows, first, second = Windows[Line](), Line(), Line()
    assert windows.take(SEAT, "a", first) is None
    assert windows.take(SEAT, "a", first) is None, "it publishes, and then it subscribes"
    assert windows.take(SEAT, "b", second) is first
    assert windows.stepped_aside(SEAT, "a")
    assert not windows.stepped_aside(SEAT, "b")
    assert not windows.stepped_aside(("room", "s2"), "a")


def test_a_window_comes_back_over_another_line() -> None:
    windows, first, second = Windows[Line](), Line(), Line()
    windows.take(SEAT, "a", first)
    assert windows.take(SEAT, "a", second) is None, "the old line may not have been noticed as dead"
    windows.left(first)
    assert windows.take(SEAT, "b", Line()) is second


def test_a_window_that_slept_while_another_was_opened_takes_nothing_back() -> None:
    windows, first, second = Windows[Line](), Line(), Line()
    windows.take(SEAT, "a", first)
    windows.left(first)
    assert not windows.stepped_aside(SEAT, "a"), "nobody else has asked yet"
    assert windows.take(SEAT, "b", second) is None, "nobody is there to be told"
    assert windows.stepped_aside(SEAT, "a")


def test_who_does_not_say_which_window_it_is_changes_with_each_line() -> None:
    windows, first, second = Windows[Line](), Line(), Line()
    windows.take(SEAT, "", first)
    assert windows.take(SEAT, "", second) is first
    assert not windows.stepped_aside(SEAT, "")


def test_what_is_remembered_is_bounded() -> None:
    windows = Windows[Line](remembered=3)
    for number in range(10):
        windows.take(SEAT, str(number), Line())
    assert [windows.stepped_aside(SEAT, str(number)) for number in range(10)] == [False] * 6 + [True] * 3 + [False]
    lines = [Line() for _ in range(10)]
    for number, line in enumerate(lines):
        windows.take(("room", str(number)), "a", line)
    for line in lines:
        windows.left(line)
    for number in range(10):
        windows.take(("room", str(number)), "b", Line())
    assert [windows.stepped_aside(("room", str(number)), "a") for number in range(10)] == [False] * 7 + [True] * 3


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["take", "cut"]))))
def test_never_two_windows_that_may_ask(steps: list[tuple[str, str]]) -> None:
    """As the desk uses it: who stepped aside is not heard; whoever is told closes."""
    windows, lines, last = Windows[Line](), dict[str, Line](), ""
    for window, what in steps:
        if what == "cut":
            if line := lines.pop(window, None):
                windows.left(line)
            continue
        if windows.stepped_aside(SEAT, window):
            assert window != last
            continue
        told = windows.take(SEAT, window, lines.setdefault(window, Line()))
        if told is not None:
            assert told is lines.pop(last)
            windows.left(told)
        last = window
        assert [one for one in "abc" if one in lines] == [window]
