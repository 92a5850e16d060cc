"""The server's side of a media worker, wherever that runs: calls with replies over its control connection, and noticing that it is gone."""

from __future__ import annotations

import asyncio
import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

import msgspec

from rooms.media import protocol
from rooms.media.framing import Framer, FramingError
from rooms.media.port import EngineGone, EventHandler, Offered, Published

REPLY_SECONDS = 10.0
RECORDING_SECONDS = 25.0
"""Longer, since closing a recording waits for the disk."""
START_SECONDS = 15.0
ASKED_EVERY, SILENT_FOR, ASKED_TWICE = 0.5, 1.0, 2
"""Seconds between two questions to a watched worker, seconds within which it must answer, and how many unanswered ones in a row end it."""


class WorkerControl(ABC):
    """Implements `MediaControl`; `on_gone(reason)` tells, once, when the worker is gone by itself."""

    def __init__(self, on_event: EventHandler, on_gone: Callable[[str], None]) -> None:
        self._on_event = on_event
        self._on_gone = on_gone
        self._transport: asyncio.WriteTransport | None = None
        self._hello: asyncio.Future[protocol.Hello] = asyncio.get_running_loop().create_future()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._numbers = itertools.count(1)
        self._encode = msgspec.msgpack.Encoder().encode
        self._attendant: asyncio.Task[None] | None = None
        self._gone = False
        self.finished = asyncio.Event()
        """The connection or the process has ended."""
        self.over = False
        """A media node has told that the worker's process has ended."""
        self.asked_at = 0.0
        self.port = 0
        self.pid = 0

    @property
    def alive(self) -> bool:
        return self._transport is not None and not self._gone

    @abstractmethod
    async def stop(self) -> None:
        """End the worker. When this returns nothing of it writes any more."""

    @abstractmethod
    def _dismiss(self) -> None:
        """It does not answer: have done with it."""

    async def _greeted(self) -> None:
        """Until the worker has said hello. Raises `EngineGone`."""
        try:
            async with asyncio.timeout(START_SECONDS):
                hello = await self._hello
            if hello.version != protocol.VERSION:
                raise EngineGone(f"the worker speaks version {hello.version}, this server {protocol.VERSION}")
        except (TimeoutError, EngineGone) as error:
            await self.stop()
            raise EngineGone(str(error) or "the worker did not say hello") from None
        self.port, self.pid = hello.port, hello.pid

    def _watch_over(self) -> None:
        self._attendant = asyncio.get_running_loop().create_task(self._attend())

    def _let_go(self) -> None:
        """From here on its end is no news."""
        self._on_gone = lambda reason: None
        if self._attendant is not None:
            self._attendant.cancel()

    async def _attend(self) -> None:
        """Twice, since it may be we who have slept."""
        unanswered = 0
        while not self._gone and unanswered < ASKED_TWICE:
            await asyncio.sleep(ASKED_EVERY)
            try:
                await self._call(protocol.Ping(id=self._next()), SILENT_FOR)
                unanswered = 0
            except EngineGone:
                unanswered += 1
        if not self._gone:
            self._dismiss()

    async def open_room(self, room: str, settings: protocol.RoomSettings | None = None) -> None:
        await self._call(protocol.OpenRoom(id=self._next(), room=room, settings=settings or protocol.RoomSettings()))

    async def close_room(self, room: str) -> None:
        await self._call(protocol.CloseRoom(id=self._next(), room=room), RECORDING_SECONDS)

    async def publish(self, room: str, seat: str, offer: str) -> Published:
        reply = await self._call(protocol.Publish(id=self._next(), room=room, seat=seat, offer=offer))
        return Published(reply["sdp"], tuple(reply["kinds"]))

    async def unpublish(self, room: str, seat: str) -> None:
        await self._call(protocol.Unpublish(id=self._next(), room=room, seat=seat))

    async def subscribe(self, room: str, seat: str) -> Offered:
        reply = await self._call(protocol.Subscribe(id=self._next(), room=room, seat=seat))
        return Offered(reply["revision"], reply["sdp"])

    async def play(self, room: str, seat: str, offer: str) -> str:
        reply = await self._call(protocol.Play(id=self._next(), room=room, seat=seat, offer=offer))
        return str(reply["sdp"])

    async def answered(self, room: str, seat: str, revision: int, answer: str) -> None:
        await self._call(protocol.Answered(id=self._next(), room=room, seat=seat, revision=revision, answer=answer))

    async def set_routes(
        self,
        room: str,
        epoch: int,
        routes: Mapping[str, Sequence[str]],
        recorded: Mapping[str, Sequence[str]] | Sequence[str] = (),
    ) -> None:
        listed = {session: list(seats) for session, seats in recorded.items()} if isinstance(recorded, Mapping) else list(recorded)
        plain = {listener: list(sources) for listener, sources in routes.items()}
        await self._call(protocol.SetRoutes(id=self._next(), room=room, epoch=epoch, routes=plain, recorded=listed))

    async def set_layer(self, room: str, seat: str, source: str, kind: Literal["camera", "screen"], layer: protocol.Layer) -> None:
        await self._call(protocol.SetLayer(id=self._next(), room=room, seat=seat, source=source, kind=kind, layer=layer))

    async def mute(self, room: str, seat: str, kinds: Sequence[str]) -> None:
        chosen: list[Any] = list(kinds)
        await self._call(protocol.Mute(id=self._next(), room=room, seat=seat, kinds=chosen))

    async def kick(self, room: str, seat: str) -> None:
        await self._call(protocol.Kick(id=self._next(), room=room, seat=seat))

    async def restart_ice_up(self, room: str, seat: str, offer: str) -> str:
        reply = await self._call(protocol.RestartIce(id=self._next(), room=room, seat=seat, direction="up", sdp=offer))
        return str(reply["sdp"])

    async def restart_ice_down(self, room: str, seat: str) -> Offered:
        reply = await self._call(protocol.RestartIce(id=self._next(), room=room, seat=seat, direction="down"))
        return Offered(reply["revision"], reply["sdp"])

    async def start_recording(self, room: str, session: str, seats: Sequence[str], directory: str, key: bytes) -> None:
        request = protocol.Record(id=self._next(), room=room, session=session, on=True, seats=list(seats), directory=directory, key=key)
        await self._call(request)

    async def stop_recording(self, room: str, session: str) -> None:
        await self._call(protocol.Record(id=self._next(), room=room, session=session, on=False), RECORDING_SECONDS)

    async def stats(self, room: str = "") -> dict[str, Any]:
        reply = await self._call(protocol.Stats(id=self._next(), room=room))
        return dict(reply["stats"])

    async def ping(self) -> float:
        before = time.monotonic()
        await self._call(protocol.Ping(id=self._next()))
        return time.monotonic() - before

    def _next(self) -> int:
        return next(self._numbers)

    async def _call(self, request: protocol.Request, timeout: float = REPLY_SECONDS) -> dict[str, Any]:
        if self._transport is None or self._gone:
            raise EngineGone("the media worker is not there")
        message = self._encode(request)
        if len(message) > protocol.MAX_MESSAGE:
            raise protocol.EngineError("bad_request", "the request is longer than a message may be")
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = reply
        self.asked_at = time.monotonic()
        self._transport.write(message)
        try:
            async with asyncio.timeout(timeout):
                answer = await reply
        except TimeoutError:
            raise EngineGone(f"no reply to {type(request).__name__} within {timeout:g} s") from None
        finally:
            self._waiting.pop(request.id, None)
        if "error" in answer:
            raise protocol.EngineError(answer["error"]["code"], answer["error"]["message"])
        return answer

    def connected(self, transport: asyncio.WriteTransport) -> bool:
        """Take the worker's connection; False for a second one, which is refused."""
        if self._transport is not None:
            return False
        self._transport = transport
        return True

    def received(self, message: dict[str, Any]) -> None:
        if "event" in message:
            event: protocol.AnyEvent = msgspec.convert(message, protocol.AnyEvent)
            if isinstance(event, protocol.Hello):
                if not self._hello.done():
                    self._hello.set_result(event)
            elif isinstance(event, protocol.Refused):
                # None was started, so that none has to end.
                self.over = True
                self.ended(event.reason)
            elif isinstance(event, protocol.Over):
                self.over = True
                self.ended("the media worker has ended")
            else:
                self._on_event(event)
        elif (reply := self._waiting.get(message.get("id", 0))) is not None and not reply.done():
            reply.set_result(message)

    def ended(self, reason: str) -> None:
        """The connection or the process ended: fail what waits, tell once."""
        if self._gone:
            return
        self._gone = True
        self.finished.set()
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(EngineGone(reason))
        if not self._hello.done():
            self._hello.set_exception(EngineGone(reason))
            # Nobody may be waiting any more; that is no error worth a log line.
            self._hello.exception()
        self._on_gone(reason)


class ControlConnection(asyncio.Protocol):
    """The server's end of one control connection."""

    def __init__(self, owner: WorkerControl) -> None:
        self._owner = owner
        self._framer = Framer()
        self._transport: asyncio.WriteTransport | None = None
        self._ours = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, not a check: uvloop's transports are not instances of asyncio's.
        self._transport = cast(asyncio.WriteTransport, transport)
        self._ours = self._owner.connected(self._transport)
        if not self._ours:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._framer.feed(data):
                self._owner.received(message)
        except (FramingError, msgspec.ValidationError) as error:
            assert self._transport is not None
            self._transport.abort()
            self._owner.ended(f"the media worker sent nonsense: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._ours:
            self._owner.ended("the media worker closed its control connection")
