"""Two real servers on one PostgreSQL and one Redis: what happens on one is seen, refused and counted on the other."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from rehearsal.services import Redis, redis, redis_installed
from tests.schema import Cluster
from tests.serving import Client, Refused, Server, Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.services]
CENTRE = "centre/139901"


class County:
    """The first node has the rooms, the second none."""

    def __init__(self, first: Server, second: Server, redis: Redis, database: str) -> None:
        self.first, self.second, self.redis, self.database = first, second, redis, database

    async def sql(self, statement: str, *values: Any) -> None:
        connection = await asyncpg.connect(self.database)
        try:
            await connection.execute(statement, *values)
        finally:
            await connection.close()


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[County]:
    if not redis_installed():
        pytest.skip("redis-server is not installed")
    folder = tmp_path_factory.mktemp("nodes")
    database = cluster.database()
    with redis() as line:
        settings = {"HEYI_DATABASE": database, "HEYI_REDIS": line.url}
        first = Server(folder / "data", None, **settings).start()
        # A folder of its own with the same keys: what the nodes share here is database and Redis.
        shutil.copytree(folder / "data" / "keys", folder / "data2" / "keys")
        second = Server(folder / "data2", None, **settings, HEYI_MEDIA="false").start()
        try:
            yield County(first, second, line, database)
        finally:
            second.stop()
            first.stop()


@asynccontextmanager
async def at(server: Server, visitor: Visitor) -> AsyncIterator[Client]:
    """The same sign-in at another node: one installation's cookies are good on all of its nodes."""
    there = Visitor(server)
    there.http.cookies.update({c.name: c.value for c in visitor.http.cookies.jar})
    there.handle = visitor.handle
    async with there.connect() as client:
        yield client


async def signed_in(county: County, role: str) -> Visitor:
    visitor = Visitor(county.first)
    await visitor.open(county.first.links[role])
    return visitor


async def report(server: Server, key: str) -> str:
    asked = {"title": "水管漏水", "facts": "楼上水管漏水，要求修好。", "region": "139901001", "name": "郑某", "phone": "13800005555"}
    answer = await Visitor(server).http.post(
        "/api/reports", data={"report": json.dumps(asked, ensure_ascii=False)}, headers={"Idempotency-Key": key}
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["case"])


async def closed_with(client: Client) -> int:
    async with asyncio.timeout(15):
        try:
            while True:
                await asyncio.wait_for(client.socket.wait_closed(), 15)
                return int(client.socket.close_code or 0)
        except ConnectionClosed as closed:
            return int(closed.code)


async def healthy(server: Server) -> tuple[int, str]:
    async with httpx.AsyncClient() as http:
        answer = await http.get(server.url + "/healthz")
    return answer.status_code, answer.text


async def until_health(county: County, wanted: Callable[[int, str], bool], within: float = 30) -> None:
    """Raises `AssertionError` with what both nodes say of themselves when they do not come to it in time."""
    ends = time.monotonic() + within
    while True:
        answers = [await healthy(county.first), await healthy(county.second)]
        if all(wanted(*answer) for answer in answers):
            return
        assert time.monotonic() < ends, answers
        await asyncio.sleep(0.1)


async def test_a_sign_in_that_its_owner_ends_is_closed_on_the_other_node(county: County) -> None:
    kept, lost = await signed_in(county, "centre"), await signed_in(county, "centre")
    async with at(county.second, lost) as closing, at(county.second, kept) as staying:
        rows = (await kept.http.get("/api/sign-ins", headers={"X-Heyi-As": kept.handle})).json()
        own = {row["id"] for row in rows if row["here"]}
        newest = next(row["id"] for row in rows if row["id"] not in own)
        answer = await kept.http.delete(f"/api/sign-ins/{newest}", headers={"X-Heyi-As": kept.handle, "Origin": county.first.url})
        assert answer.status_code == 200
        assert await closed_with(closing) == 4401
        await staying.follow(CENTRE)


async def test_a_change_on_one_node_moves_the_pages_of_the_other(county: County) -> None:
    centre, wang = await signed_in(county, "centre"), await signed_in(county, "mediator")
    wall = await signed_in(county, "wall")
    async with at(county.second, centre) as c, at(county.second, wang) as w, at(county.second, wall) as screen, centre.connect() as here:
        await c.follow(CENTRE)
        await w.follow("desk/wang")
        rung = (await w.follow("bell/wang"))["newest"]
        today = (await screen.follow("wall/139901"))["today"]
        case = await report(county.first, "nodes-report-1")
        await c.until(lambda: case in c.docs[CENTRE]["cases"])
        await screen.until(lambda: screen.docs["wall/139901"]["today"] == today + 1)
        await here.do({"t": "classify", "case": case, "dispute_type": "损害赔偿"})
        await here.do({"t": "dispatch", "case": case, "to": ["wang", "chen"]})
        await w.until(lambda: case in w.docs["desk/wang"].get("orders", {}))
        await w.until(lambda: w.docs["bell/wang"]["newest"] > rung)
        await w.do({"t": "accept", "case": case})
        await c.until(lambda: c.docs[CENTRE]["cases"][case]["stage"] == "accepted")
        fresh = await here.follow(CENTRE)
        assert fresh == c.docs[CENTRE], "old snapshot + events = fresh snapshot, on different nodes"


async def test_two_accept_on_two_nodes_and_one_wins(county: County) -> None:
    centre, wang, chen = [await signed_in(county, role) for role in ("centre", "mediator", "second mediator")]
    async with centre.connect() as c, wang.connect() as w, at(county.second, chen) as e:
        for round_ in range(5):
            case = await report(county.second, f"nodes-race-{round_}")
            await c.do({"t": "classify", "case": case, "dispute_type": "损害赔偿"})
            await c.do({"t": "dispatch", "case": case, "to": ["wang", "chen"]})
            answers = await asyncio.gather(*(x.do({"t": "accept", "case": case}) for x in (w, e)), return_exceptions=True)
            assert sorted(type(a).__name__ for a in answers) == ["Refused", "dict"]


async def test_nothing_is_lost_while_redis_is_away_and_when_lines_are_cut(county: County) -> None:
    centre = await signed_in(county, "centre")
    async with at(county.second, centre) as there, centre.connect() as here:
        await there.follow(CENTRE)
        await here.follow(CENTRE)
        case = await report(county.first, "nodes-redis-0")
        county.redis.cut_lines()
        for number in range(5):
            await here.do({"t": "classify", "case": case, "dispute_type": ["邻里", "合同"][number % 2]})
        last = await report(county.first, "nodes-redis-1")
        await there.until(lambda: last in there.docs[CENTRE]["cases"], 20)

        county.redis.crash()
        # A node notices a silent line when it uses it: both say so, and go on.
        without = await report(county.first, "nodes-redis-2")
        await there.until(lambda: without in there.docs[CENTRE]["cases"], 20)
        await until_health(county, lambda code, text: code == 503 and "Redis" in text)
        back = await report(county.second, "nodes-redis-3")
        await here.until(lambda: back in here.docs[CENTRE]["cases"], 20)

        county.redis.start()
        await until_health(county, lambda code, text: code == 200)
        again = await report(county.first, "nodes-redis-4")
        await there.until(lambda: again in there.docs[CENTRE]["cases"])
        assert there.docs[CENTRE] == await here.follow(CENTRE)


async def test_a_sign_out_closes_the_other_node_too(county: County) -> None:
    centre = await signed_in(county, "centre")
    async with at(county.second, centre) as there:
        await there.follow(CENTRE)
        await centre.http.post("/api/sign-out", params={"as": centre.handle})
        assert await closed_with(there) == 4401


async def test_presence_counts_people_on_all_nodes_once(county: County) -> None:
    centre, wang = await signed_in(county, "centre"), await signed_in(county, "mediator")
    case = await report(county.first, "nodes-presence")
    async with centre.connect() as c, at(county.second, wang) as w:
        await c.do({"t": "classify", "case": case, "dispute_type": "邻里"})
        await c.do({"t": "dispatch", "case": case, "to": ["wang"]})
        await w.do({"t": "accept", "case": case})
        await c.follow(f"case/{case}")
        await c.follow(f"here/{case}")
        await w.follow(f"case/{case}")
        both = {"centre": "周主任", "wang": "王调解员"}
        await c.until(lambda: c.docs[f"here/{case}"].get("people") == both)
        async with centre.connect() as tab, at(county.second, centre) as device:
            for other in (tab, device):
                await other.follow(f"case/{case}")
                await other.follow(f"here/{case}")
                await other.until(lambda other=other: other.docs[f"here/{case}"].get("people") == both)
        await w.send({"t": "unsubscribe", "topic": f"case/{case}"})
        await c.until(lambda: c.docs[f"here/{case}"].get("people") == {"centre": "周主任"})


async def test_rights_that_change_are_followed_by_open_connections(county: County) -> None:
    chen = await signed_in(county, "second mediator")
    try:
        async with at(county.second, chen) as there:
            await there.follow("desk/chen")
            # As `run.py account chen --role centre` does, from a process of its own.
            await county.sql("UPDATE account SET role = 'centre', changed_at = now() WHERE id = 'chen'")
            await there.until(lambda: there.gone.get("desk/chen") == "not_permitted")
            assert await there.follow(CENTRE), "the new right works on the open connection"
            await county.sql("UPDATE account SET disabled = true, changed_at = now() WHERE id = 'chen'")
            assert await closed_with(there) == 4403
        with pytest.raises(Refused) as refused:
            await signed_in(county, "second mediator")
        assert refused.value.code == "account_disabled"
    finally:
        await county.sql("UPDATE account SET role = 'mediator', disabled = false, changed_at = now() WHERE id = 'chen'")


async def test_a_sign_in_that_expires_is_closed(county: County) -> None:
    centre = await signed_in(county, "centre")
    # Expiry is read at the handshake: this sign-in has two seconds left.
    login = next(c.value for c in centre.http.cookies.jar).partition(".")[0]
    await county.sql("UPDATE login SET expires_at = now() + interval '2 seconds' WHERE id = $1", login)
    async with centre.connect() as here:
        await here.follow(CENTRE)
        assert await closed_with(here) == 4401


async def test_rooms_are_refused_where_there_are_none(county: County) -> None:
    wang = await signed_in(county, "mediator")
    async with at(county.second, wang) as there:
        rows = (await there.follow("desk/wang"))["cases"]
        session = next(s for s in [(await there.follow(f"case/{c}")).get("session") for c in list(rows)[:20]] if s)
        with pytest.raises(Refused) as refused:
            await there.request({"t": "ask", "what": "publish", "session": session, "sdp": "v=0"})
        assert refused.value.code == "media_elsewhere"


async def test_a_node_that_is_killed_is_forgotten_and_one_that_comes_back_catches_up(county: County) -> None:
    centre = await signed_in(county, "centre")
    async with centre.connect() as here:
        await here.follow(CENTRE)
        county.second.stop(signal.SIGKILL)
        case = await report(county.first, "nodes-killed")
        await here.until(lambda: case in here.docs[CENTRE]["cases"])
        county.second.start()
        async with at(county.second, centre) as there:
            assert await there.follow(CENTRE) == here.docs[CENTRE]
            later = await report(county.first, "nodes-later")
            await there.until(lambda: later in there.docs[CENTRE]["cases"])
