"""What is shown of what the media workers tell, and what becomes of it when a worker has gone."""

from __future__ import annotations

from typing import Any

import pytest

from rooms.media import protocol
from tests.realtime.simulation import World
from web.media_shown import MediaShown
from web.recording_health import RecordingHealth

pytestmark = pytest.mark.anyio
ROOM = "case-r1"
TOLD: list[protocol.AnyEvent] = [
    protocol.SameRoom(room=ROOM, seat="s1", other="s2"),
    protocol.SameRoom(room=ROOM, seat="s2", other="s1"),
    protocol.Pictures(room=ROOM, seat="s1", shown="none"),
    protocol.QualityChanged(room=ROOM, seat="s1", quality="weak", loss=0.1, rtt=0.5),
    protocol.Speaking(room=ROOM, seat="s2", level=30),
    protocol.Connected(room=ROOM, seat="s1", direction="up"),
    protocol.Disconnected(room=ROOM, seat="s2", direction="down", reason="timeout"),
    protocol.Tracks(room=ROOM, seat="s1", kinds=["audio", "camera"]),
    protocol.RecordingPace(room=ROOM, session=ROOM, pace="losing"),
    protocol.RecordingFailed(room=ROOM, session=ROOM, seat="s1", part="main", directory="", message="full", cause="ENOSPC"),
]


def of(world: World, view: str) -> dict[str, Any]:
    stream = world.hub.streams.all[f"live/{ROOM}|{view}"]
    return stream.doc  # type: ignore[attr-defined, no-any-return]


async def test_everything_that_a_worker_told_is_taken_back_when_another_has_the_room() -> None:
    world = World(2, 0)
    await world.listen()
    health = RecordingHealth()
    health.began(ROOM, ROOM, ["s1"])
    shown = MediaShown(world.hub, world.flags, health)
    before = of(world, "room")
    for event in TOLD:
        health.hear(event)
        shown.hear(event)
    await world.settle()
    seat = of(world, "room")["seats"]["s1"]
    assert seat["echo"] == "s2" and seat["pictures"] == "none" and seat["quality"] == "weak" and of(world, "room")["speaking"] == "s2"
    assert shown.flags[ROOM]["recording_warning"] == "losing"
    shown.begin(ROOM)
    await world.settle()
    assert of(world, "room") == {**before, "recording_failed": "full"}, "presence and the server's own words stay, nothing else does"


async def test_a_room_of_which_nothing_was_told_begins_without_a_word() -> None:
    world = World(1, 0)
    shown = MediaShown(world.hub, world.flags, RecordingHealth())
    shown.begin(ROOM)
    assert shown.flags == {}
