"""What somebody who had a seat is offered of a session that is over: what is there, and what would not be refused."""

from __future__ import annotations

from typing import Any

import pytest

from cases.case import Step
from cases.vocabulary import CaseStage, SeatRole, SessionStage
from realtime import audience
from rooms.record_keeping import write
from rooms.room import OralAgreement
from rooms.written_record import Kind
from tests.realtime.simulation import BEGIN, World

ROOM = "room/case-r1"


def over(stage: CaseStage) -> World:
    world = World(2, 1)
    room, case = world.dossier.room, world.dossier.case
    assert room is not None
    room.ended_at, case.stage = BEGIN, stage
    case.history = [*case.history, Step(CaseStage.ACCEPTED, BEGIN), Step(stage, BEGIN)]
    if stage is CaseStage.AGREED:
        room.stage, case.agreed_at = SessionStage.ARCHIVE, BEGIN
    return world


def told(world: World) -> dict[str, Any]:
    room = world.dossier.room
    assert room is not None
    shown = audience.fragments(world.dossier)
    return {seat.id: shown[f"{ROOM}|{seat.id}"].get("handouts") for seat in room.seats.values() if f"{ROOM}|{seat.id}" in shown}


def test_nothing_while_it_goes_on() -> None:
    assert set(told(World(2, 1)).values()) == {None}


def test_an_agreement_that_is_not_kept_here_is_no_paper_to_be_had() -> None:
    world = over(CaseStage.AGREED)
    found, room = told(world), world.dossier.room
    assert room is not None
    assert found["s1"] == {"agreement": "elsewhere", "certificate": True, "copy": True}
    assert found["m"] == {"agreement": "elsewhere", "certificate": True}, "the office has its bundles on the page of the case"
    others = [seat.id for seat in room.seats.values() if seat.role not in {SeatRole.PARTY, SeatRole.MEDIATOR}]
    assert others and all(found.get(seat) is None for seat in others)


def test_what_was_agreed_by_word_of_mouth_and_what_was_noted() -> None:
    world = over(CaseStage.AGREED)
    room = world.dossier.room
    assert room is not None
    room.oral = OralAgreement(1, "", "", "", "", "", file="ab" * 32)
    write(room, Kind.WRITTEN, "", "屋檐伸出四十厘米", BEGIN)
    assert told(world)["s2"] == {"agreement": "oral", "certificate": True, "record": True, "copy": True}


def test_without_an_agreement_there_is_the_notice_of_the_end() -> None:
    assert told(over(CaseStage.FAILED))["s1"] == {"certificate": True, "copy": True}


@pytest.mark.parametrize("stage", [CaseStage.REPORTED, CaseStage.ACCEPTED])
def test_a_session_that_was_broken_off_while_the_case_goes_on(stage: CaseStage) -> None:
    assert told(over(stage))["s1"] in (None, {}), "an own copy is for when the case has ended"
