"""Who assists at the table: a seat of the own account while the share runs, heard and recorded like others, and no right of the lead's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cases.actor import Actor
from cases.assistance import Share
from cases.errors import Invalid, NotAllowed, Refusal
from cases.vocabulary import SeatRole, SeatState, SessionStage, ShareState, Standing
from realtime.audience import fragments, view_of
from rooms import commands as c
from rooms.co_mediators import follow
from rooms.handling import handle, invite, seat_of, standings
from rooms.room import SEAT_LIMIT, Facts, Room, recorded, routes
from storage.dossier import Dossier
from tests.rooms.test_expert_seats import CHEN, Table
from tests.rooms.test_room import NOW, WANG


def joint(now: datetime = NOW) -> Table:
    table = Table()
    table.case.joint = [
        Share("j1", "liulin", "柳林镇调委会", "两镇", "王调解员", now, ["chen"], state=ShareState.JOINED, account="chen", name="陈调解员")
    ]
    follow(table.case, table.room, NOW)
    return table


def do(room: Room, command: Any, actor: Actor) -> list[Any]:
    return handle(room, command, actor, NOW, Facts(), "case-c1")


def test_the_seat_comes_with_the_share_and_goes_with_it() -> None:
    table = joint()
    assert follow(table.case, table.room, NOW) == [], "one seat"
    seat = seat_of(table.room, CHEN)
    assert seat is not None and (seat.id, seat.role, seat.present) == ("a1", SeatRole.CO_MEDIATOR, False)
    do(table.room, c.LockRoom("k", True), WANG)
    do(table.room, c.Knock("k"), CHEN)
    assert seat.present and standings(table.room, CHEN) == (Standing.ASSISTANT,), (
        "without being let in, though the door is shut to newcomers"
    )
    assert "a1" in routes(table.room)["s1"] and routes(table.room)["a1"]
    assert view_of(CHEN, f"room/{table.room.id}", Dossier(table.case, table.room)) == "a1"
    table.case.joint[0].close(ShareState.RELEASED, NOW)
    kinds = [event.kind for event in follow(table.case, table.room, NOW)]
    assert kinds[:1] == ["seat.left"] and kinds[-1:] == ["seat.removed"]
    assert seat.revoked and seat_of(table.room, CHEN) is None and "a1" not in routes(table.room)
    assert view_of(CHEN, f"room/{table.room.id}", Dossier(table.case, table.room)) is None
    assert f"room/{table.room.id}|a1" not in fragments(Dossier(table.case, table.room))
    with pytest.raises(NotAllowed):
        do(table.room, c.Knock("k"), CHEN)
    table.case.joint[0].state = ShareState.JOINED
    follow(table.case, table.room, NOW)
    assert seat_of(table.room, CHEN).id == "a2"  # type: ignore[union-attr]


def test_the_lead_alone_conducts() -> None:
    table = joint()
    do(table.room, c.Knock("k"), CHEN)
    for command in (
        c.MoveStage("k", SessionStage.NOTICE), c.RemoveSeat("k", "s1"), c.EndSession("k", "算了"), c.GiveFloor("k", "s1"), c.OpenCaucus("k", ["s1"]),
        c.VerifyIdentity("k", "s1"), c.LockRoom("k", True), c.CloseRecord("k"), c.MuteSeat("k", "s1", "audio"),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            do(table.room, command, CHEN)
    do(table.room, c.Say("k", "我补充一句"), CHEN)
    (told,) = do(table.room, c.WriteLine("k", "双方同意看现场"), CHEN)
    assert told.payload["by"] == "a1", "who of the two wrote it"
    with pytest.raises(Invalid) as stays:
        do(table.room, c.RemoveSeat("k", "a1"), WANG)
    assert stays.value.code == "assistant_stays"
    do(table.room, c.LeaveRoom("k"), CHEN)
    assert table.room.seat("a1").state is SeatState.LEFT
    do(table.room, c.Knock("k"), CHEN)
    assert table.room.seat("a1").present


def test_outside_of_a_private_talk_unless_it_is_asked_in() -> None:
    table = joint()
    do(table.room, c.Knock("k"), CHEN)
    table.room.stage = SessionStage.STATEMENTS
    do(table.room, c.OpenCaucus("k", ["s1"]), WANG)
    assert "a1" not in routes(table.room)
    doc = fragments(Dossier(table.case, table.room))[f"room/{table.room.id}|a1"]
    assert "waiting" in doc and "lines" not in doc
    do(table.room, c.CloseCaucus("k"), WANG)
    do(table.room, c.OpenCaucus("k", ["s1", "a1"]), WANG)
    assert "a1" in routes(table.room) and "a1" not in recorded(table.room)
    table.case.joint[0].close(ShareState.LEFT, NOW)
    follow(table.case, table.room, NOW)
    assert table.room.caucus is not None and table.room.caucus.seats == ["m", "s1"] and "a1" not in routes(table.room)


def test_in_a_full_room_the_seat_waits_until_one_is_free() -> None:
    table = Table()
    while len(table.room.seats) < SEAT_LIMIT:
        invite(table.room, c.Invite("k", SeatRole.OBSERVER, name="旁听"), "")
    table.case.joint = joint().case.joint
    assert follow(table.case, table.room, NOW) == [] and seat_of(table.room, CHEN) is None
    do(table.room, c.RemoveSeat("k", "o1"), WANG)
    assert [event.kind for event in follow(table.case, table.room, NOW)] == ["seat.invited"]
    table.room.ended_at = NOW
    table.case.joint[0].close(ShareState.RELEASED, NOW)
    assert follow(table.case, table.room, NOW) == []


def test_nobody_is_invited_to_that_seat_by_a_link() -> None:
    with pytest.raises(Refusal):
        invite(Table().room, c.Invite("k", SeatRole.CO_MEDIATOR, name="某人"), "")
