"""Two people at one device: told once, parted when one moves away, and never parted by a private talk."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import Invalid, OutOfTurn
from cases.vocabulary import SeatRole, SessionStage
from rooms import commands as c
from rooms.handling import invite, taken_over
from rooms.room import Room
from rooms.sharing import share, take, together
from tests.rooms.test_room import NOW, do
from tests.rooms.test_room import room_with as seated


def room_with(parties: int) -> Room:
    room = seated(parties)
    room.stage = SessionStage.STATEMENTS
    return room


def test_it_is_told_once_and_for_both() -> None:
    room = room_with(3)
    assert [(event.kind, event.payload) for event in share(room, "s2", "s1")] == [("seat.beside", {"seat": "s2", "with": "s1"})]
    assert share(room, "s2", "s1") == share(room, "s1", "s2") == []
    assert together(room, "s1") == together(room, "s2") == ["s1", "s2"] and together(room, "s3") == ["s3"]
    share(room, "s3", "s2")
    assert together(room, "s3") == ["s1", "s2", "s3"]


def test_a_private_talk_has_both_or_neither() -> None:
    room = room_with(3)
    share(room, "s2", "s1")
    for one in ("s1", "s2"):
        with pytest.raises(OutOfTurn) as refused:
            do(room, "m", c.OpenCaucus("case", [one]))
        assert refused.value.code == "same_device" and room.caucus is None
    do(room, "m", c.OpenCaucus("case", ["s3"]))
    with pytest.raises(OutOfTurn):
        share(room, "s3", "s1")
    do(room, "m", c.CloseCaucus("case"))
    do(room, "m", c.OpenCaucus("case", ["s1", "s2"]))


@pytest.mark.parametrize(("who", "left"), [("s1", ["s2", "s3"]), ("s2", ["s1", "s3"])])
def test_whoever_moves_to_another_device_is_parted_from_the_others(who: str, left: list[str]) -> None:
    room = room_with(3)
    share(room, "s2", "s1")
    share(room, "s3", "s1")
    taken_over(room, who, NOW)
    assert together(room, who) == [who] and together(room, left[0]) == together(room, left[1]) == left


def test_whoever_was_removed_holds_nobody_back() -> None:
    room = room_with(2)
    share(room, "s2", "s1")
    do(room, "m", c.RemoveSeat("case", "s2"))
    do(room, "m", c.OpenCaucus("case", ["s1"]))


def test_whoever_has_left_holds_nobody_back_until_coming_again() -> None:
    room = room_with(2)
    share(room, "s2", "s1")
    do(room, "s2", c.LeaveRoom("case"))
    do(room, "m", c.OpenCaucus("case", ["s1"]))
    do(room, "m", c.CloseCaucus("case"))
    do(room, "s2", c.Knock("case"))
    with pytest.raises(OutOfTurn) as refused:
        do(room, "m", c.OpenCaucus("case", ["s1"]))
    assert refused.value.code == "same_device"


def test_every_hand_over_is_told_once() -> None:
    room = room_with(3)
    assert take(room, "s1") == [], "alone at a device"
    share(room, "s2", "s1")
    for seat in ("s2", "s1", "s2"):
        assert [(one.kind, one.payload) for one in take(room, seat)] == [("seat.handed", {"seat": seat})]
        assert take(room, seat) == [] and [one.id for one in room.seats.values() if one.holds] == [seat]


def test_only_parties_share() -> None:
    room = room_with(2)
    expert, _ = invite(room, c.Invite("case", SeatRole.EXPERT, name="刘律师"), "")
    for pair in (("s1", "m"), ("m", "s1"), ("s1", expert.id), ("s1", "s1")):
        with pytest.raises(Invalid):
            share(room, *pair)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4), st.booleans()), max_size=8), st.sets(st.integers(1, 4), min_size=1))
def test_no_private_talk_ever_parts_a_device(steps: list[tuple[int, int, bool]], chosen: set[int]) -> None:
    room = room_with(4)
    for one, other, moves in steps:
        if one != other:
            share(room, f"s{one}", f"s{other}")
        if moves:
            taken_over(room, f"s{one}", NOW)
            room.seats[f"s{one}"].state = room.seats["m"].state
    for a, b in combinations(room.seats, 2):
        assert (a in together(room, b)) == (b in together(room, a)), "both know it"
    try:
        do(room, "m", c.OpenCaucus("case", [f"s{n}" for n in sorted(chosen)]))
    except OutOfTurn as refused:
        assert refused.code == "same_device"
    caucus = room.caucus
    if caucus is not None:
        inside = set(caucus.seats)
        assert all(set(together(room, seat)) <= inside or seat == "m" for seat in inside), "nobody has left"
