"""Which worker gets another room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.placement import ROOM, Load, least_loaded
from rooms.media.protocol import MAX_ROOMS

LOADS = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.builds(lambda cpu, rooms, fresh: Load(cpu, rooms, min(rooms, fresh)), st.floats(0, 1), st.integers(0, MAX_ROOMS), st.integers(0, 9)),
    max_size=8,
)


@given(LOADS)
def test_a_room_is_given_to_one_that_has_room_and_only_then(loads: dict[str, Load]) -> None:
    chosen = least_loaded(loads)
    if chosen is None:
        assert all(load.rooms >= MAX_ROOMS for load in loads.values())
    else:
        assert loads[chosen].rooms < MAX_ROOMS


@given(st.integers(1, 6), st.integers(0, 40))
def test_rooms_that_come_at_once_are_spread_evenly(workers: int, rooms: int) -> None:
    """Before anything of them can be measured."""
    loads = {str(number): Load() for number in range(workers)}
    for _ in range(rooms):
        chosen = least_loaded(loads)
        assert chosen is not None
        loads[chosen] = Load(0.0, loads[chosen].rooms + 1, loads[chosen].fresh + 1)
    counts = [load.rooms for load in loads.values()]
    assert max(counts) - min(counts) <= 0.05 / ROOM + 1


def test_the_quieter_one_is_taken_though_it_has_more_rooms() -> None:
    assert least_loaded({"a": Load(0.5, 1), "b": Load(0.1, 5)}) == "b"
    assert least_loaded({"a": Load(0.1, 2), "b": Load(0.11, 1)}) == "b"
    assert least_loaded({"a": Load(0.0, MAX_ROOMS), "b": Load(0.9, 3)}) == "b"
    assert least_loaded({}) is None
