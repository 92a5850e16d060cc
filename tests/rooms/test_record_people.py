"""The written record has one entry for each person, whichever seats the person has had."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.acting import Acting, Capacity
from cases.actor import Actor
from cases.errors import OutOfTurn
from cases.vocabulary import Role, SeatRole, SeatState
from realtime.room_document import papers_of
from rooms import attendance, record_keeping
from rooms import commands as c
from rooms.handing_over import take_up, vacate
from rooms.handling import handle, open_room
from rooms.record_people import settled_record, standing_seats
from rooms.room import Facts, Room, Seat, take_seat
from rooms.written_record import Kind

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "anhe", "139901")
CHEN = Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901")


def seated(room: Room, seat: str, party: str, name: str, acts: Acting | None = None) -> None:
    take_seat(room, Seat(seat, SeatRole.PARTY, name, SeatState.ADMITTED, party=party, verified=True, notice=True, known=True, acts=acts))


def do(room: Room, command: object, seat: str) -> None:
    who = WANG if seat == "m" else Actor("seat", seat, case_id="k1", session_id="k1-r")
    record_keeping.note(room, handle(room, command, who, NOW, Facts(), "k1-c1"), NOW)


@pytest.fixture
def room() -> Room:
    room, told = open_room("k1-r", "k1", WANG, NOW)
    record_keeping.note(room, told, NOW)
    seated(room, "s1", "p1", "李某")
    do(room, c.Say("k1", "墙是我的"), "s1")
    do(room, c.ConfirmLines("k1", {"1": 1, "2": 1}), "s1")
    return room


def people(room: Room) -> list[tuple[str, str]]:
    return [(one["seat"], one["name"]) for one in record_keeping.plain(room)["people"]]


def test_a_seat_that_a_new_link_replaced_is_the_same_person(room: Room) -> None:
    attendance.remove(room, "s1", NOW)
    assert people(room) == [("m", "王调解员"), ("s1", "李某")], "who was in it and has no other seat stays"
    seated(room, "s2", "p1", "李某")
    plain = record_keeping.plain(room)
    assert people(room) == [("m", "王调解员"), ("s2", "李某")]
    assert plain["confirmed"] == {"s2": [1, 2]} and plain["lines"][1]["seat"] == "s2"
    told = papers_of(room).record
    assert (told["people"]["s2"], told["confirmed"]) == ({"name": "李某", "role": "party"}, {"s2": {"1": 1, "2": 1}})
    assert told["lines"]["000002"]["seat"] == "s2", "the name of who said it is read by everybody"
    do(room, c.CloseRecord("k1"), "m")
    closed = record_keeping.canonical(room)
    assert room.record.close_reason == "" and people(room) == [("m", "王调解员"), ("s2", "李某")]
    attendance.remove(room, "s2", NOW)
    seated(room, "s3", "p1", "李某")
    assert record_keeping.canonical(room) == closed, "no later seat changes what is closed"


def test_the_later_answer_counts(room: Room) -> None:
    attendance.remove(room, "s1", NOW)
    seated(room, "s2", "p1", "李某")
    do(room, c.ObjectToLine("k1", 2, 1, "不是这样说的"), "s2")
    plain = record_keeping.plain(room)
    assert (plain["confirmed"], plain["objections"]) == ({"s2": [1]}, {"s2": {"2": "不是这样说的"}})
    do(room, c.ConfirmLines("k1", {"2": 1}), "s2")
    plain = record_keeping.plain(room)
    assert (plain["confirmed"], plain["objections"]) == ({"s2": [1, 2]}, {"s2": {}})


def test_who_acts_for_a_party_is_another_person(room: Room) -> None:
    attendance.remove(room, "s1", NOW)
    seated(room, "s2", "p1", "孙某（李某的代理人）", Acting("孙某", "李某", Capacity.AGENT))
    assert [name for _, name in people(room)] == ["王调解员", "李某", "孙某（李某的代理人）"]
    assert record_keeping.plain(room)["confirmed"]["s2"] == []
    with pytest.raises(OutOfTurn):
        do(room, c.CloseRecord("k1"), "m")


def test_taken_over_each_stands_there_once_and_who_led_before_beside(room: Room) -> None:
    room.seats["a1"] = Seat("a1", SeatRole.CO_MEDIATOR, "陈调解员", SeatState.REMOVED, party="chen", known=True, revoked=True)
    vacate(room, NOW)
    take_up(room, CHEN, NOW)
    seated(room, "s2", "p1", "李某")
    assert people(room) == [("m", "陈调解员"), ("s2", "李某"), ("m1", "王调解员")], "who assisted before leads now: once"
    assert (room.seats["m"].org, room.seats["m1"].org) == ("liulin", "anhe")
    assert record_keeping.plain(room)["confirmed"] == {"s2": [1, 2]}


@given(st.lists(st.sampled_from(["confirm", "object", "replace", "say"]), max_size=20))
def test_however_often_a_seat_is_replaced(steps: list[str]) -> None:
    """One entry for the party, under its present seat; each line has the last answer that it gave to it; every line is its person's."""
    room, told = open_room("k1-r", "k1", WANG, NOW)
    record_keeping.note(room, told, NOW)
    seated(room, "s1", "p1", "李某")
    seat, answers = 1, {}
    for step in steps:
        last = room.record.lines[-1].id
        if step == "replace":
            attendance.remove(room, f"s{seat}", NOW)
            seat += 1
            seated(room, f"s{seat}", "p1", "李某")
        elif step == "say":
            record_keeping.write(room, Kind.WRITTEN, f"s{seat}", "一句", NOW)
        else:
            do(room, c.ConfirmLines("k1", {str(last): 1}) if step == "confirm" else c.ObjectToLine("k1", last, 1, "不对"), f"s{seat}")
            answers[last] = step
    kept = copy.deepcopy(room)
    record = settled_record(room)
    assert room == kept, "nothing of the room is changed by reading it"
    now = f"s{seat}"
    assert [one.seat for one in record.people] == ["m", now] and set(standing_seats(room).values()) == {"m", now}
    assert {int(line) for line in record.confirmed.get(now, {})} == {line for line, said in answers.items() if said == "confirm"}
    assert {int(line) for line in record.objections.get(now, {})} == {line for line, said in answers.items() if said == "object"}
    assert {line.seat for line in record.lines} <= {"", now}
