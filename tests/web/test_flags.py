"""Who is there and who types: shown to those who may know, gone when it is no longer so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cases.errors import NotAllowed
from realtime.messages import Typing
from rooms import commands as c
from tests.realtime.simulation import CENTRE, Listener, World
from web import flags

pytestmark = pytest.mark.anyio
ROOM, LIVE = "room/case-r1", "live/case-r1"


def shown(world: World, view: str) -> dict[str, Any]:
    stream = world.hub.streams.all.get(f"{LIVE}|{view}")
    return stream.doc.get("seats", {}) if stream else {}  # type: ignore[attr-defined]


def online(world: World, view: str) -> set[str]:
    return {seat for seat, about in shown(world, view).items() if about.get("online")}


async def test_a_person_is_there_once_on_however_many_devices() -> None:
    world = World(2, 0)
    await world.listen()
    assert online(world, "room") == online(world, "mediator") == {"m", "s1", "s2"}
    second = Listener(world.actor("s1"), world)
    world.hub.join(second)
    await world.hub.subscribe(second, ROOM, "", 0)
    world.hub.leave(world.listeners["s1"])
    await world.settle()
    assert online(world, "room") == {"m", "s1", "s2"}
    world.hub.leave(second)
    await world.settle()
    assert online(world, "room") == {"m", "s2"}


async def test_who_waits_in_the_lobby_is_told_to_the_mediator_alone() -> None:
    world = World(2, 0)
    await world.listen()
    await world.do("s2", c.LeaveRoom("case"))
    assert online(world, "mediator") == {"m", "s1", "s2"}
    assert online(world, "room") == {"m", "s1"}
    assert "s2" not in shown(world, "room")


async def test_typing_is_shown_and_goes_out_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "TYPING_SECONDS", 0.05)
    world = World(2, 0)
    await world.listen()
    await world.flags.handle(world.listeners["s1"], Typing("case-r1"))  # type: ignore[arg-type]
    await world.settle()
    assert shown(world, "room")["s1"].get("typing") is True
    async with asyncio.timeout(5):
        while shown(world, "room")["s1"].get("typing"):
            await asyncio.sleep(0.01)
    await world.flags.handle(world.listeners["s1"], Typing("case-r1"))  # type: ignore[arg-type]
    await world.flags.handle(world.listeners["s1"], Typing("case-r1", False))  # type: ignore[arg-type]
    await world.settle()
    assert "typing" not in shown(world, "room")["s1"]
    await world.flags.stop()


async def test_only_who_sits_in_the_room_types_in_it() -> None:
    world = World(2, 0)
    await world.listen()
    stranger = Listener(CENTRE, world)
    with pytest.raises(NotAllowed):
        await world.flags.handle(stranger, Typing("case-r1"))  # type: ignore[arg-type]
    await world.do("s2", c.LeaveRoom("case"))
    with pytest.raises(NotAllowed):
        await world.flags.handle(world.listeners["s2"], Typing("case-r1"))  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        await world.flags.handle(world.listeners["s1"], Typing("case-r9"))  # type: ignore[arg-type]


async def test_a_session_that_ended_leaves_no_flags() -> None:
    world = World(2, 0)
    await world.listen()
    world.flags.tell("case-r1", "media", {"speaking": "s1"})
    await world.settle()
    await world.do("m", c.EndSession("case", "双方分歧较大"))
    assert not [name for name, s in world.hub.streams.all.items() if name.startswith(LIVE) and getattr(s, "doc", None)]


def test_of_seats_keeps_what_tells_of_nobody_and_drops_the_others() -> None:
    said = {"recording_failed": "disk", "speaking": "s1", "seats": {"s1": {"typing": True}, "s2": {"typing": True}}}
    assert flags.of_seats(said, frozenset({"s2"})) == {"recording_failed": "disk", "seats": {"s2": {"typing": True}}}
    assert flags.of_seats(said, frozenset()) == {"recording_failed": "disk"}
