"""The backplane over Redis pub/sub. One channel for an installation; a message is one `Envelope` in MessagePack.

Each cut of the line is noticed here, since redis-py's own reconnection would hide it, and with it what was announced meanwhile. While
Redis is away, nodes go on serving and look into the database instead (`web.vigil`).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from realtime.backplane import Announcement, Missed, Receive, pack, unpack
from realtime.ending import end
from realtime.metrics import BACKPLANE_LOST, BACKPLANE_MESSAGES

log = structlog.get_logger("backplane")

CHANNEL = "heyi.announcements.v1"
"""A prefix: Redis has one space of channels for all its databases, and several installations may share a server."""
QUEUE_LIMIT = 10_000
BATCH = 200
CHECK_EVERY = 5.0
"""Seconds between two checks that a quiet line is alive."""
SILENCE_LIMIT = 2.0
"""Seconds that Redis may take to answer."""
LONGEST_PAUSE = 5.0


class RedisBackplane:
    def __init__(self, node: str, url: str, installation: str) -> None:
        self.node, self._url = node, url
        self.channel = f"{CHANNEL}.{installation}"
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_LIMIT)
        self._tasks: list[asyncio.Task[None]] = []
        self._down = {"subscriber", "publisher"}

    async def start(self, receive: Receive, caught_up: Callable[[], None]) -> None:
        """Returns at once; the line is made in the background, and made again after every cut."""
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(self._keep("subscriber", lambda: self._subscribe(receive, caught_up))),
            loop.create_task(self._keep("publisher", self._publish)),
        ]

    def announce(self, announcement: Announcement) -> None:
        try:
            self._queue.put_nowait(pack(self.node, announcement))
        except asyncio.QueueFull:
            BACKPLANE_LOST.inc()

    def problem(self) -> str:
        return "Redis does not answer; other nodes' changes are read from the database" if self._down else ""

    async def stop(self) -> None:
        await end(self._tasks)

    # the two ends

    def _client(self) -> Redis:
        return Redis.from_url(
            self._url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=SILENCE_LIMIT,
            socket_timeout=SILENCE_LIMIT,
            health_check_interval=0,
        )

    async def _keep(self, what: str, work: Callable[[], object]) -> None:
        pause = 0.1
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await work()  # type: ignore[misc]
            except (RedisError, OSError, TimeoutError) as error:
                if what not in self._down:
                    log.warning("redis lost", end=what, reason=type(error).__name__)
                self._down.add(what)
            except Exception as error:
                # A fault of ours must not end this end of the line unseen.
                log.exception("redis line failed", end=what, reason=type(error).__name__)
                self._down.add(what)
            if asyncio.get_running_loop().time() - began > LONGEST_PAUSE:
                pause = 0.1
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
            pause = min(LONGEST_PAUSE, pause * 2)

    def _up(self, what: str) -> None:
        if what in self._down:
            self._down.discard(what)
            log.info("redis reached", end=what)

    async def _subscribe(self, receive: Receive, caught_up: Callable[[], None]) -> None:
        async with self._client() as client, client.pubsub() as line:
            await line.subscribe(self.channel)
            asked = False
            while True:
                message = await line.get_message(timeout=SILENCE_LIMIT if asked else CHECK_EVERY)
                if message is None:
                    # A line that is silently dead looks like a quiet one until it is asked.
                    if asked:
                        raise TimeoutError
                    await line.ping()
                asked = message is None
                if message is None:
                    continue
                if message["type"] == "subscribe":  # said again whenever redis-py has made a new connection by itself
                    self._up("subscriber")
                    caught_up()
                elif message["type"] == "message":
                    self._take(message["data"], receive)

    async def _publish(self) -> None:
        async with self._client() as client:
            await client.ping()
            if "publisher" in self._down:
                # What we could not tell meanwhile, the others find in the database.
                await client.publish(self.channel, pack(self.node, Missed()))
                self._up("publisher")
            while True:
                batch = [await self._queue.get()]
                while len(batch) < BATCH and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                try:
                    async with client.pipeline(transaction=False) as pipe:
                        for data in batch:
                            pipe.publish(self.channel, data)
                        await pipe.execute()
                except BaseException:
                    BACKPLANE_LOST.inc(len(batch))
                    raise
                BACKPLANE_MESSAGES.labels("out").inc(len(batch))

    def _take(self, data: bytes, receive: Receive) -> None:
        try:
            envelope = unpack(data)
        except msgspec.DecodeError as error:
            log.warning("announcement not understood", reason=str(error))
            return
        if envelope.node == self.node:
            return
        BACKPLANE_MESSAGES.labels("in").inc()
        try:
            receive(envelope.node, envelope.body)
        except Exception:
            log.exception("announcement not taken", kind=type(envelope.body).__name__)
