"""A private talk is recorded by itself, only while those inside want it, and nobody outside can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.vocabulary import Consent, SessionStage
from realtime.audience import fragments
from rooms import commands as c
from rooms.handling import acknowledge_routes, taken_over
from rooms.room import Room, caucus_id, is_caucus, recorded, recorded_apart
from tests.rooms.test_room import NOW, do, dossier, room_with


def opening(room: Room, *seats: str) -> None:
    """A private talk whose door is not closed yet."""
    do(room, "m", c.MoveStage("case", SessionStage.NOTICE))
    for seat in ("s1", "s2"):
        do(room, seat, c.ConfirmNotice("case"))
    do(room, "m", c.MoveStage("case", SessionStage.STATEMENTS))
    do(room, "m", c.OpenCaucus("case", list(seats)))


def talking(room: Room, *seats: str) -> list[tuple[str, str]]:
    """A private talk, its door closed. Kind and chain of what happened when it closed."""
    opening(room, *seats)
    return [(event.kind, event.chain) for event in acknowledge_routes(room, room.epoch, NOW)]


def test_nothing_is_recorded_before_the_party_inside_says_so() -> None:
    room = room_with(2)
    assert talking(room, "s1") == [("caucus.private", "main")]
    assert (recorded(room), recorded_apart(room)) == ([], [])
    outside = fragments(dossier(room))["room/case-r1|s2"]
    epoch = room.epoch
    events = do(room, "s1", c.GiveConsent("case", Consent.CAUCUS, True))
    assert [(event.kind, event.chain) for event in events] == [("consent.given", "case-c1"), ("recording.started", "case-c1")]
    assert (recorded(room), recorded_apart(room), room.epoch) == ([], ["m", "s1"], epoch + 1)
    shown = fragments(dossier(room))
    assert shown["room/case-r1|s1"]["caucus"]["recorded"] is True
    assert shown["room/case-r1|s2"] == outside, "whoever waits outside learns nothing of it"
    events = do(room, "s1", c.GiveConsent("case", Consent.CAUCUS, False))
    assert [(event.kind, event.chain) for event in events] == [("consent.withdrawn", "case-c1"), ("recording.stopped", "case-c1")]
    assert events[1].payload == {"reason": "withdrawn"}
    assert recorded_apart(room) == []


def test_it_begins_with_the_closed_door_where_the_party_had_agreed_before() -> None:
    room = room_with(2)
    do(room, "s1", c.GiveConsent("case", Consent.CAUCUS, True))
    opening(room, "s1")
    assert recorded_apart(room) == [], "the door is not closed yet"
    told = [(event.kind, event.chain) for event in acknowledge_routes(room, room.epoch, NOW)]
    assert told == [("caucus.private", "main"), ("recording.started", "case-c1")]
    assert recorded_apart(room) == ["m", "s1"]
    do(room, "m", c.CloseCaucus("case"))
    assert (recorded_apart(room), recorded(room)) == ([], ["m", "s1", "s2"])


@pytest.mark.parametrize("stop", [c.SetRecording("case", False, "rest", "歇一下"), None])
def test_it_needs_the_recording_of_the_session(stop: c.SetRecording | None) -> None:
    room = room_with(2)
    talking(room, "s1")
    do(room, "s1", c.GiveConsent("case", Consent.CAUCUS, True))
    if stop is not None:
        do(room, "m", stop)
    else:
        do(room, "s2", c.GiveConsent("case", Consent.RECORDING, False))
    assert recorded_apart(room) == []


def test_every_party_inside_has_to_agree() -> None:
    room = room_with(2)
    do(room, "s1", c.GiveConsent("case", Consent.CAUCUS, True))
    talking(room, "s1", "s2")
    assert recorded_apart(room) == []
    do(room, "s2", c.GiveConsent("case", Consent.CAUCUS, True))
    assert recorded_apart(room) == ["m", "s1", "s2"]


def test_a_device_that_is_changed_settles_it_as_a_command_does() -> None:
    room = room_with(2)
    do(room, "s1", c.GiveConsent("case", Consent.CAUCUS, True))
    talking(room, "s1", "s2")
    assert recorded_apart(room) == [], "the second party has not agreed"
    # whoever has not agreed opens the seat elsewhere, and waits at the door again
    assert [(event.kind, event.chain) for event in taken_over(room, "s2", NOW)] == [("recording.started", "case-c1")]
    assert recorded_apart(room) == ["m", "s1"]


@given(st.text("0123456789abcdef", min_size=12, max_size=12), st.text("0123456789abcdef", min_size=8, max_size=32))
def test_recordings_of_talks_are_told_by_their_names(case: str, new: str) -> None:
    assert is_caucus(caucus_id(case, new))
    assert not is_caucus(f"{case}-{new[:8]}")
