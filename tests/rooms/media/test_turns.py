"""Turns of a worker's rooms."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.turns import REPORT_EVERY, SLOTS, Turns

CHANGES = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=40)


@given(CHANGES)
def test_every_room_has_one_turn_each_round_and_one_report_a_second(changes: list[tuple[bool, int]]) -> None:
    turns, rooms = Turns(), set()
    for comes, number in changes:
        turns.remove(str(number))
        rooms.discard(str(number))
        if comes:
            turns.add(str(number))
            rooms.add(str(number))
        turns.next()
    had: Counter[str] = Counter()
    reported: Counter[str] = Counter()
    begin = turns.step
    while turns.step < begin + SLOTS * REPORT_EVERY:
        for room, reports in turns.next():
            if turns.step <= begin + SLOTS * REPORT_EVERY:
                had[room] += 1
                reported[room] += reports
    assert had == dict.fromkeys(rooms, REPORT_EVERY) and reported == dict.fromkeys(rooms, 1)


@given(st.integers(1, 40))
def test_rooms_are_spread_over_the_interval(count: int) -> None:
    turns = Turns()
    for number in range(count):
        turns.add(str(number))
    begin, sizes = turns.step, []
    while turns.step < begin + SLOTS:
        due = turns.next()
        if turns.step <= begin + SLOTS:
            sizes.append(len(due))
    assert sum(sizes) == count and max(sizes) == -(-count // SLOTS)


def test_without_rooms_a_whole_round_passes() -> None:
    turns = Turns()
    assert turns.next() == [] and turns.step == SLOTS
