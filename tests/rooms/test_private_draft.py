"""Who has the draft of a private talk: while it goes on, afterwards, and in the next one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from cases.errors import Refusal
from cases.vocabulary import SeatRole, SeatState
from rooms.attendance import end_caucus, leave, take_over
from rooms.private_draft import LIMIT, agree, brought, continued, demand_agreed, open_draft, open_for, readable_for
from rooms.room import Room, Seat, close_caucus, open_caucus

NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
DOCUMENT = "agreement/case-c00000001/1"


def session() -> Room:
    room = Room("case-r", "case", NOW)
    for key, role in {"m": "mediator", "s1": "party", "s2": "party", "s3": "party", "e1": "expert"}.items():
        room.seats[key] = Seat(key, SeatRole(role), key, SeatState.ADMITTED, known=True, verified=True)
    return room


def talking(*seats: str) -> Room:
    room = session()
    open_caucus(room, "case-c00000001", list(seats), NOW)
    return room


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code


def opened(room: Room, seat: str = "m", document: str = DOCUMENT, *, afresh: bool = False) -> str:
    return open_draft(room, room.seats[seat], document, NOW, afresh=afresh)[0].document


def test_it_is_for_the_mediator_and_the_parties_inside() -> None:
    room = talking("s1", "e1")
    for seat, code in (("s2", "caucus_waiting"), ("e1", "caucus_waiting")):
        with refused(code):
            opened(room, seat)
    assert opened(room, "s1") == DOCUMENT
    for seat, code in (("s2", "caucus_waiting"), ("e1", "caucus_waiting")):
        with refused(code):  # as when there was none
            opened(room, seat)
    has = {key for key, seat in room.seats.items() if open_for(room, seat) is not None}
    assert has == {"m", "s1"}
    assert {key for key, seat in room.seats.items() if readable_for(room, seat)} == {"m", "s1"}
    for seat in ("s2", "e1"):
        with refused("no_draft"):
            agree(room, room.seats[seat], "d", "d")
    with refused("no_caucus"):
        opened(session())


def test_it_closes_with_the_talk_and_stays_readable_to_those_who_were_inside() -> None:
    room = talking("s1", "s3")
    opened(room)
    happened = end_caucus(room, NOW)
    assert [(one.kind, one.chain) for one in happened] == [("private_draft.closed", "case-c00000001"), ("caucus.closed", "main")]
    assert open_for(room, room.seats["m"]) is None
    assert {key for key, seat in room.seats.items() if readable_for(room, seat)} == {"m", "s1", "s3"}
    # while another talk is on, whoever waits outside of it reads nothing of the session
    open_caucus(room, "case-c00000002", ["s2"], NOW)
    assert {key for key, seat in room.seats.items() if readable_for(room, seat)} == {"m"}
    end_caucus(room, NOW)
    room.seats["s1"].revoked = True
    assert {key for key, seat in room.seats.items() if readable_for(room, seat)} == {"m", "s3"}


def test_whoever_leaves_while_it_goes_on_has_it_no_more_and_whose_leaving_ends_it_keeps_it() -> None:
    room = talking("s1", "s3")
    opened(room)
    leave(room, room.seats["s3"], NOW)
    assert open_for(room, room.seats["s3"]) is None and open_for(room, room.seats["s1"]) is not None
    happened = leave(room, room.seats["s1"], NOW)
    assert [one.kind for one in happened] == ["seat.left", "private_draft.closed", "caucus.closed"]
    for seat in ("s1", "s3"):
        room.seats[seat].state = SeatState.ADMITTED
    assert {key for key, seat in room.seats.items() if readable_for(room, seat)} == {"m", "s1"}


def test_only_the_same_people_go_on_with_it() -> None:
    room = talking("s1")
    opened(room)
    end_caucus(room, NOW)
    for number, (seats, goes_on) in enumerate(((["s2"], False), (["s1", "s3"], False), (["s1"], True)), 2):
        open_caucus(room, f"case-c0000000{number}", seats, NOW)
        assert (continued(room) is not None) == goes_on
        assert (opened(room, document=f"agreement/case-c0000000{number}/1") == DOCUMENT) == goes_on
        end_caucus(room, NOW + timedelta(minutes=number))
    open_caucus(room, "case-c00000005", ["s1"], NOW)
    assert opened(room, document="agreement/case-c00000005/1", afresh=True) == "agreement/case-c00000005/1"
    assert opened(room, "s1", "agreement/case-c00000005/1", afresh=True) == "agreement/case-c00000005/1", "there is one already"


def test_it_is_brought_back_once_every_party_inside_has_agreed_to_exactly_that() -> None:
    room = talking("s1", "s3")
    opened(room)
    m, one, three = (room.seats[key] for key in ("m", "s1", "s3"))
    with refused("draft_changed"):
        agree(room, one, "old", "new")
    assert [event.payload["digest"] for event in agree(room, one, "new", "new")] == ["new"]
    assert agree(room, one, "new", "new") == []
    with refused("not_agreed"):
        demand_agreed(room, m, "new", "new")
    agree(room, three, "new", "new")
    with refused("draft_changed"):
        demand_agreed(room, m, "new", "newer")
    with refused("not_agreed"):
        demand_agreed(room, m, "newer", "newer")
    agree(room, three, "", "")
    with refused("not_agreed"):
        demand_agreed(room, m, "new", "new")
    agree(room, three, "new", "new")
    draft = demand_agreed(room, m, "new", "new")
    brought(room, draft, "new", NOW)
    end_caucus(room, NOW)
    open_caucus(room, "case-c00000002", ["s1", "s3"], NOW)
    assert continued(room) is None, "it is over"


def test_a_consent_is_of_one_talk() -> None:
    room = talking("s1")
    opened(room)
    agree(room, room.seats["s1"], "d", "d")
    end_caucus(room, NOW)
    open_caucus(room, "case-c00000002", ["s1"], NOW)
    opened(room)
    with refused("not_agreed"):
        demand_agreed(room, room.seats["m"], "d", "d")


def test_there_is_a_limit() -> None:
    room = session()
    for number in range(LIMIT + 1):
        open_caucus(room, f"case-c{number:08d}", ["s1"], NOW)
        if number < LIMIT:
            opened(room, document=f"agreement/case-c{number:08d}/1", afresh=True)
        else:
            with refused("too_many_drafts"):
                opened(room, document=f"agreement/case-c{number:08d}/1", afresh=True)
        close_caucus(room)


def test_who_opened_the_seat_on_another_device_reads_none_before_the_card_was_compared() -> None:
    room = talking("s1", "s2")
    opened(room, "s1")
    close_caucus(room)
    assert readable_for(room, room.seats["s1"])
    take_over(room, "s1", NOW)
    assert readable_for(room, room.seats["s1"]) == [] and readable_for(room, room.seats["s2"])
