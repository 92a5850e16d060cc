"""What a node looks after by itself, turn by turn, and what it does when a turn fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cases.actor import Actor
from cases.errors import NotAllowed
from realtime.hub import Hub
from realtime.session import Code
from web.vigil import COMPARE_EVERY, HOURLY, LOOK_EVERY, SEEN_EVERY, Vigil

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Reader:
    def __init__(self, login: str, account: str = "") -> None:
        self.login, self.account, self.address = login, account, "x"
        self.actor = Actor("account", account, "旧")
        self.topics: dict[str, Any] = {}
        self.closed: list[int] = []

    def close(self, code: int, reason: str) -> None:
        self.closed.append(code)


class World:
    """Clock, doors, backplane and source in one."""

    def __init__(self) -> None:
        self.time, self.down = NOON, ""
        self.ended: list[tuple[str, str]] = []
        self.altered_accounts: list[str] = []
        self.compared = self.told = 0
        self.fails = False
        self.noted: list[list[str]] = []
        self.sign_ins = self
        self.actors: dict[str, Actor] = {}
        self.backplane = self
        self.moved: dict[str, int] = {}
        self.asked: list[datetime] = []
        self.hub = Hub(self, self.now, "n")  # type: ignore[arg-type]
        self.vigil = Vigil(self.hub, self, self, None, self)  # type: ignore[arg-type]

    def now(self) -> datetime:
        return self.time

    def problem(self) -> str:
        return self.down

    async def changes_since(self, moment: datetime) -> tuple[list[tuple[str, str]], list[str]]:
        self.asked.append(moment)
        if self.fails:
            raise ConnectionError
        return self.ended, self.altered_accounts

    async def actor_of(self, login: str) -> Actor:
        if login not in self.actors:
            raise NotAllowed("account_disabled", "no longer")
        return self.actors[login]

    async def note(self, logins: list[str]) -> None:
        self.noted.append(logins)

    def tell_live(self) -> None:
        self.told += 1

    def announce_heads(self) -> None:
        return None

    async def compare_with_database(self) -> None:
        self.compared += 1

    async def dossier_of(self, topic: str) -> None:
        return None


async def test_a_sign_in_closes_at_its_end_even_when_the_database_is_away() -> None:
    world = World()
    world.fails = True
    reader = Reader("l1")
    world.hub.readers.add(reader, NOON + timedelta(seconds=5))
    world.vigil.expire()
    assert reader.closed == []
    world.time += timedelta(seconds=5)
    world.vigil.expire()
    assert reader.closed == [Code.SIGNED_OUT]


@pytest.mark.parametrize(("why", "code"), [("signed_out", 4401), ("taken_over", 4409), ("revoked", 4403), ("", 4401)])
async def test_an_end_that_no_announcement_told_is_found(why: str, code: int) -> None:
    world = World()
    reader, other = Reader("l1"), Reader("l2")
    world.hub.readers.add(reader)
    world.hub.readers.add(other)
    world.ended = [("l1", why)]
    await world.vigil.look()
    assert (reader.closed, other.closed) == ([code], [])


async def test_an_altered_account_is_asked_anew_and_a_disabled_one_closed() -> None:
    world = World()
    kept, lost = Reader("l1", "wang"), Reader("l2", "chen")
    world.hub.readers.add(kept)
    world.hub.readers.add(lost)
    world.actors["l1"] = Actor("account", "wang", "新")
    world.altered_accounts = ["wang", "chen"]
    await world.vigil.look()
    assert (kept.actor.name, kept.closed) == ("新", [])
    assert lost.closed == [Code.REVOKED]


async def test_streams_are_compared_often_only_while_the_backplane_is_down() -> None:
    world = World()
    for second in range(int(COMPARE_EVERY)):
        await world.vigil.tick(float(second))
    assert world.compared == 0
    world.down = "Redis does not answer"
    for second in range(int(COMPARE_EVERY), int(COMPARE_EVERY) + 10):
        await world.vigil.tick(float(second))
    assert world.compared == 10 / LOOK_EVERY


async def test_a_look_that_failed_loses_nothing() -> None:
    world = World()
    world.fails = True
    await world.vigil.tick(0.0)
    for second in range(1, 90):
        world.time += timedelta(seconds=1)
        await world.vigil.tick(float(second))
    world.fails = False
    await world.vigil.tick(100.0)
    assert max(world.asked) < NOON, "all that happened since the last good look is asked for"


async def test_who_is_connected_is_noted_once_a_minute() -> None:
    world = World()
    world.hub.readers.add(Reader("l1"))
    for second in range(int(2 * SEEN_EVERY) + 1):
        await world.vigil.tick(float(second))
    assert world.noted == [["l1"], ["l1"]]


async def test_what_takes_files_away_has_its_turn_once_an_hour_and_one_failure_stops_no_other() -> None:
    world, turns = World(), list[str]()

    async def keep() -> int:
        turns.append("keep")
        raise ConnectionError

    async def sweep() -> int:
        turns.append("sweep")
        return 0

    vigil = Vigil(world.hub, world, world, None, world, hourly={"keep": keep, "sweep": sweep})  # type: ignore[arg-type]
    for second in (0.0, HOURLY - 1, HOURLY, HOURLY + 1, 2 * HOURLY):
        await vigil.tick(second)
        await vigil.tick_hourly(second)
    assert turns == ["keep", "sweep"] * 2
