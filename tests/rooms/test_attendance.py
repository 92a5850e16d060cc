"""Who comes to the door, who leaves and who is made to, and what becomes of the floor and of private talks."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from cases.errors import NotAllowed, OutOfTurn
from cases.vocabulary import Consent, SeatRole, SeatState, SessionStage
from rooms import commands as c
from rooms.handling import acknowledge_routes, expire, invite, open_room, taken_over
from rooms.room import routes
from tests.rooms.test_room import NOW, WANG, do, room_with


def test_nobody_is_heard_before_being_admitted() -> None:
    room, _ = open_room("case-r1", "case", WANG, NOW)
    seat, _ = invite(room, c.Invite("case", SeatRole.PARTY, party="p1"), "李某")
    assert routes(room) == {"m": []}
    do(room, seat.id, c.GiveConsent("case", Consent.ONLINE, True))
    do(room, seat.id, c.Knock("case"))
    assert routes(room) == {"m": []}
    do(room, "m", c.Admit("case", seat.id))
    assert routes(room) == {"m": ["s1"], "s1": ["m"]}


def test_without_consent_to_mediation_nobody_gets_into_the_lobby() -> None:
    room, _ = open_room("case-r1", "case", WANG, NOW)
    seat, _ = invite(room, c.Invite("case", SeatRole.PARTY, party="p1"), "李某")
    with pytest.raises(OutOfTurn):
        do(room, seat.id, c.Knock("case"))


def test_an_expert_needs_the_consent_of_all_parties_and_leaves_after_the_minutes() -> None:
    room = room_with(2)
    seat, _ = invite(room, c.Invite("case", SeatRole.EXPERT, name="刘律师", minutes=10), "")
    do(room, "s2", c.GiveConsent("case", Consent.EXPERT, False))
    do(room, seat.id, c.Knock("case"))
    with pytest.raises(OutOfTurn) as refused:
        do(room, "m", c.Admit("case", seat.id))
    assert refused.value.detail["missing"] == ["s2"]
    do(room, "s2", c.GiveConsent("case", Consent.EXPERT, True))
    do(room, "m", c.Admit("case", seat.id))
    assert expire(room, NOW + timedelta(minutes=9)) == []
    assert [h.payload["seat"] for h in expire(room, NOW + timedelta(minutes=10))] == [seat.id]
    assert seat.id not in routes(room)


def test_an_expert_neither_waits_nor_knocks_in_a_stage_of_others() -> None:
    room = room_with(2)
    seat, _ = invite(room, c.Invite("case", SeatRole.EXPERT, name="刘律师", stages=[SessionStage.IDENTITY]), "")
    do(room, seat.id, c.Knock("case"))
    assert seat.state is SeatState.LOBBY
    happened = do(room, "m", c.MoveStage("case", SessionStage.NOTICE))
    assert ("seat.expired", {"seat": seat.id}) in [(h.kind, h.payload) for h in happened]
    assert seat.state is SeatState.LEFT
    with pytest.raises(OutOfTurn) as refused:
        do(room, seat.id, c.Knock("case"))
    assert refused.value.code == "expert_stage"
    do(room, "m", c.MoveStage("case", SessionStage.IDENTITY))
    do(room, seat.id, c.Knock("case"))
    do(room, "m", c.Admit("case", seat.id))
    assert seat.present


def test_a_locked_session_takes_nobody_new_and_everybody_back() -> None:
    room = room_with(2)
    with pytest.raises(NotAllowed):
        do(room, "s1", c.LockRoom("case", True))
    invite(room, c.Invite("case", SeatRole.OBSERVER, name="旁听员"), "")
    invite(room, c.Invite("case", SeatRole.OBSERVER, name="另一位"), "")
    do(room, "o1", c.Knock("case"))
    assert [e.kind for e in do(room, "m", c.LockRoom("case", True))] == ["room.locked"]
    assert do(room, "m", c.LockRoom("case", True)) == []
    before = msgspec.json.encode(room)
    with pytest.raises(OutOfTurn) as refused:
        do(room, "o2", c.Knock("case"))
    assert refused.value.code == "room_locked" and msgspec.json.encode(room) == before
    do(room, "m", c.Admit("case", "o1"))
    for seat in ("s1", "o1"):
        do(room, seat, c.LeaveRoom("case"))
        do(room, seat, c.Knock("case"))
    assert room.seats["s1"].present
    taken_over(room, "s2", NOW)
    do(room, "s2", c.Knock("case"))
    assert room.seats["s2"].state is SeatState.LOBBY, "on another device too, though it is looked at again"
    do(room, "m", c.LockRoom("case", False))
    do(room, "o2", c.Knock("case"))


def test_nobody_outside_is_asked_and_whoever_leaves_is_asked_no_more() -> None:
    room = room_with(2)
    do(room, "m", c.MuteSeat("case", "s2"))
    do(room, "m", c.AskMedia("case", "s2", "audio"))
    do(room, "s2", c.LeaveRoom("case"))
    assert room.seats["s2"].asked == []
    with pytest.raises(OutOfTurn, match="not in the room"):
        do(room, "m", c.AskMedia("case", "s2", "audio"))
    do(room, "s2", c.Knock("case"))
    room.stage = SessionStage.OPTIONS
    do(room, "m", c.OpenCaucus("case", ["s1"]))
    with pytest.raises(OutOfTurn, match="outside"):
        do(room, "m", c.AskMedia("case", "s2", "audio"))


def test_whose_time_is_over_holds_no_floor_and_sits_in_no_private_talk() -> None:
    room = room_with(2, experts=1)
    room.seats["e1"].until = NOW + timedelta(minutes=10)
    do(room, "m", c.GiveFloor("case", "e1"))
    room.stage = SessionStage.STATEMENTS
    do(room, "m", c.OpenCaucus("case", ["s1", "e1"]))
    acknowledge_routes(room, room.epoch, NOW)
    assert [event.kind for event in expire(room, NOW + timedelta(minutes=10))] == ["seat.expired"]
    assert room.floor == "" and room.caucus is not None and "e1" not in room.caucus.seats
