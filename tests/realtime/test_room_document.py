"""A session's document: who reads the written record, and that what grows is made once for everybody and only when something is added."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from cases.assistance import Share
from cases.case import Person
from cases.vocabulary import DisputeKind, SeatRole, SeatState, ShareState
from realtime import audience, patch
from rooms.record_keeping import write
from rooms.room import Room, Seat, add_line
from rooms.written_record import Kind
from tests.realtime.simulation import BEGIN, World

ROOM = "room/case-r1"


def session(record: list[str], chat: list[str]) -> tuple[World, Room]:
    world = World(2, 1)
    room = world.dossier.room
    assert room is not None
    for text in record:
        write(room, Kind.WRITTEN, "", text, BEGIN)
    for text in chat:
        add_line(room.lines, room.seats["m"], text, BEGIN)
    return world, room


def test_parties_and_mediator_read_the_written_record_and_nobody_else() -> None:
    world, room = session(["屋檐伸出四十厘米"], ["大家好"])
    shown = audience.fragments(world.dossier)
    for seat in room.seats.values():
        doc = shown[f"{ROOM}|{seat.id}"]
        assert ("record" in doc) == (seat.id in {"m", "s1", "s2"}), seat.id
        assert doc["lines"]["000001"]["text"] == "大家好"
    assert "四十厘米" not in str({name: doc for name, doc in shown.items() if not name.startswith(ROOM)})
    room.seats["s2"].revoked = True
    assert f"{ROOM}|s2" not in audience.fragments(world.dossier)


def test_the_mediator_alone_reads_which_parties_have_no_seat() -> None:
    world, room = session([], [])
    case = world.dossier.case
    case.parties = [*case.parties, Person("p9", "孙某", "respondent")]
    shown = audience.fragments(world.dossier)
    assert shown[f"{ROOM}|m"]["unseated"] == {"p9": {"name": "孙某", "side": "respondent"}}
    assert [name for name, doc in shown.items() if name.startswith(ROOM) and "unseated" in doc] == [f"{ROOM}|m"]
    for seat in room.seats.values():
        if seat.role is SeatRole.PARTY:
            seat.state, seat.revoked = SeatState.REMOVED, True
    told = audience.fragments(world.dossier)[f"{ROOM}|m"]
    assert list(told["unseated"]) == [one.id for one in case.parties], "a seat that was withdrawn is none"


def test_the_mediator_alone_reads_that_a_case_has_nobody_on_a_side() -> None:
    world, _ = session([], [])
    case = world.dossier.case
    shown = audience.fragments(world.dossier)
    assert shown[f"{ROOM}|m"]["sideless"] == ["respondent"]
    assert [name for name, doc in shown.items() if "sideless" in doc] == [f"{ROOM}|m"]
    case.kind = DisputeKind.MATTER
    assert "sideless" not in audience.fragments(world.dossier)[f"{ROOM}|m"], "a livelihood matter has one side"
    case.kind, case.parties = DisputeKind.DISPUTE, [*case.parties, Person("p9", "孙某", "respondent")]
    assert "sideless" not in audience.fragments(world.dossier)[f"{ROOM}|m"]


def test_an_expert_reads_that_a_party_does_not_agree_and_not_which() -> None:
    world, room = session([], [])
    room.seats["e1"].state = SeatState.LOBBY
    assert "not_agreed" not in audience.fragments(world.dossier)[f"{ROOM}|e1"]["own"], "no answer yet is none"
    room.seats["s2"].consents["expert"] = False
    shown = audience.fragments(world.dossier)
    assert shown[f"{ROOM}|e1"]["own"]["not_agreed"] is True and "seats" not in shown[f"{ROOM}|e1"]
    assert shown[f"{ROOM}|m"]["seats"]["s2"]["consents"]["expert"] is False
    assert all("not_agreed" not in shown[f"{ROOM}|{seat}"]["own"] for seat in ("m", "s1", "s2"))
    assert "consents" not in shown[f"{ROOM}|s1"]["seats"]["s2"]


def test_everybody_reads_whose_a_co_mediator_is() -> None:
    world, room = session([], [])
    share = Share(
        "j1", "liulin", "柳林镇人民调解委员会", "地界", "王调解员", BEGIN, state=ShareState.JOINED, account="chen", name="陈调解员"
    )
    world.dossier.case.joint = [share]
    room.seats["a1"] = Seat("a1", SeatRole.CO_MEDIATOR, "陈调解员", SeatState.ADMITTED, party="chen", known=True)
    shown = audience.fragments(world.dossier)
    for reader in ("m", "s1"):
        seats = shown[f"{ROOM}|{reader}"]["seats"]
        assert seats["a1"]["org"] == "柳林镇人民调解委员会" and "org" not in seats["m"]


def test_what_grows_is_one_object_for_all_readers_until_something_is_added() -> None:
    world, room = session(["一", "二"], ["好"])
    before, again = audience.fragments(world.dossier), audience.fragments(copy.deepcopy(world.dossier))
    for part in ("lines", "record"):
        assert len({id(shown[f"{ROOM}|{seat}"][part]) for shown in (before, again) for seat in ("m", "s1", "s2")}) == 1
    write(room, Kind.WRITTEN, "", "三", BEGIN)
    after = audience.fragments(world.dossier)
    assert after[f"{ROOM}|m"]["lines"] is before[f"{ROOM}|m"]["lines"]
    change = patch.diff(before[f"{ROOM}|s1"], after[f"{ROOM}|s1"])
    assert list(change) == ["record"] and list(change["record"]["lines"]) == ["000003"], "the new line alone"
    assert "000003" not in before[f"{ROOM}|s1"]["record"]["lines"], "what was shown before is left as it was"


@given(st.lists(st.text("一二三", min_size=1, max_size=3), max_size=4), st.lists(st.text("一二三", min_size=1, max_size=3), max_size=4))
def test_states_of_equal_length_are_not_taken_for_each_other(one: list[str], other: list[str]) -> None:
    """A command whose transaction fails has made a document of a state that never was."""
    for texts in (one, other):
        world, _ = session(texts, texts)
        doc = audience.fragments(world.dossier)[f"{ROOM}|m"]
        assert [line["text"] for line in doc["record"]["lines"].values()] == texts
        assert [line["text"] for line in doc["lines"].values()] == texts
