"""A client that speaks the documented protocol, with the independent `msgpack` package: for rehearsals and tests."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import msgpack
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed


class Refused(AssertionError):
    def __init__(self, message: dict[str, Any]) -> None:
        super().__init__(f"{message['code']}: {message['message']}")
        self.code, self.detail = message["code"], message.get("detail", {})


class Client:
    """One websocket: requests by key, topics as documents."""

    def __init__(self, socket_: ClientConnection) -> None:
        self.socket = socket_
        self.docs: dict[str, dict[str, Any]] = {}
        self.positions: dict[str, tuple[str, int]] = {}
        self.gone: dict[str, str] = {}
        self.started: dict[str, int] = {}
        self.frames: list[bytes] = []
        self.others: list[dict[str, Any]] = []
        self.events = self.snapshots = self.repeated = 0
        self.ended, self.broken = False, ""
        self.compares = True
        """Not for a list of the newest, which holds fewer than its events tell of."""
        self.read_at = 0.0  # when something of a topic came last, on the monotonic clock
        self.who: dict[str, Any] = {}
        self._keys = itertools.count()
        self._pongs = 0
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    def send(self, message: dict[str, Any]) -> asyncio.Task[None]:
        return asyncio.create_task(self.socket.send(msgpack.packb(message)))

    async def do(self, command: dict[str, Any], key: str = "") -> dict[str, Any]:
        return await self.request({"t": "do", "command": command}, key)

    async def request(self, message: dict[str, Any], key: str = "") -> dict[str, Any]:
        key = key or f"k{id(self)}-{next(self._keys)}"
        future = self._answers[key] = asyncio.get_running_loop().create_future()
        await self.socket.send(msgpack.packb({**message, "key": key}))
        if self.ended:
            raise ConnectionError("the line was cut")
        async with asyncio.timeout(15):  # not wait_for, which swallows a cancellation that comes together with the answer
            answer = await future
        if answer["t"] == "refused":
            raise Refused(answer)
        return dict(answer["result"])

    async def follow(self, topic: str, epoch: str = "", offset: int = 0) -> dict[str, Any]:
        self.gone.pop(topic, None)
        before = self.started.get(topic, 0)
        await self.socket.send(msgpack.packb({"t": "subscribe", "topic": topic, "epoch": epoch, "offset": offset}))
        await self.until(lambda: topic in self.gone or self.started.get(topic, 0) > before)
        return self.docs.get(topic, {})

    async def until(self, condition: Any, seconds: float = 10.0) -> None:
        """Wait until `condition()` holds; looked at after every message. Raises `ConnectionError` when the line is cut before."""
        async with asyncio.timeout(seconds):
            while not condition():
                if self.ended:
                    raise ConnectionError("the line was cut")
                self._changed.clear()
                await self._changed.wait()

    async def settle(self) -> None:
        """Until everything that was on its way has come and been answered: no offer open, no request unanswered, two pings later."""
        for _ in range(2):
            await self.until(lambda: not self._answers and not any(m["t"] == "media_offer" for m in self.others))
            await self.ping()

    async def ping(self) -> None:
        """Until the answer to a ping has come."""
        before = self._pongs
        await self.socket.send(msgpack.packb({"t": "ping"}))
        await self.until(lambda: self._pongs > before)

    async def _read(self) -> None:
        try:
            async for data in self.socket:
                assert isinstance(data, bytes)
                self.frames.append(data)
                self._take(msgpack.unpackb(data, timestamp=3))
                self._changed.set()
        except ConnectionClosed:
            pass
        except Exception as error:
            self.broken = f"{type(error).__name__}: {error}"
            raise
        finally:
            self.ended = True
            self._changed.set()
            for future in self._answers.values():
                if not future.done():
                    future.set_exception(ConnectionError("the line was cut before the answer came"))
                    future.exception()  # whoever asked may have gone already

    def _take(self, message: dict[str, Any]) -> None:
        if message["t"] in {"snapshot", "event", "current"}:
            self.read_at = time.monotonic()
        match message["t"]:
            case "welcome":
                self.who = message["who"]
            case "snapshot":
                self.snapshots += 1
                self._compare(message)
                self.docs[message["topic"]] = message["doc"]
                self.positions[message["topic"]] = (message["epoch"], message["offset"])
                self.started[message["topic"]] = self.started.get(message["topic"], 0) + 1
            case "event":
                epoch, offset = self.positions[message["topic"]]
                self.events += 1
                self.repeated += message["offset"] <= offset
                if message["offset"] > offset:
                    assert message["offset"] == offset + 1, "an event is missing"
                    self.docs[message["topic"]] = merge(self.docs[message["topic"]], message["patch"])
                    self.positions[message["topic"]] = (epoch, message["offset"])
            case "current":
                self.positions[message["topic"]] = (message["epoch"], message["offset"])
                self.started[message["topic"]] = self.started.get(message["topic"], 0) + 1
            case "gone":
                self.gone[message["topic"]] = message["code"]
            case "pong":
                self._pongs += 1
            case "done" | "refused":
                future = self._answers.pop(message["key"], None)
                if future and not future.done():
                    future.set_result({"result": {}, **message})
            case _:
                self.others.append(message)

    def _compare(self, fresh: dict[str, Any]) -> None:
        """Old snapshot + events = fresh snapshot, wherever both stand at the same position."""
        topic = fresh["topic"]
        if self.compares and self.positions.get(topic) == (fresh["epoch"], fresh["offset"]):
            assert _without_empty(self.docs[topic]) == _without_empty(fresh["doc"]), f"{topic}: events lead elsewhere than the snapshot"

    async def prove(self) -> None:
        """Ask for a fresh snapshot of everything that is followed, so that it is compared with what the events made of the old one."""
        for topic in [t for t in self.docs if t not in self.gone]:
            if not self.ended:
                await self.follow(topic)

    async def close(self) -> None:
        await self.socket.close()
        await asyncio.gather(self._task, return_exceptions=True)


def _without_empty(document: dict[str, Any]) -> dict[str, Any]:
    """A list of cases that has become empty stays behind as an empty map, where a fresh one has nothing."""
    return {key: value for key, value in document.items() if value != {}}


def merge(document: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """RFC 7396, written down a second time on purpose: the test's client must not share the server's mistakes."""
    result = dict(document)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merge(result[key] if isinstance(result.get(key), dict) else {}, value)
        else:
            result[key] = value
    return result


class Addressed(Protocol):
    url: str


class Visitor:
    """Somebody at a browser: cookies from a link or a report, then a websocket."""

    def __init__(self, server: Addressed, verify: bool | str = True) -> None:
        self.server, self.handle = server, "main"
        self.http = httpx.AsyncClient(base_url=server.url, timeout=30, verify=verify)

    async def open(self, link: str, take_over: bool = False) -> str:
        """Exchange a link; returns where it leads. Raises `Refused`."""
        token = urlsplit(link).fragment
        response = await self.http.post("/api/links/exchange", json={"token": token, "take_over": take_over})
        body = response.json()
        if response.status_code != 200:
            raise Refused(body)
        self.handle = body["as"]
        return str(body["where"])

    def cookies(self) -> str:
        return "; ".join(f"{c.name}={c.value}" for c in self.http.cookies.jar)

    @contextlib.asynccontextmanager
    async def connect(self, code: str = "", hello: bool = True) -> AsyncIterator[Client]:
        url = self.server.url.replace("http", "ws", 1) + (f"/hub?code={code}" if code else f"/hub?as={self.handle}")
        async with connect(url, additional_headers={"Cookie": self.cookies()}, compression=None, max_size=None) as socket_:
            client = Client(socket_)
            if hello:
                await client.socket.send(msgpack.packb({"t": "hello", "version": 1}))
                await client.until(lambda: bool(client.who))
            try:
                yield client
                with contextlib.suppress(ConnectionError, ConnectionClosed):
                    await client.prove()
                if client.broken:
                    raise AssertionError(client.broken)
            finally:
                await client.close()
