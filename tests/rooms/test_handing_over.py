"""A session whose case is taken over stands empty, and the next lead takes it up without what was told in private to the one before."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cases.actor import Actor
from cases.vocabulary import Role, SeatRole, SeatState, SessionStage
from rooms import record_keeping
from rooms.handing_over import occupied, take_up, vacate
from rooms.handling import open_room, seat_of, standings
from rooms.room import Caucus, Line, PrivateDraft, Room, Seat, routes
from rooms.written_record import Kind, RecordLine

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
CHEN = Actor("account", "chen", "陈调解员", Role.MEDIATOR, "committee", "139901")


def sitting() -> Room:
    room, _ = open_room("k1-r", "k1", WANG, NOW)
    room.seats |= {
        "s1": Seat("s1", SeatRole.PARTY, "李某", SeatState.LEFT, party="p1", known=True),
        "e1": Seat("e1", SeatRole.EXPERT, "赵工"),
    }
    room.stage, room.locked = SessionStage.OPTIONS, True
    room.lines = [Line(1, "m", "我先说明一下", NOW), Line(2, "s1", "好", NOW)]
    room.record.lines = [RecordLine(1, Kind.SAID, "我先说明一下", NOW, "m"), RecordLine(2, Kind.SAID, "好", NOW, "s1")]
    room.private_drafts = [PrivateDraft("k1/k1-c12345678/1", ["m", "s1"], NOW, agreed={"m": "a", "s1": "b"})]
    return room


@pytest.mark.parametrize("state", [SeatState.ADMITTED, SeatState.LOBBY])
@pytest.mark.parametrize("role", [SeatRole.PARTY, SeatRole.EXPERT, SeatRole.OBSERVER, SeatRole.CO_MEDIATOR])
def test_whoever_is_in_it_or_at_its_door_occupies_it(state: SeatState, role: SeatRole) -> None:
    room = sitting()
    online = {"m", "s1", "x"}
    assert not occupied(room, online) and not occupied(None, ()), "the mediator's own seat is there from the opening on"
    room.seats["x"] = Seat("x", role, "某", state)
    assert occupied(room, online) and not occupied(room, {"m"}), "who only closed the page keeps nobody waiting"
    room.seats["x"].revoked = True
    assert not occupied(room, online)
    room.seats["s1"].state, room.caucus = SeatState.ADMITTED, Caucus("k1-c1", ["m", "s1"], NOW)
    assert occupied(room, online) and not occupied(room, {"m"}), "a private talk that was left open keeps nobody waiting either"
    ended, vacated = vacate(room, NOW)
    assert (ended.kind, vacated.kind, room.caucus) == ("caucus.closed", "session.vacated", None)
    room.ended_at = NOW
    assert not occupied(room, online)


def test_vacated_nobody_has_a_seat_in_it() -> None:
    room = sitting()
    assert take_up(room, CHEN, NOW) == [], "as long as its mediator has it"
    (told,) = vacate(room, NOW)
    assert (told.kind, told.payload["seats"]) == ("session.vacated", ["m", "s1", "e1"])
    assert all(seat.revoked for seat in room.seats.values()) and routes(room) == {} and not room.locked
    for actor in (WANG, Actor("seat", "s1", case_id="k1", session_id="k1-r")):
        assert standings(room, actor) == ()
    record_keeping.note(room, [told], NOW)
    assert "提级办理" in room.record.lines[-1].text


def test_the_next_lead_has_the_chair_and_not_what_the_one_before_was_told() -> None:
    room = sitting()
    vacate(room, NOW)
    happened = take_up(room, CHEN, NOW)
    assert [one.kind for one in happened] == ["session.taken_up", "stage.moved"]
    assert (room.stage, next(iter(room.seats)), room.seats["m"].name, room.seats["m1"].name) == (
        SessionStage.IDENTITY,
        "m",
        "陈调解员",
        "王调解员",
    )
    chair = seat_of(room, CHEN)
    assert chair is not None and chair.id == "m" and chair.present and seat_of(room, WANG) is None
    assert [line.seat for line in room.lines] == [line.seat for line in room.record.lines] == ["m1", "s1"]
    assert (room.private_drafts[0].seats, room.private_drafts[0].agreed) == (["m1", "s1"], {"s1": "b"})
    record_keeping.note(room, happened, NOW)
    assert "改由调解员陈调解员主持" in room.record.lines[-2].text and "王调解员" in room.record.lines[-2].text
    assert [person["name"] for person in record_keeping.plain(room)["people"]] == ["陈调解员", "李某", "王调解员"]
    vacate(room, NOW)
    take_up(room, WANG, NOW)
    assert [(seat.id, seat.name) for seat in room.seats.values() if seat.role is SeatRole.MEDIATOR] == [
        ("m", "王调解员"), ("m1", "王调解员"), ("m2", "陈调解员"),
    ]  # fmt: skip
