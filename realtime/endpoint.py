"""The websocket's driver: a subclass of uvicorn's sans-I/O protocol that takes the path `/hub` past ASGI.

HTTP and websocket share one port; every other path goes the ordinary way to Starlette. Nothing of uvicorn's private parts is touched
outside of this file and `realtime/frames.py`; `tests/realtime/test_endpoint.py` says which.
"""

from __future__ import annotations

import asyncio
import codecs
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
from cases.errors import Refusal, TooMuch, Unavailable
from realtime.address import Trusted, client_address
from realtime.frames import ALWAYS, NOWHERE, Frames
from realtime.hub import Hub
from realtime.messages import Ask as AskMessage
from realtime.messages import Do, DraftUpdate, Hello, Ping, Pong, Refused, Subscribe, Unsubscribe, Welcome, encode
from realtime.metrics import CONNECTIONS, CUTS, REFUSED
from realtime.readers import Admission
from realtime.session import HELLO_WITHIN, SLOW_DOWN, Close, Code, Session, come_back, cost
from realtime.streams import Stream, frame

log = structlog.get_logger("hub")

PATH = "/hub"
WRITE_LIMIT = 256 * 1024
HANDSHAKE_WITHIN = 10.0
CLOSE_WITHIN = 2.0
"""Seconds until a connection that was told to close is cut: a client that reads nothing would else keep it for ever."""
INBOX_LIMIT = 256
AWAY = 2_000
"""Milliseconds after which to come again when the database does not answer."""

_Utf8 = codecs.getincrementaldecoder("utf-8")


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
    close_within = CLOSE_WITHIN
    direct = False
    login = address = window = ""
    trusted: Trusted = ()
    is_outage: Callable[[Exception], bool] = staticmethod(lambda error: False)
    actor: Actor
    session: Session
    topics: dict[str, Stream]
    write: Callable[[bytes], Any]
    """The transport's own, so that a fan-out costs no call of ours for each reader."""
    _deadline: asyncio.TimerHandle | None = None
    _inbox: deque[Any] | None = None
    _worker: asyncio.Task[None] | None = None
    _parts: bytearray | None = None
    _text: codecs.IncrementalDecoder | None = None

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
        self.handshake_initiated = True
        self.queue, self.writable = NOWHERE, ALWAYS
        self.server = self.client = None
        # A client waits for our answer before it sends frames (RFC 6455, 4.1); what comes earlier is read after it.
        self.transport.pause_reading()
        task = self.loop.create_task(self._handshake(event))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _handshake(self, event: Request) -> None:
        headers = event.headers
        origins, hosts = headers.get_all("Origin"), headers.get_all("Host")
        if len(origins) > 1 or len(hosts) > 1:
            self._reject(HTTPStatus.BAD_REQUEST, "more than one origin or host")
            return
        if not self.door.origin_allowed(origins[0] if origins else None, hosts[0] if hosts else None):
            self._reject(HTTPStatus.FORBIDDEN, "foreign origin")
            return
        query = parse_qs(urlsplit(event.path).query)
        self.address = client_address(self.transport.get_extra_info("peername"), headers.get_all("X-Forwarded-For"), self.trusted)
        try:
            handle, code = query.get("as", [""])[0], query.get("code", [""])[0]
            cookies = "; ".join(headers.get_all("Cookie"))
            self.actor, self.login, ends = await self.door.admit(cookies, handle, code, self.address)
        except Refusal as refusal:
            self._reject(HTTPStatus(refusal.status), refusal.code)
            return
        except Exception as error:
            log.error("handshake failed", error=type(error).__name__)  # no traceback: its values may be the cookie's
            self._reject(HTTPStatus.SERVICE_UNAVAILABLE if self.is_outage(error) else HTTPStatus.INTERNAL_SERVER_ERROR, "internal")
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
        self.conn = Frames(self.handle_events, self.config.ws_max_size, self.logger)  # type: ignore[assignment]
        self.topics = {}
        self.session = Session(time.monotonic())
        self._deadline = self.loop.call_later(self.hello_within, self._too_late, "hello")
        self.transport.set_write_buffer_limits(high=WRITE_LIMIT)
        self.hub.join(self, ends)
        CONNECTIONS.inc()
        self.start_keepalive()
        self.transport.resume_reading()

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
        if not self.direct:
            super().handle_text(event)
        else:
            self._text = _Utf8()
            self._refuse_text(self._text, event)

    def handle_bytes(self, event: Frame) -> None:
        if not self.direct:
            super().handle_bytes(event)
        elif event.fin:
            self._receive(bytes(event.data))
        else:
            self._parts = bytearray(event.data)  # no list: empty fragments would fill it without ever reaching the limit

    def handle_cont(self, event: Frame) -> None:
        if not self.direct:
            super().handle_cont(event)
        elif self._text is not None:
            self._refuse_text(self._text, event)
        elif self._parts is not None:
            self._parts += event.data
            if event.fin:
                data, self._parts = bytes(self._parts), None
                self._receive(data)

    def _refuse_text(self, decoder: codecs.IncrementalDecoder, event: Frame) -> None:
        """Text is no message of ours. What is not even text is told so (RFC 6455, 8.1), as soon as that is known."""
        if event.fin:
            self._text = None
        try:
            decoder.decode(bytes(event.data), event.fin)
        except UnicodeDecodeError:
            self.close(Code.NOT_UTF8, "text that is not UTF-8")
        else:
            if event.fin:
                self.close(Code.MALFORMED, "binary frames only")

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
                self.window = message.window
                who = {
                    "kind": self.actor.kind,
                    "id": self.actor.id,
                    "name": self.actor.name,
                    "role": str(self.actor.role or ""),
                    "region": self.actor.region,
                }
                self.hub.send(self, Welcome(message.version, self.hub.node, self.hub.now(), who))
            case Ping():
                # Not by the hub's `send`: an answer to nothing may overtake events, and must not end the ticks of hot streams.
                self.write(frame(encode(Pong(self.hub.now()))))
            case Unsubscribe() if self._worker is None:
                self.hub.unsubscribe(self, message.topic)
            case _:
                self._enqueue(message)

    def _enqueue(self, message: Any) -> None:
        """Everything that awaits is done in the order in which it came, one at a time for each connection."""
        if self._inbox is None:
            self._inbox = deque()
        if len(self._inbox) >= INBOX_LIMIT:
            self.close(Code.TOO_FAST, come_back("too many unanswered messages", SLOW_DOWN))
            return
        self._inbox.append(message)
        if self._worker is None or self._worker.done():
            self._worker = self.loop.create_task(self._work(self._inbox))
            self.tasks.add(self._worker)
            self._worker.add_done_callback(self.tasks.discard)

    async def _work(self, inbox: deque[Any]) -> None:
        while inbox and not (self.disconnected or self.close_sent):
            message = inbox.popleft()
            key = message.key if isinstance(message, Do | AskMessage | DraftUpdate) else ""
            try:
                if isinstance(message, Unsubscribe):
                    self.hub.unsubscribe(self, message.topic)
                elif isinstance(message, Subscribe):
                    await self.hub.subscribe(self, message.topic, message.epoch, message.offset)
                else:
                    await self.desk.handle(self, message)
            except Refusal as refusal:
                self.refuse(key, refusal)
            except Exception as error:
                self._failed(message, key, error)
        self._inbox = self._worker = None

    def _failed(self, message: Any, key: str, error: Exception) -> None:
        """A mistake of ours, or the database is away. A subscription has no answer of its own for that: its connection comes again."""
        if self.is_outage(error):
            log.warning("database away", message=type(message).__name__, reason=type(error).__name__)
            self.refuse(key, Unavailable("storage_away", "The database does not answer at present; please try again in a moment"))
        else:
            log.exception("message failed", message=type(message).__name__, login=self.login)
            self.refuse(key, TooMuch("internal", "Something went wrong on our side; it was written down. Please try again"))
        if isinstance(message, Subscribe):
            self.close(Code.TRY_LATER, come_back("the topic cannot be read at present", AWAY))

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
        self._end()

    def _end(self) -> None:
        """From the close frame on: no reader any more, since nothing may follow that frame, and gone soon."""
        self.hub.leave(self)
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(self.close_within, self.transport.abort)

    def answer(self, data: bytes) -> None:
        """Write what a subscription was answered with. However long it is, it alone must not cut a reader that reads; one that has not yet
        read what it was sent before has the ordinary limit."""
        held = self.transport.get_write_buffer_size()
        if held <= WRITE_LIMIT:
            self.transport.set_write_buffer_limits(high=held + len(data) + WRITE_LIMIT)
        self.write(data)

    def keepalive_timeout(self) -> None:
        if not self.direct:
            super().keepalive_timeout()
            return
        # uvicorn would close politely, and wait for ever for a buffer that nobody reads while every event is added to it.
        self.pong_timer = self.pending_ping_payload = None
        CUTS.labels("silent").inc()
        self.close(Code.SILENT, "no pong in time")

    def pause_writing(self) -> None:
        if self.direct:
            # Deferred: a fan-out loop may be iterating over the readers right now.
            self.loop.call_soon(self._cut)
        else:
            super().pause_writing()

    def _cut(self) -> None:
        """A reader that does not read is cut; it resumes by its position and costs nobody else anything."""
        self.hub.cut(self, "slow")
        self.transport.abort()

    # the end

    def handle_close(self, event: Frame) -> None:
        if not self.direct:
            super().handle_close(event)
            return
        self._end()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def handle_parser_exception(self) -> None:
        if self.direct:
            self._end()
        super().handle_parser_exception()

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
    """The class to give to uvicorn as `ws=`. `changed`: other values of its deadlines (seconds), and `trusted`
    and `is_outage`, which tells a database that is away from a mistake."""
    return type("HubConnection", (Connection,), {"hub": hub, "door": door, "desk": desk, **changed})
