"""What another node tells of a case is shown when the database has said who may still read it: not before, in order, and lists at once."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from cases.vocabulary import SessionStage
from realtime import audience, patch
from realtime.backplane import Changed, Exchange, Heads, MemoryBackplane, Step
from rooms import commands as c
from rooms.handling import handle
from storage.dossier import Dossier
from tests.realtime.simulation import CENTRE, Listener, World
from web import nodes as nodes_module
from web.nodes import Nodes

pytestmark = pytest.mark.anyio
ROOM = "room/case-r1"


class TwoNodes(World):
    """The room's listeners are on this node; what happens, happens on the other, which announces it. The database can be away."""

    def __init__(self) -> None:
        super().__init__(2, 0)
        self.away, self.asked = False, 0
        self.history: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        exchange = Exchange()
        self.other = MemoryBackplane("other", exchange)
        self.nodes = Nodes(self.hub, MemoryBackplane("here", exchange), lambda committed: "")
        self.followed: list[Dossier] = []
        self.nodes.followers.append(self.followed.append)

    async def begin(self) -> None:
        await self.listen()
        await self.nodes.start()
        await self.other.start(lambda node, announcement: None, lambda: None)
        await self.settle()

    async def dossier_of(self, topic: str) -> Dossier:
        self.asked += 1
        if self.away:
            raise ConnectionError
        return self.dossier

    async def since(self, stream: str, epoch: str, offset: int) -> Any:
        if self.away:
            raise ConnectionError
        return [step for step in self.history.get(stream, []) if step[0] > offset]

    def commit(self, seat: str, command: Any) -> Changed:
        """Carried out on the other node; returns what it announces."""
        before = msgspec.convert(msgspec.to_builtins(self.dossier), Dossier)
        room = self.dossier.room
        assert room is not None
        handle(room, command, self.actor(seat), self.now(), self.dossier.facts(), "case-c1")
        old, new = audience.fragments(before), audience.fragments(self.dossier)
        steps = []
        for name in sorted(old.keys() | new.keys()):
            change = patch.diff(old.get(name, {}), new.get(name, {}))
            if change:
                self.at[name] = self.at.get(name, 0) + 1
                self.history.setdefault(name, []).append((self.at[name], change))
                steps.append(Step(name, "e", self.at[name], change))
        return Changed("case", steps)

    def tell(self, seat: str, command: Any) -> None:
        self.other.announce(self.commit(seat, command))

    async def asked_again(self, times: int) -> None:
        wanted = self.asked + times
        async with asyncio.timeout(5):
            while self.asked < wanted:
                await asyncio.sleep(0)

    async def shown(self, seat: str, text: str) -> None:
        async with asyncio.timeout(5):
            while text.encode() not in self.listeners[seat].heard:
                await asyncio.sleep(0)


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(nodes_module, "RETRY", 0.001)
    world = TwoNodes()
    await world.begin()
    yield world
    await world.nodes.stop()


async def test_nothing_is_shown_while_the_database_does_not_answer(world: TwoNodes) -> None:
    world.away = True
    quiet = world.listeners["s1"].heard
    for number in range(3):
        world.tell("m", c.Say("case", f"第{number}句"))
        await world.asked_again(2)
    assert world.listeners["s1"].heard == quiet
    world.away = False
    await world.shown("s1", "第2句")
    heard = world.listeners["s1"].heard
    places = [heard.index(f"第{number}句".encode()) for number in range(3)]
    assert places == sorted(places), "in the order in which it was told"
    assert all(heard.count(f"第{number}句".encode()) == 1 for number in range(3))
    assert world.followed, "whoever follows other nodes' changes is given the case once it is known"


async def test_who_lost_the_right_meanwhile_is_shown_nothing_of_it(world: TwoNodes) -> None:
    world.away = True
    world.tell("m", c.Say("case", "还在场时说的"))
    await world.asked_again(2)
    world.tell("m", c.RemoveSeat("case", "s2"))
    world.tell("m", c.Say("case", "离开之后说的"))
    await world.asked_again(2)
    world.away = False
    await world.shown("s1", "离开之后说的")
    assert "说的".encode() not in world.listeners["s2"].heard
    assert b"not_permitted" in world.listeners["s2"].heard


async def test_lists_are_shown_at_once_and_other_cases_do_not_wait(world: TwoNodes) -> None:
    centre = Listener(CENTRE, world)
    world.hub.join(centre)
    await world.hub.subscribe(centre, "centre/139901", "", 0)
    world.away = True
    world.tell("m", c.Say("case", "等一等"))
    world.other.announce(Changed("case", [Step("centre/139901|staff", "e", 1, {"cases": {"case": {"title": "新标题"}}})]))
    await world.settle()
    assert "新标题".encode() in centre.heard
    assert "等一等".encode() not in world.listeners["s1"].heard


async def test_what_comes_while_the_answer_is_on_its_way_is_asked_for_again(world: TwoNodes) -> None:
    """The second change arrives after the question about the first was put: that answer says nothing about it."""
    reading, go_on = asyncio.Event(), asyncio.Event()
    answer = world.dossier_of

    async def slow(topic: str) -> Dossier:
        found = msgspec.convert(msgspec.to_builtins(await answer(topic)), Dossier)
        reading.set()
        await go_on.wait()
        return found

    world.dossier_of = slow  # type: ignore[method-assign]
    world.tell("m", c.Say("case", "第一"))
    await reading.wait()
    world.tell("m", c.RemoveSeat("case", "s2"))
    world.tell("m", c.Say("case", "第二"))
    go_on.set()
    await world.shown("s1", "第二")
    assert "第二".encode() not in world.listeners["s2"].heard


async def test_the_rooms_hear_of_what_was_never_announced_when_the_line_is_back(world: TwoNodes) -> None:
    """While the line was down another node opened a private talk: the media worker must separate them, whether or not anybody says more."""
    told: list[Dossier] = []

    async def sessions() -> list[str]:
        return ["case"]

    world.nodes.rooms, world.nodes.sessions = told.append, sessions
    world.dossier.room.stage = SessionStage.OPTIONS  # type: ignore[union-attr]
    world.commit("m", c.OpenCaucus("case", ["s1"]))
    await world.nodes.compare_with_database()
    assert told[-1].room is not None and told[-1].room.caucus is not None


async def test_a_lost_announcement_is_made_good_only_after_asking(world: TwoNodes) -> None:
    """The removal and what followed were never told here; the heads that come later lead into the database, by way of the same question."""
    world.dossier.room.stage = SessionStage.OPTIONS  # type: ignore[union-attr]
    world.tell("m", c.OpenCaucus("case", ["s1", "s2"]))
    await world.settle()
    for seat in ("s1", "s2"):
        await world.hub.subscribe(world.listeners[seat], "caucus/case-c1", "", 0)
    world.commit("m", c.RemoveSeat("case", "s2"))
    world.commit("m", c.Say("case", "只对留下的人说"))
    world.away = True
    world.other.announce(Heads({name: ("e", at) for name, at in world.at.items() if name.startswith(("room/", "caucus/"))}))
    await world.asked_again(2)
    world.away = False
    await world.shown("s1", "只对留下的人说")
    assert "只对留下的人说".encode() not in world.listeners["s2"].heard
