"""Who loses a right loses it at once: also in the middle of a subscription, and on a connection that is open."""

from __future__ import annotations

from typing import Any

import pytest

from cases.actor import Actor
from cases.vocabulary import Role
from realtime.hub import ATTEMPTS
from rooms import commands as c
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
