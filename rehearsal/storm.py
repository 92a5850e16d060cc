"""A storm over the hub: writers write, followers follow, and meanwhile servers are killed, sockets cut, Redis and PostgreSQL crashed.

Afterwards, in the calm, must hold:
* every command that was acknowledged happened exactly once, however often it was sent again;
* every follower has seen every event of its topic in order, none missing and none twice, or was honestly given a fresh snapshot;
* what each follower put together from snapshot and events equals a fresh snapshot.

The seed decides which trouble comes when; times are the machine's, so that a run can be repeated in its troubles but not in its races.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
from websockets.exceptions import WebSocketException

from rehearsal.client import Client, Refused, Visitor
from rehearsal.server import Server, free_port
from rehearsal.services import Postgres, Redis, postgres, redis

TOPIC = "centre/139901"
TYPES = ("邻里", "合同", "物业", "损害赔偿")
WRITERS, FOLLOWERS = 4, 6
CALM_WITHIN = 60.0
ANSWER_WITHIN = 6.0
TROUBLE_EVERY = (0.3, 1.5)
GONE = (OSError, WebSocketException, TimeoutError, httpx.HTTPError)


class Result(msgspec.Struct):
    """What a storm was and what it cost. `faults` empty: nothing was lost and nothing doubled."""

    seed: int
    seconds: float
    nodes: int
    acknowledged: int = 0
    sent: int = 0
    events: int = 0
    resumes: int = 0
    snapshots: int = 0
    troubles: dict[str, int] = {}
    faults: list[str] = []


class Follower:
    """A page that stays: it reconnects with its position, to whichever node, and goes on from there."""

    def __init__(self, storm: Storm, visitor: Visitor) -> None:
        self._storm, self._visitor = storm, visitor
        self.epoch, self.offset = "", 0
        self.doc: dict[str, Any] = {}
        self.client: Client | None = None

    async def run(self) -> None:
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                async with self._storm.connection(self._visitor) as client:
                    await self._follow(client)
            await asyncio.sleep(self._storm.random.uniform(0.02, 0.3))

    async def _follow(self, client: Client) -> None:
        if self.epoch:
            client.docs[TOPIC], client.positions[TOPIC] = self.doc, (self.epoch, self.offset)
        self.client = client
        try:
            while not client.ended:
                client.gone.pop(TOPIC, None)
                asked = self.offset if self.epoch else -1
                snapshots = client.snapshots
                await client.follow(TOPIC, self.epoch, self.offset)
                if client.snapshots == snapshots and asked >= 0:
                    self._storm.result.resumes += 1
                await client.until(lambda: client.ended or TOPIC in client.gone, 3600)
                self._keep(client)
        finally:
            self._keep(client)
            self.client = None
            self._storm.result.events += client.events
            self._storm.result.snapshots += client.snapshots
            if client.repeated:
                self._storm.fault(f"{client.repeated} events came twice")
            if client.broken:
                self._storm.fault(f"a follower stopped: {client.broken}")

    def _keep(self, client: Client) -> None:
        if TOPIC in client.positions:
            self.doc, (self.epoch, self.offset) = client.docs[TOPIC], client.positions[TOPIC]


class Storm:
    def __init__(self, folder: Path, seed: int, nodes: int) -> None:
        self.folder, self.random = folder, random.Random(seed)  # noqa: S311  (which trouble comes when is no secret)
        self.servers: list[Server] = []
        self.result = Result(seed, 0.0, nodes)
        self.troubles: dict[str, Callable[[], Any]] = {"cut sockets": self._cut_sockets, "kill -9 of a node": self._kill}
        self.followers: list[Follower] = []
        self.acknowledged: Counter[str] = Counter()

    def fault(self, sentence: str) -> None:
        self.result.faults.append(sentence)

    # connections

    @contextlib.asynccontextmanager
    async def connection(self, visitor: Visitor) -> AsyncIterator[Client]:
        """To a random node, with the cookies that are good on all."""
        there = Visitor(self.random.choice(self.servers))
        there.http.cookies, there.handle = visitor.http.cookies, visitor.handle
        try:
            async with asyncio.timeout(None) as limit:
                limit.reschedule(asyncio.get_running_loop().time() + ANSWER_WITHIN)
                async with there.connect() as client:
                    limit.reschedule(None)
                    yield client
        finally:
            await there.http.aclose()

    async def _visitor(self) -> Visitor:
        visitor = Visitor(self.servers[0])
        await visitor.open(self.servers[0].links["centre"])
        return visitor

    # what goes on

    async def _write(self, number: int, visitor: Visitor, until: float) -> None:
        """Classify one case of one's own again and again; each command is sent until it is answered, under one key."""
        case, count = await self._report(number), 0
        while time.monotonic() < until:
            count += 1
            key = f"storm-{number}-{count}"
            command = {"t": "classify", "case": case, "dispute_type": TYPES[count % len(TYPES)]}
            while not await self._send(visitor, command, key):
                await asyncio.sleep(self.random.uniform(0.05, 0.3))
                if time.monotonic() > until + CALM_WITHIN:
                    self.fault(f"command {key} was never answered")
                    return
            self.acknowledged[case] += 1
            self.result.acknowledged += 1

    async def _send(self, visitor: Visitor, command: dict[str, Any], key: str) -> bool:
        self.result.sent += 1
        try:
            async with self.connection(visitor) as client:
                await asyncio.wait_for(client.do(command, key), ANSWER_WITHIN)
                return True
        except Refused as refused:
            if refused.code not in {"busy", "storage_away"}:
                self.fault(f"{key} was refused: {refused}")
            return False
        except GONE:
            return False

    async def _report(self, number: int) -> str:
        asked = {"title": f"风暴 {number}", "facts": "楼上漏水。", "region": "139901001", "name": "郑某", "phone": "13800005555"}
        data = {"report": json.dumps(asked, ensure_ascii=False)}
        while True:
            with contextlib.suppress(*GONE):
                async with httpx.AsyncClient(base_url=self.random.choice(self.servers).url, timeout=ANSWER_WITHIN) as http:
                    answer = await http.post("/api/reports", data=data, headers={"Idempotency-Key": f"storm-report-{number}"})
                if answer.status_code == 200:
                    return str(answer.json()["case"])
            await asyncio.sleep(0.3)

    # troubles

    async def _cut_sockets(self) -> None:
        for follower in self.followers:
            if follower.client is not None and self.random.random() < 0.5:
                follower.client.socket.transport.abort()

    async def _kill(self) -> None:
        server = self.random.choice(self.servers)
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        await asyncio.sleep(self.random.uniform(0, 0.5))
        await asyncio.to_thread(server.start)

    async def blow(self, seconds: float) -> Result:
        """The storm, then the calm, then the count."""
        visitor = await self._visitor()
        self.followers = [Follower(self, visitor) for _ in range(FOLLOWERS)]
        began = time.monotonic()
        until = began + seconds
        following = [asyncio.create_task(f.run()) for f in self.followers]
        writing = [asyncio.create_task(self._write(n, visitor, until)) for n in range(WRITERS)]
        try:
            while time.monotonic() < until:
                await asyncio.sleep(self.random.uniform(*TROUBLE_EVERY))
                name = self.random.choice(list(self.troubles))
                self.result.troubles[name] = self.result.troubles.get(name, 0) + 1
                await self.troubles[name]()
            await asyncio.wait_for(asyncio.gather(*writing), CALM_WITHIN + ANSWER_WITHIN * 2)
            await self._calm(visitor)
        finally:
            for task in [*following, *writing]:
                task.cancel()
            await asyncio.gather(*following, *writing, return_exceptions=True)
        self.result.seconds = round(time.monotonic() - began, 1)
        return self.result

    async def _calm(self, visitor: Visitor) -> None:
        """Followers arrive at what a fresh snapshot says."""
        ends = time.monotonic() + CALM_WITHIN
        while True:
            fresh = await self._fresh(visitor)
            seen = [f.client.docs.get(TOPIC) if f.client else None for f in self.followers]
            if fresh is not None and all(doc == fresh for doc in seen):
                return
            if time.monotonic() > ends:
                behind = sum(1 for doc in seen if doc != fresh)
                self.fault(f"{behind} of {len(seen)} followers differ from a fresh snapshot")
                return
            await asyncio.sleep(0.2)

    async def _fresh(self, visitor: Visitor) -> dict[str, Any] | None:
        with contextlib.suppress(*GONE):
            async with self.connection(visitor) as client:
                return await asyncio.wait_for(client.follow(TOPIC), ANSWER_WITHIN)
        return None

    def count(self, entered: dict[str, int]) -> None:
        """`entered`: case → ledger entries of its classification."""
        for case, acknowledged in self.acknowledged.items():
            if entered.get(case, 0) != acknowledged:
                self.fault(f"case {case}: {acknowledged} commands acknowledged, {entered.get(case, 0)} entered in the ledger")


COUNT = "SELECT case_id, count(*) FROM ledger WHERE kind = 'case.classified' GROUP BY case_id"


def on_sqlite(folder: Path, seed: int, seconds: float) -> Result:
    """One node on the embedded database."""
    storm = Storm(folder, seed, 1)
    storm.servers = [Server(folder / "data", free_port()).start()]
    try:
        asyncio.run(storm.blow(seconds))
    finally:
        storm.servers[0].stop()
    with contextlib.closing(sqlite3.connect(folder / "data" / "heyi.sqlite3")) as connection:
        storm.count(dict(connection.execute(COUNT).fetchall()))
    return storm.result


def on_postgres(folder: Path, seed: int, seconds: float) -> Result:
    """Two nodes on one PostgreSQL, joined by Redis; both of these crash too."""
    with postgres() as database, redis() as line, _nodes(folder, database, line) as servers:
        storm = Storm(folder, seed, len(servers))
        storm.servers = servers

        async def crash_redis() -> None:
            line.crash()
            await asyncio.sleep(storm.random.uniform(0.1, 1.0))
            await asyncio.to_thread(line.start)

        async def cut_lines() -> None:
            await asyncio.to_thread(line.cut_lines)

        async def crash_postgres() -> None:
            await asyncio.to_thread(database.crash)
            await asyncio.sleep(storm.random.uniform(0, 0.5))
            await asyncio.to_thread(database.start)

        storm.troubles |= {"crash of Redis": crash_redis, "cut lines to Redis": cut_lines, "crash of PostgreSQL": crash_postgres}
        asyncio.run(storm.blow(seconds))
        storm.count(asyncio.run(_entered(database.url)))
        return storm.result


@contextlib.contextmanager
def _nodes(folder: Path, database: Postgres, line: Redis) -> Iterator[list[Server]]:
    settings = {"HEYI_DATABASE": database.url, "HEYI_REDIS": line.url}
    first = Server(folder / "data", free_port(), **settings).start()
    try:
        shutil.copytree(folder / "data" / "keys", folder / "data2" / "keys")
        second = Server(folder / "data2", free_port(), **settings, HEYI_MEDIA="false").start()
        try:
            yield [first, second]
        finally:
            second.stop()
    finally:
        first.stop()


async def _entered(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0]: row[1] for row in await connection.fetch(COUNT)}
    finally:
        await connection.close()
