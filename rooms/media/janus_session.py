"""One session with a Janus server (https://janus.conf.meetecho.com/docs/rest.html) over its WebSocket API: requests with replies, events.

Every request carries a transaction that its reply repeats. Requests of a plugin are first acknowledged and answered later by an event with
the same transaction; `ask` waits for that one. A session ends when nothing was asked for 60 s, so it is kept alive.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException
from websockets.typing import Subprotocol

from rooms.media.port import EngineGone

PLUGIN = "janus.plugin.videoroom"
REPLY_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 20.0
MAX_MESSAGE = 1 << 20
"""Bytes of one message from Janus."""

Document = dict[str, Any]


class JanusError(Exception):
    """A request that Janus refused. `code` is a number of its core or of the VideoRoom plugin (421 to 437, 499)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"Janus {code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reply:
    """What the plugin answered, and the description that came with it (empty if none)."""

    data: Document
    sdp: str


class JanusSession:
    """Made by `open`. `on_event(handle, message)` gets what Janus tells unasked, in order; `on_gone(reason)` is called once at most."""

    def __init__(self, socket: ClientConnection, secret: str) -> None:
        self._socket = socket
        self._secret = {"apisecret": secret} if secret else {}
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Document]] = {}
        self._pings: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._id = 0
        self._gone = ""
        self.on_event: Callable[[int, Document], None] = lambda handle, message: None
        self.on_gone: Callable[[str], None] = lambda reason: None

    @classmethod
    async def open(cls, url: str, secret: str = "") -> JanusSession:
        """Connect to `url` (ws:// or wss://). Raises `EngineGone` when nobody is there, `JanusError` when the secret is wrong."""
        try:
            # No proxy of the environment: this is a connection between our own machines.
            protocols = [Subprotocol("janus-protocol")]
            socket = await connect(
                url, subprotocols=protocols, max_size=MAX_MESSAGE, compression=None, proxy=None, open_timeout=REPLY_SECONDS
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            raise EngineGone(f"no Janus at {url}: {error}") from None
        self = cls(socket, secret)
        self._tasks.append(asyncio.create_task(self._read()))
        try:
            self._id = int((await self.request({"janus": "create"}))["data"]["id"])
        except BaseException:
            await self.close()
            raise
        self._tasks.append(asyncio.create_task(self._keep_alive()))
        return self

    async def close(self) -> None:
        """End the session with all its handles."""
        self.on_gone = lambda reason: None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._id and not self._gone:
            try:
                await self._socket.send(json.dumps({"janus": "destroy", "transaction": "end", "session_id": self._id, **self._secret}))
            except WebSocketException:
                pass
        await self._socket.close()

    async def attach(self) -> int:
        """A new handle on the VideoRoom plugin."""
        return int((await self.request({"janus": "attach", "plugin": PLUGIN}))["data"]["id"])

    async def detach(self, handle: int) -> None:
        """End a handle and its connection; harmless when it has ended by itself."""
        try:
            await self.request({"janus": "detach", "handle_id": handle})
        except JanusError:
            pass

    async def ask(self, handle: int, body: Document, *, offer: str = "", answer: str = "") -> Reply:
        """A request to the plugin. Raises `JanusError`."""
        message: Document = {"janus": "message", "handle_id": handle, "body": body}
        if offer or answer:
            # All candidates are in the description: Janus need not wait for more.
            message["jsep"] = {"type": "offer" if offer else "answer", "sdp": offer or answer, "trickle": False}
        reply = await self.request(message)
        data = reply.get("plugindata", {}).get("data", {})
        if "error_code" in data:
            raise JanusError(int(data["error_code"]), str(data.get("error", "")))
        return Reply(data, reply.get("jsep", {}).get("sdp", ""))

    async def keep_alive(self) -> None:
        await self.request({"janus": "keepalive"})

    async def request(self, message: Document) -> Document:
        """Raises `JanusError`, and `EngineGone` when Janus has gone or does not reply."""
        if self._gone:
            raise EngineGone(self._gone)
        transaction = str(next(self._numbers))
        reply: asyncio.Future[Document] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = reply
        if message["janus"] == "keepalive":
            self._pings.add(transaction)
        session = {"session_id": self._id} if self._id else {}
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                await self._socket.send(json.dumps({**message, **session, **self._secret, "transaction": transaction}))
                answer = await reply
        except TimeoutError:
            # What Janus does now is not known. Its session ends with the socket, and with it every connection.
            self._socket.transport.abort()
            raise EngineGone(f"no reply to {message['janus']} within {REPLY_SECONDS:g} s") from None
        except WebSocketException as error:
            raise EngineGone(str(error)) from None
        finally:
            self._waiting.pop(transaction, None)
            self._pings.discard(transaction)
        if answer["janus"] == "error":
            raise JanusError(int(answer["error"]["code"]), str(answer["error"]["reason"]))
        return answer

    async def _read(self) -> None:
        reason = "Janus closed the connection"
        try:
            async for text in self._socket:
                self._received(json.loads(text))
        except (WebSocketException, ValueError, KeyError, TypeError) as error:
            reason = f"the connection to Janus failed: {error}"
        self._gone = reason
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(EngineGone(reason))
        self.on_gone(reason)

    def _received(self, message: Document) -> None:
        kind = message["janus"]
        if kind == "ack" and message.get("transaction", "") not in self._pings:
            # The plugin has taken the request; its event with the same transaction is the reply. A keep-alive is only acknowledged.
            return
        reply = self._waiting.get(message.get("transaction", ""))
        if reply is not None and not reply.done():
            reply.set_result(message)
        elif kind not in ("ack", "success", "error"):
            self.on_event(int(message.get("sender", 0)), message)

    async def _keep_alive(self) -> None:
        while not self._gone:
            await asyncio.sleep(KEEP_ALIVE_SECONDS)
            try:
                await self.keep_alive()
            except (EngineGone, JanusError):
                # Whoever waits for something hears of it; the reader tells when the socket has ended.
                pass
