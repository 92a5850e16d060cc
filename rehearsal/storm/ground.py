"""What everybody in a storm stands on: the servers, connections to a random one of them, and commands that are sent until they are answered."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

import httpx
import msgpack
import msgspec
from websockets.exceptions import WebSocketException

from rehearsal.client import Client, Refused, Visitor
from rehearsal.server import Server
from storage.case_keys import CaseKey, CaseKeys
from web.keys import load_key

CALM_WITHIN = 60.0
ANSWER_WITHIN = 6.0
CUT_BEFORE_THE_ANSWER = 0.2
"""Share of the commands whose line is cut after they were sent: each is sent again, carried out or not."""
GONE = (OSError, WebSocketException, TimeoutError, httpx.HTTPError)
TRY_AGAIN = {"busy", "storage_away", "too_fast"}

Books = Callable[[str], list[tuple[Any, ...]]]
"""Answers a SELECT from the database, after the storm."""


class Unanswered(Exception):
    """A command was not answered in the storm nor in the calm; that has been noted as a fault."""


class Result(msgspec.Struct):
    """What a storm was and what it cost. `faults` empty: nothing was lost, doubled, or told to the wrong people."""

    seed: int
    seconds: float
    nodes: int
    acknowledged: int = 0
    sent: int = 0
    events: int = 0
    resumes: int = 0
    snapshots: int = 0
    lines: int = 0
    talks: int = 0
    withdrawals: int = 0
    edits: int = 0
    refusals: int = 0
    troubles: dict[str, int] = {}
    faults: list[str] = []


class Ground:
    def __init__(self, servers: list[Server], seed: int) -> None:
        self.servers, self.random = servers, random.Random(seed)  # noqa: S311  (when people pause is no secret)
        self.result = Result(seed, 0.0, len(servers))
        self.until = time.monotonic() + CALM_WITHIN
        self.struck_at = 0.0
        """When the last trouble was over, on the monotonic clock."""
        self.database_away: list[list[float]] = []
        """[from, to] on the monotonic clock; the last may still be without end."""

    def key_of(self, books: Books, case: str) -> CaseKey:
        """What a case is sealed under, as the servers have it."""
        ((wrapped,),) = [row[1:] for row in books("SELECT id, key FROM case_file") if row[0] == case]
        return CaseKeys(load_key(self.servers[0].data, "links")).of(case, str(wrapped))

    def fault(self, sentence: str) -> None:
        self.result.faults.append(sentence)

    def blows(self) -> bool:
        return time.monotonic() < self.until

    async def pause(self, least: float, most: float) -> None:
        await asyncio.sleep(self.random.uniform(least, most))

    async def visitor(self, link: str) -> tuple[Visitor, str]:
        """Somebody who has opened one of the demonstration's links, and where it leads. Those of seats are made anew by every node that
        starts, so that the last one's are good."""
        visitor = Visitor(self.servers[0])
        return visitor, await visitor.open(self.servers[-1].links[link], take_over=True)

    @contextlib.asynccontextmanager
    async def connection(self, visitor: Visitor, server: Server | None = None) -> AsyncIterator[Client]:
        """To a random node unless one is named, with the cookies that are good on all."""
        there = Visitor(server or self.random.choice(self.servers))
        there.http.cookies, there.handle = visitor.http.cookies, visitor.handle
        try:
            async with asyncio.timeout(None) as limit:
                limit.reschedule(asyncio.get_running_loop().time() + ANSWER_WITHIN)
                async with there.connect() as client:
                    limit.reschedule(None)
                    yield client
        finally:
            await there.http.aclose()

    async def do(self, visitor: Visitor, command: dict[str, Any], key: str, may_refuse: Collection[str] = ()) -> dict[str, Any]:
        """Send a command under one key until it is answered. Raises `Refused` with one of the codes in `may_refuse`, else `Unanswered`."""
        while True:
            self.result.sent += 1
            try:
                async with self.connection(visitor) as client, asyncio.timeout(ANSWER_WITHIN):
                    if self.random.random() < CUT_BEFORE_THE_ANSWER:
                        await self._send_and_cut(client, command, key)
                    answer = await client.do(command, key)
                self.result.acknowledged += 1
                return answer
            except Refused as refused:
                if refused.code in may_refuse:
                    raise
                if refused.code not in TRY_AGAIN:
                    self.fault(f"{key} was refused: {refused}")
                    raise Unanswered(key) from None
            except GONE:
                pass
            if time.monotonic() > self.until + CALM_WITHIN:
                self.fault(f"command {key} was never answered")
                raise Unanswered(key)
            await self.pause(0.05, 0.3)

    async def _send_and_cut(self, client: Client, command: dict[str, Any], key: str) -> None:
        """It may have been carried out or not: whoever sent it cannot know. Always raises."""
        await client.socket.send(msgpack.packb({"t": "do", "command": command, "key": key}))
        await self.pause(0, 0.05)
        client.socket.transport.abort()
        raise ConnectionError("cut by ourselves")

    async def fresh(self, visitor: Visitor, topic: str, server: Server | None = None) -> dict[str, Any] | None:
        """A snapshot as it is now; None when nobody answers."""
        with contextlib.suppress(*GONE):
            async with self.connection(visitor, server) as client, asyncio.timeout(ANSWER_WITHIN):
                return await client.follow(topic)
        return None

    async def until_so(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something that must come in the end. Raises `Unanswered` when it does not."""
        while not condition():
            if time.monotonic() > self.until + CALM_WITHIN:
                self.fault(f"never: {what}")
                raise Unanswered(what)
            await asyncio.sleep(0.05)
