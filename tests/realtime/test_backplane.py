"""One suite for both backplanes: what one node announces, the others hear, and a cut is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from realtime.backplane import Announcement, Backplane, Changed, Ended, Exchange, Heads, Joined, Live, MemoryBackplane, Missed, Step, unpack
from realtime.redis_backplane import CHANNEL, RedisBackplane
from rehearsal.services import Redis, redis_installed
from rehearsal.services import redis as running

pytestmark = pytest.mark.anyio

ONE_OF_EACH: list[Announcement] = [
    Changed("c1", [Step("case/c1|staff", "e", 1, {"stage": "accepted", "due": None})], "139901"),
    Heads({"case/c1|staff": ("e", 1)}),
    Ended(["l1", "l2"], 4403, "withdrawn"),
    Live("live/r1|room", "typing", {"seats": {"p1": {"typing": True}}}),
    Joined(),
    Missed(),
]


class Node:
    def __init__(self, backplane: Backplane) -> None:
        self.backplane = backplane
        self.heard: list[tuple[str, Announcement]] = []
        self.caught_up = 0

    async def start(self) -> None:
        await self.backplane.start(lambda node, said: self.heard.append((node, said)), self._caught_up)
        await until(lambda: self.caught_up > 0)

    def _caught_up(self) -> None:
        self.caught_up += 1


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    if not redis_installed():
        pytest.skip("redis-server is not installed")
    with running() as server:
        yield server


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.services)])
async def nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[Node]]:
    exchange = Exchange()
    made: list[Backplane]
    if request.param == "memory":
        made = [MemoryBackplane(name, exchange) for name in "abc"]
    else:
        server: Redis = request.getfixturevalue("redis")
        made = [RedisBackplane(name, server.url, "test") for name in "abc"]
    nodes = [Node(backplane) for backplane in made]
    for node in nodes:
        await node.start()
    await until(lambda: not any(n.backplane.problem() for n in nodes))
    for node in nodes:
        node.heard.clear()
    yield nodes
    for node in nodes:
        await node.backplane.stop()


async def test_everything_that_is_announced_is_heard_by_all_others_in_order(nodes: list[Node]) -> None:
    a, b, c = nodes
    for announcement in ONE_OF_EACH:
        a.backplane.announce(announcement)
    expected = [("a", announcement) for announcement in ONE_OF_EACH]
    # A publisher that has just come says `Missed` once by itself; it is not of this test.
    await until(lambda: all([h for h in n.heard if h[0] == "a"][-len(expected) :] == expected for n in (b, c)))
    assert not [h for h in a.heard if h[0] == "a"], "a node hears itself"


async def test_a_node_that_stopped_hears_nothing(nodes: list[Node]) -> None:
    a, b, c = nodes
    await c.backplane.stop()
    before = len(c.heard)
    a.backplane.announce(Joined())
    await until(lambda: ("a", Joined()) in b.heard)
    assert len(c.heard) == before


@pytest.mark.services
async def test_a_cut_line_is_noticed_and_made_again(redis: Redis) -> None:
    a, b = Node(RedisBackplane("a", redis.url, "test")), Node(RedisBackplane("b", redis.url, "test"))
    try:
        await a.start()
        await b.start()
        redis.cut_lines()
        await until(lambda: b.caught_up > 1)
        a.backplane.announce(Joined())
        await until(lambda: ("a", Joined()) in b.heard)
    finally:
        await a.backplane.stop()
        await b.backplane.stop()


@pytest.mark.services
async def test_redis_that_goes_is_a_problem_said_aloud_and_one_that_comes_back_is_used_again() -> None:
    if not redis_installed():
        pytest.skip("redis-server is not installed")
    server = Redis()
    server.start()
    a, b = Node(RedisBackplane("a", server.url, "test")), Node(RedisBackplane("b", server.url, "test"))
    try:
        await a.start()
        await b.start()
        await until(lambda: a.backplane.problem() == "")
        server.crash()
        await until(lambda: "Redis" in a.backplane.problem())
        a.backplane.announce(Joined())  # neither waits nor fails
        caught_up = b.caught_up
        server.start()
        await until(lambda: b.caught_up > caught_up)
        await until(lambda: a.backplane.problem() == "")
        a.backplane.announce(Heads({"s": ("e", 7)}))
        await until(lambda: ("a", Heads({"s": ("e", 7)})) in b.heard)
    finally:
        await a.backplane.stop()
        await b.backplane.stop()
        server.crash()


@pytest.mark.services
async def test_a_message_that_is_not_ours_is_passed_over(redis: Redis) -> None:
    from redis.asyncio import Redis as Client

    a, b = Node(RedisBackplane("a", redis.url, "test")), Node(RedisBackplane("b", redis.url, "test"))
    try:
        await a.start()
        await b.start()
        async with Client.from_url(redis.url) as stranger:
            await stranger.publish(f"{CHANNEL}.test", b"\xc1 not MessagePack")
            await stranger.publish(f"{CHANNEL}.test", b"\x92\xa1x\x81\xa4type\xa7unknown")
        a.backplane.announce(Joined())
        await until(lambda: ("a", Joined()) in b.heard)
    finally:
        await a.backplane.stop()
        await b.backplane.stop()


def test_what_travels_is_read_again() -> None:
    from realtime.backplane import pack

    for announcement in ONE_OF_EACH:
        envelope = unpack(pack("n", announcement))
        assert (envelope.node, envelope.body) == ("n", announcement)


@pytest.mark.services
async def test_two_installations_on_one_redis_do_not_hear_each_other(redis: Redis) -> None:
    ours, theirs = Node(RedisBackplane("a", redis.url, "ours")), Node(RedisBackplane("b", redis.url, "theirs"))
    same = Node(RedisBackplane("c", redis.url, "ours"))
    try:
        for node in (ours, theirs, same):
            await node.start()
        ours.backplane.announce(Heads({"s": ("e", 1)}))
        await until(lambda: ("a", Heads({"s": ("e", 1)})) in same.heard)
        assert theirs.heard == []
    finally:
        for node in (ours, theirs, same):
            await node.backplane.stop()
