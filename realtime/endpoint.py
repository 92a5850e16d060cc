"""The websocket's driver: a subclass of uvicorn's sans-I/O protocol that takes the path `/hub` past ASGI.

HTTP and websocket share one port; every other path goes the ordinary way to Starlette. Nothing of uvicorn's private parts is touched
outside of this file; `tests/realtime/test_endpoint.py` says which.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import structlog
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from cases.actor import Actor
from cases.errors import Refusal, TooMuch
from realtime.address import Trusted, client_address
from realtime.hub import Hub
from realtime.messages import Ask as AskMessage
from realtime.messages import Do, DraftUpdate, Hello, Ping, Pong, Refused, Subscribe, Unsubscribe, Welcome
from realtime.metrics import CONNECTIONS, CUTS, REFUSED
from realtime.readers import Admission
from realtime.session import HELLO_WITHIN, SLOW_DOWN, Close, Code, Session, come_back, cost
from realtime.streams import Stream

log = structlog.get_logger("hub")

PATH = "/hub"
WRITE_LIMIT = 256 * 1024
HANDSHAKE_WITHIN = 10.0
INBOX_LIMIT = 256


class Door(Protocol):
    """Resolves a request's cookies. Raises `Refusal` for a stranger."""

    async def admit(self, cookies: str, handle: str, public_code: str, address: str) -> Admission: ...

    def origin_allowed(self, origin: str | None, host: str | None) -> bool: ...


class Desk(Protocol):
    """Answers what a connection asks, beyond subscriptions."""

    async def handle(self, connection: Connection, message: Any) -> None: ...

    def left(self, connection: Connection) -> None: ...


class Connection(WebSocketsSansIOProtocol):
    """One websocket. As long as nothing is asked it owns no task and no queue."""

    hub: Hub
    door: Door
    desk: Desk

    handshake_within = HANDSHAKE_WITHIN
    hello_within = HELLO_WITHIN
    direct = False
    login = address = ""
    trusted: Trusted = ()
    actor: Actor
    session: Session
    topics: dict[str, Stream]
    write: Callable[[bytes], Any]
    """The transport's own, so that a fan-out costs no call of ours for each reader."""
    _deadline: asyncio.TimerHandle | None = None
    _inbox: asyncio.Queue[Any] | None = None
    _worker: asyncio.Task[None] | None = None
    _parts: list[bytes] | None = None

    @property
    def account(self) -> str:
        return self.actor.id if self.actor.kind == "account" else ""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.write = transport.write
        self._deadline = self.loop.call_later(self.handshake_within, self._too_late, "handshake")

    # handshake

    def handle_connect(self, event: Request) -> None:
        path = urlsplit(event.path).path
        if path != PATH:
            self._cancel_deadline()
            super().handle_connect(event)
            return
        self.direct = True
        self.request = event
        self.handshake_initiated = True
        task = self.loop.create_task(self._handshake(event))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _handshake(self, event: Request) -> None:
        headers = event.headers
        if not self.door.origin_allowed(headers.get("Origin"), headers.get("Host")):
            self._reject(HTTPStatus.FORBIDDEN, "foreign origin")
            return
        query = parse_qs(urlsplit(event.path).query)
        self.address = client_address(self.transport.get_extra_info("peername"), headers.get_all("X-Forwarded-For"), self.trusted)
        try:
            handle, code = query.get("as", [""])[0], query.get("code", [""])[0]
            self.actor, self.login, ends = await self.door.admit(headers.get("Cookie", ""), handle, code, self.address)
        except Refusal as refusal:
            self._reject(HTTPStatus(refusal.status), refusal.code)
            return
        if self.transport.is_closing():
            return
        over = self.hub.readers.over(self.login, self.account, self.address)
        if over:
            self._reject(HTTPStatus.TOO_MANY_REQUESTS, f"too many connections of this {over}")
            return
        response = self.conn.accept(event)
        self.conn.send_response(response)
        self.handshake_complete = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        if response.status_code != 101:
            self.transport.close()
            return
        self._cancel_deadline()
        self.topics = {}
        self.session = Session(time.monotonic())
        self._deadline = self.loop.call_later(self.hello_within, self._too_late, "hello")
        self.transport.set_write_buffer_limits(high=WRITE_LIMIT)
        self.hub.join(self, ends)
        CONNECTIONS.inc()
        self.start_keepalive()

    def _reject(self, status: HTTPStatus, text: str) -> None:
        if self.transport.is_closing():
            return
        REFUSED.labels(str(status.value)).inc()
        self.conn.send_response(self.conn.reject(status, text))
        self.handshake_complete = self.close_sent = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def _too_late(self, what: str) -> None:
        self._deadline = None
        CUTS.labels(what).inc()
        if what == "hello":
            self.close(Code.NO_HELLO, "no hello within five seconds")
        else:
            self.transport.abort()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    # messages in

    def handle_text(self, event: Frame) -> None:
        if self.direct:
            self.close(Code.MALFORMED, "binary frames only")
        else:
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        if not self.direct:
            super().handle_bytes(event)
        elif event.fin:
            self._receive(bytes(event.data))
        else:
            self._parts = [bytes(event.data)]

    def handle_cont(self, event: Frame) -> None:
        if not self.direct:
            super().handle_cont(event)
        elif self._parts is not None:
            self._parts.append(bytes(event.data))
            if event.fin:
                data, self._parts = b"".join(self._parts), None
                self._receive(data)

    def _receive(self, data: bytes) -> None:
        if self.close_sent:
            return
        now = time.monotonic()
        try:
            over = self.hub.quotas.spend(self.account or self.login, self.address, cost(len(data)), now)
            if over:
                raise Close(Code.TOO_FAST, come_back(f"too many messages of this {over}", SLOW_DOWN))
            message = self.session.receive(data, now)
        except Close as close:
            CUTS.labels(close.code.name.lower()).inc()
            self.close(close.code, close.reason)
            return
        match message:
            case Hello():
                self._cancel_deadline()
                who = {
                    "kind": self.actor.kind,
                    "id": self.actor.id,
                    "name": self.actor.name,
                    "role": str(self.actor.role or ""),
                    "region": self.actor.region,
                }
                self.hub.send(self, Welcome(message.version, self.hub.node, self.hub.now(), who))
            case Ping():
                self.hub.send(self, Pong(self.hub.now()))
            case Unsubscribe():
                self.hub.unsubscribe(self, message.topic)
            case _:
                self._enqueue(message)

    def _enqueue(self, message: Any) -> None:
        """Everything that awaits is done in the order in which it came, one at a time for each connection."""
        if self._inbox is None:
            self._inbox = asyncio.Queue(INBOX_LIMIT)
        try:
            self._inbox.put_nowait(message)
        except asyncio.QueueFull:
            self.close(Code.TOO_FAST, come_back("too many unanswered messages", SLOW_DOWN))
            return
        if self._worker is None or self._worker.done():
            self._worker = self.loop.create_task(self._work(self._inbox))
            self.tasks.add(self._worker)
            self._worker.add_done_callback(self.tasks.discard)

    async def _work(self, inbox: asyncio.Queue[Any]) -> None:
        while not inbox.empty() and not self.disconnected:
            message = inbox.get_nowait()
            key = message.key if isinstance(message, Do | AskMessage | DraftUpdate) else ""
            try:
                if isinstance(message, Subscribe):
                    await self.hub.subscribe(self, message.topic, message.epoch, message.offset)
                else:
                    await self.desk.handle(self, message)
            except Refusal as refusal:
                self.refuse(key, refusal)
            except Exception:
                log.exception("message failed", message=type(message).__name__, login=self.login)
                self.refuse(key, TooMuch("internal", "Something went wrong on our side; it was written down. Please try again"))

    def refuse(self, key: str, refusal: Refusal) -> None:
        if key and not self.disconnected:
            self.hub.send(self, Refused(key, refusal.code, refusal.message, refusal.detail, refusal.retry))

    # bytes out

    def close(self, code: int, reason: str) -> None:
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.send_close(code, reason[:120])
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.hub.leave(self)
        self.close_timer = self.loop.call_later(2.0, self.transport.close)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.direct:
            # Deferred: a fan-out loop may be iterating over the readers right now.
            self.loop.call_soon(self._cut)

    def _cut(self) -> None:
        """A reader that does not read is cut; it resumes by its position and costs nobody else anything."""
        if not self.transport.is_closing():
            self.hub.cut(self, "slow")
            self.transport.abort()

    # the end

    def handle_close(self, event: Frame) -> None:
        if not self.direct:
            super().handle_close(event)
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def shutdown(self) -> None:
        if self.direct and self.handshake_complete:
            self.stop_keepalive()
            self.close(Code.RESTART, come_back("the server is restarting", self.hub.return_after()))
            self.transport.close()
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        joined = self.direct and hasattr(self, "session")
        super().connection_lost(exc)
        if joined:
            CONNECTIONS.dec()
            self.hub.leave(self)
            self.desk.left(self)


def protocol(hub: Hub, door: Door, desk: Desk, **changed: Any) -> Callable[..., Connection]:
    """The class to give to uvicorn as `ws=`. `changed`: other values of `handshake_within`, `hello_within` (seconds) and `trusted`."""
    return type("HubConnection", (Connection,), {"hub": hub, "door": door, "desk": desk, **changed})
