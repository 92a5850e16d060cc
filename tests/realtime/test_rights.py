"""Who loses a right loses it at once: also in the middle of a subscription, and on a connection that is open."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from cases.actor import Actor
from cases.vocabulary import Role
from realtime.hub import ATTEMPTS
from rooms import commands as c
from storage.dossier import Dossier
from tests.realtime.simulation import CENTRE, Listener, World

pytestmark = pytest.mark.anyio
ROOM, LIVE, CASE = "room/case-r1", "live/case-r1", "case/case"


async def test_nothing_is_sent_on_the_strength_of_a_right_that_went_while_we_read() -> None:
    world = World(2, 0)
    await world.listen()
    late = Listener(world.actor("s1"), world)
    world.hub.join(late)
    plain = world.snapshot

    async def removed_meanwhile(stream: str, dossier: Any) -> tuple[str, int, dict[str, Any]]:
        world.snapshot = plain  # type: ignore[method-assign]
        await world.do("m", c.RemoveSeat("case", "s1"))
        return await plain(stream, dossier)

    # A stream that nobody reads yet, so that its document is fetched.
    world.hub.leave(world.listeners["s1"])
    world.hub.drop_idle()
    world.snapshot = removed_meanwhile  # type: ignore[method-assign]
    await world.hub.subscribe(late, ROOM, "", 0)
    assert b"snapshot" not in late.heard
    assert b"not_permitted" in late.heard
    assert late.topics == {}


async def test_a_caucus_that_opens_while_we_read_leaves_the_reader_outside() -> None:
    world = World(2, 0)
    await world.listen()
    world.flags.tell("case-r1", "media", {"speaking": "s1"})
    await world.settle()
    late = Listener(world.actor("s2"), world)
    world.hub.join(late)
    plain, opened = world.dossier_of, []

    async def opened_meanwhile(topic: str) -> Any:
        found = await plain(topic)
        if not opened:
            opened.append(True)
            await world.do("m", c.OpenCaucus("case", ["s1"]))
        return found

    world.dossier.room.stage = "statements"  # type: ignore[union-attr,assignment]
    world.dossier_of = opened_meanwhile  # type: ignore[method-assign]
    await world.hub.subscribe(late, LIVE, "", 0)
    assert b"not_permitted" in late.heard
    assert LIVE not in late.topics


async def test_a_case_that_never_stands_still_is_answered_all_the_same() -> None:
    world = World(2, 0)
    await world.listen()
    late = Listener(CENTRE, world)
    world.hub.join(late)
    plain, count = world.dossier_of, 0

    async def changing(topic: str) -> Any:
        nonlocal count
        found = await plain(topic)
        count += 1
        await world.do("m", c.Say("case", f"{count}"))
        return found

    world.dossier_of = changing  # type: ignore[method-assign]
    await world.hub.subscribe(late, CASE, "", 0)
    assert count >= ATTEMPTS
    assert b"again" in late.heard
    world.dossier_of = plain  # type: ignore[method-assign]
    await world.hub.subscribe(late, CASE, "", 0)
    assert CASE in late.topics


async def test_another_role_keeps_only_what_it_may_read() -> None:
    world = World(2, 0)
    await world.listen()
    centre = world.listeners["centre"]
    assert CASE in centre.topics
    await world.hub.reauthorise(centre, Actor("account", "centre", "周主任", Role.GRID_WORKER, "centre", "139901"))
    assert CASE not in centre.topics
    assert centre.heard.endswith(b"not_permitted")
    mediator = world.listeners["m"]
    await world.hub.reauthorise(mediator, Actor("account", "wang", "王", Role.MEDIATOR, "committee", "139901"))
    assert ROOM in mediator.topics


async def test_a_subscription_in_flight_does_not_outlive_a_change_of_role() -> None:
    world = World(2, 0)
    await world.listen()
    late = Listener(CENTRE, world)
    world.hub.join(late)
    plain = world.snapshot

    async def demoted_meanwhile(stream: str, dossier: Any) -> tuple[str, int, dict[str, Any]]:
        await world.hub.reauthorise(late, Actor("account", "centre", "周主任", Role.MEDIATOR, "centre", "139901"))
        return await plain(stream, dossier)

    world.snapshot = demoted_meanwhile  # type: ignore[method-assign]
    await world.hub.subscribe(late, "centre/139901", "", 0)
    assert late.topics == {}
    assert b"not_permitted" in late.heard


async def test_a_stream_that_is_let_go_while_it_is_read_is_followed_all_the_same() -> None:
    world = World(2, 0)
    late = Listener(CENTRE, world)
    world.hub.join(late)
    plain, times = world.snapshot, []

    async def dropped_meanwhile(stream: str, dossier: Any) -> tuple[str, int, dict[str, Any]]:
        if not times:
            times.append(1)
            world.hub.streams.drop_idle()
        return await plain(stream, dossier)

    world.snapshot = dropped_meanwhile  # type: ignore[method-assign]
    await world.hub.subscribe(late, CASE, "", 0)
    assert world.hub.streams.all[f"{CASE}|staff"] is late.topics[CASE]
    before = len(late.frames)
    world.hub.streams.publish(f"{CASE}|staff", "e", late.topics[CASE].offset + 1, {"title": "新"})
    await world.settle()
    assert len(late.frames) > before


async def test_rights_that_cannot_be_asked_close_the_connection() -> None:
    world = World(2, 0)
    await world.listen()
    centre = world.listeners["centre"]

    async def away(topic: str) -> Any:
        raise ConnectionError

    world.dossier_of = away  # type: ignore[method-assign]
    await world.hub.reauthorise(centre, Actor("account", "centre", "周主任", Role.MEDIATOR, "centre", "139901"))
    assert centre not in world.hub.readers


async def test_a_commit_of_our_own_is_newer_than_what_a_follow_has_read() -> None:
    world = World(2, 0)
    await world.listen()
    plain, times = world.dossier_of, []

    async def committed_meanwhile(topic: str) -> Any:
        found = await plain(topic)
        if not times:
            times.append(1)
            old = msgspec.convert(msgspec.to_builtins(found), Dossier)
            await world.do("m", c.Say("case", "刚刚"))
            return old
        return found

    world.dossier_of = committed_meanwhile  # type: ignore[method-assign]
    followed = await world.hub.revise_case("case", always=True)
    assert followed.room.lines[-1].text == "刚刚"


async def test_two_who_ask_about_a_case_at_once_both_come_to_an_end() -> None:
    """As after a cut, when the line is back and another node says at the same moment that it missed something."""
    world = World(2, 0)
    await world.listen()
    plain = world.dossier_of

    async def from_afar(topic: str) -> Any:
        await asyncio.sleep(0)
        return await plain(topic)

    world.dossier_of = from_afar  # type: ignore[method-assign]
    both = asyncio.gather(world.hub.revise_case("case"), world.hub.revise_case("case"))
    async with asyncio.timeout(5):
        assert [found.case.id for found in await both] == ["case", "case"]
