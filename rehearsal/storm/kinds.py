"""The installations over which storms blow: one node on the embedded database, and two on PostgreSQL joined by Redis."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import time
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import asyncpg

from rehearsal.server import Server, free_port
from rehearsal.services import Postgres, Redis, postgres, redis
from rehearsal.storm.centre import Centre
from rehearsal.storm.drafting import Drafting
from rehearsal.storm.ground import Ground, Result
from rehearsal.storm.presence import Presence
from rehearsal.storm.rights import Rights
from rehearsal.storm.room import Room
from rehearsal.storm.weather import Storm


def on_sqlite(folder: Path, seed: int, seconds: float) -> Result:
    """One node on the embedded database."""
    server = Server(folder / "data", free_port()).start()
    ground = Ground([server], seed)
    storm = _storm(ground)
    try:
        asyncio.run(storm.blow(seconds))
    finally:
        server.stop()
    with contextlib.closing(sqlite3.connect(folder / "data" / "heyi.sqlite3")) as connection:
        storm.count(lambda statement: connection.execute(statement).fetchall())
    return ground.result


def on_postgres(folder: Path, seed: int, seconds: float) -> Result:
    """Two nodes on one PostgreSQL, joined by Redis; both of these crash too."""
    with postgres() as database, redis() as line:
        with _nodes(folder, database, line) as servers:
            ground = Ground(servers, seed)
            storm = _storm(ground)
            storm.troubles |= _troubles(ground, database, line)
            asyncio.run(storm.blow(seconds))
        storm.count(lambda statement: asyncio.run(_rows(database.url, statement)))
        return ground.result


def _storm(ground: Ground) -> Storm:
    room = Room(ground)
    return Storm(ground, [room, Centre(ground), Rights(ground, room), Presence(ground, room), Drafting(ground)])


def _troubles(ground: Ground, database: Postgres, line: Redis) -> dict[str, Any]:
    async def crash_redis() -> None:
        line.crash()
        await ground.pause(0.1, 1.0)
        await asyncio.to_thread(line.start)

    async def cut_lines() -> None:
        await asyncio.to_thread(line.cut_lines)

    async def crash_postgres() -> None:
        ground.database_away.append([time.monotonic(), inf])
        await asyncio.to_thread(database.crash)
        await ground.pause(0, 0.5)
        await asyncio.to_thread(database.start)
        ground.database_away[-1][1] = time.monotonic()

    return {"crash of Redis": crash_redis, "cut lines to Redis": cut_lines, "crash of PostgreSQL": crash_postgres}


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


async def _rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()
