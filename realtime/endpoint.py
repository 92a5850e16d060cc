"""The websocket's driver: a subclass of uvicorn's sans-I/O protocol that takes the path `/hub` past ASGI.

HTTP and websocket share one port; every other path goes the ordinary way to Starlette. Nothing of uvicorn's private parts is touched
outside of this file; `tests/realtime/test_endpoint.py` says which.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
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
from realtime.hub import Hub
from realtime.messages import Ask as AskMessage
from realtime.messages import Do, DraftUpdate, Hello, Ping, Pong, Refused, Subscribe, Unsubscribe, Welcome
from realtime.metrics import CONNECTIONS, CUTS
from realtime.session import HELLO_WITHIN, Close, Code, Session
from realtime.streams import Stream

log = structlog.get_logger("hub")

PATH = "/hub"
WRITE_LIMIT = 256 * 1024
HANDSHAKE_WITHIN = 10.0
INBOX_LIMIT = 256
CONNECTIONS_PER_LOGIN = 12


class Door(Protocol):
    """Resolves a request's cookies. Raises `Refusal` for a stranger."""

    async def admit(self, cookies: str, handle: str, public_code: str) -> tuple[Actor, str]: ...

    def origin_allowed(self, origin: str | None, host: str | None) -> bool: ...


class Desk(Protocol):
    """Answers what a connection asks, beyond subscriptions."""

    async def handle(self, connection: Connection, message: Any) -> None: ...

    def left(self, connection: Connection) -> None: ...


class _Nowhere(asyncio.Queue[Any]):
    """Stands for uvicorn's queue of ASGI events, of which the hub's path has none: one for all, instead of 3 KiB for each."""

    def put_nowait(self, item: Any) -> None:
        return None


_NOWHERE, _ALWAYS = _Nowhere(), asyncio.Event()


class Connection(WebSocketsSansIOProtocol):
    """One websocket. As long as nothing is asked it owns no task and no queue."""

    hub: Hub
    door: Door
    desk: Desk

    handshake_within = HANDSHAKE_WITHIN
    hello_within = HELLO_WITHIN
    direct = False
    login = ""
    actor: Actor
    session: Session
    topics: dict[str, Stream]
    write: Callable[[bytes], Any]
    """The transport's own, so that a fan-out costs no call of ours for each reader."""
    _deadline: asyncio.TimerHandle | None = None
    _inbox: deque[Any] | None = None
    _worker: asyncio.Task[None] | None = None
    _parts: list[bytes] | None = None

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
        self.handshake_initiated = True
        self.queue, self.writable = _NOWHERE, _ALWAYS
        self.server = self.client = None
        # A client waits for our answer before it sends frames (RFC 6455, 4.1); what comes earlier is read after it.
        self.transport.pause_reading()
        task = self.loop.create_task(self._handshake(event))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _handshake(self, event: Request) -> None:
        headers = event.headers
        if not self.door.origin_allowed(headers.get("Origin"), headers.get("Host")):
            self._reject(HTTPStatus.FORBIDDEN, "foreign origin")
            return
        query = parse_qs(urlsplit(event.path).query)
        try:
            handle, code = query.get("as", [""])[0], query.get("code", [""])[0]
            self.actor, self.login = await self.door.admit(headers.get("Cookie", ""), handle, code)
        except Refusal as refusal:
            self._reject(HTTPStatus(refusal.status), refusal.code)
            return
        if self.transport.is_closing():
            return
        if self.login and sum(1 for r in self.hub.readers if r.login == self.login) >= CONNECTIONS_PER_LOGIN:
            self._reject(HTTPStatus.TOO_MANY_REQUESTS, "too many connections")
            return
        response = self.conn.accept(event)
        self.conn.send_response(response)
        self.handshake_complete = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        if response.status_code != 101:
            self.transport.close()
            return
        self._cancel_deadline()
        event.headers.clear()  # the parser holds on to the request as long as the connection lives
        self.topics = {}
        self.session = Session(time.monotonic())
        self._deadline = self.loop.call_later(self.hello_within, self._too_late, "hello")
        self.transport.set_write_buffer_limits(high=WRITE_LIMIT)
        self.hub.join(self)
        CONNECTIONS.inc()
        self.start_keepalive()
        self.transport.resume_reading()

    def _reject(self, status: HTTPStatus, text: str) -> None:
        if self.transport.is_closing():
            return
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
        try:
            message = self.session.receive(data, time.monotonic())
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
            self._inbox = deque()
        if len(self._inbox) >= INBOX_LIMIT:
            self.close(Code.TOO_FAST, "too many unanswered messages")
            return
        self._inbox.append(message)
        if self._worker is None or self._worker.done():
            self._worker = self.loop.create_task(self._work(self._inbox))
            self.tasks.add(self._worker)
            self._worker.add_done_callback(self.tasks.discard)

    async def _work(self, inbox: deque[Any]) -> None:
        while inbox and not self.disconnected:
            message = inbox.popleft()
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
        self._inbox = self._worker = None

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
        if self.direct:
            # Deferred: a fan-out loop may be iterating over the readers right now.
            self.loop.call_soon(self._cut)
        else:
            super().pause_writing()

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
            self.close(Code.RESTART, "the server is restarting")
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


def protocol(hub: Hub, door: Door, desk: Desk, **changed: float) -> Callable[..., Connection]:
    """The class to give to uvicorn as `ws=`. `changed`: other values of `handshake_within` and `hello_within` (seconds)."""
    return type("HubConnection", (Connection,), {"hub": hub, "door": door, "desk": desk, **changed})
