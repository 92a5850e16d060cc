"""The media worker: a process with one UDP port, driven over a control socket. It never opens a database.

    python -m rooms.media.worker --control SOCKET [--bind HOST] [--port PORT] [--udp-only] [--advertise ADDRESS]… [--silence S]

It connects to the server's Unix socket, says hello, and serves the engine protocol. When that socket ends, for whatever reason, it
closes its recordings and exits. Keys come over the socket, never by the command line, which other users of the machine can read.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import resource
import signal
import time
from collections.abc import Callable
from typing import Any, cast

import msgspec
import uvloop

from rooms.media import protocol
from rooms.media.clock import Due, RoomClock
from rooms.media.conference import Conference
from rooms.media.framing import Framer, FramingError
from rooms.media.protocol import EngineError
from rooms.media.turns import Turns
from signaling.collecting import collect_rarely
from signaling.dtls import new_certificate
from signaling.ice_lite import IcePort

SWEEP_EVERY = 1.0
COMPLAIN_EVERY = 60.0
MAX_UNREAD = 16 << 20
"""Bytes of events the server may leave unread before the worker takes it for dead."""
SPARE_UNREAD = 1 << 20
"""Bytes unread above which passing events (who speaks, quality) are left out."""

_log = logging.getLogger("media.worker")
_PASSING = (protocol.Speaking, protocol.QualityChanged)


class Worker:
    """All rooms of this process. `write` takes bytes for the server, `unread` tells how many it has not taken yet, `end` ends the process."""

    def __init__(self, port: IcePort, write: Any, unread: Any, end: Callable[[], None]) -> None:
        self._port = port
        self._end = end
        self._write = write
        self._unread = unread
        self._certificate = new_certificate()
        self._rooms: dict[str, Conference] = {}
        self._turns = Turns()
        self._encode = msgspec.msgpack.Encoder().encode
        self._busy: set[asyncio.Task[None]] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._complained_at = float("-inf")
        self._swept_at = time.monotonic()

    def emit(self, event: protocol.Event) -> None:
        if isinstance(event, _PASSING) and self._unread() > SPARE_UNREAD:
            return
        self._write(self._encode(event))

    def take(self, message: dict[str, Any]) -> None:
        """Serve one request. Requests about one room are served in order; different rooms do not wait for each other."""
        task = asyncio.get_running_loop().create_task(self._serve(message))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def run(self) -> None:
        """The clock of all rooms; never returns."""
        if self._port.burst is None:
            await RoomClock(self._turns, self._take_turns, slack=0.0).run()
            return
        clock = RoomClock(self._turns, self._take_turns)
        self._port.burst.after = clock.look
        await clock.run()

    def _take_turns(self, due: Due, now: float) -> None:
        for room, reports in due:
            if (conference := self._rooms.get(room)) is not None:
                self._guarded(conference, conference.tick, now)
                if reports:
                    self._guarded(conference, conference.report, now)
        if now - self._swept_at >= SWEEP_EVERY:
            self._swept_at = now
            self._port.sweep()

    def _guarded(self, conference: Conference, step: Callable[[float], None], now: float) -> None:
        """One room's failure must not stop the clock of all. It is told once a minute at most, for it may come fifty times a second."""
        try:
            step(now)
        except Exception:
            if now - self._complained_at > COMPLAIN_EVERY:
                self._complained_at = now
                _log.exception("room %s: a step of its clock failed", conference.room)

    async def close(self) -> None:
        for task in list(self._busy):
            task.cancel()
        rooms, self._rooms = self._rooms, {}
        for conference in rooms.values():
            await conference.close()
        self._port.close()

    async def _serve(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        try:
            request = msgspec.convert(message, protocol.AnyRequest)
            room = getattr(request, "room", "")
            # The lock keeps the order in which tasks were made: asyncio wakes waiters first in, first out.
            async with self._locks.setdefault(room, asyncio.Lock()):
                result = await self._perform(request)
            reply: dict[str, Any] = {"id": number, "ok": True, **(result or {})}
            if isinstance(request, protocol.CloseRoom):
                self._locks.pop(room, None)
        except msgspec.ValidationError as error:
            reply = {"id": number, "error": {"code": "bad_request", "message": str(error)}}
        except EngineError as error:
            reply = {"id": number, "error": {"code": error.code, "message": error.message}}
        except Exception:
            _log.exception("a request failed: %s", message.get("op"))
            reply = {"id": number, "error": {"code": "internal", "message": "the worker's log tells more"}}
        self._write(self._encode(reply))

    async def _perform(self, request: Any) -> dict[str, Any] | None:
        match request:
            case protocol.Ping():
                return None
            case protocol.End():
                self._end()
                return None
            case protocol.OpenRoom():
                self._open(request)
                return None
            case protocol.CloseRoom(room=room):
                self._turns.remove(room)
                if (conference := self._rooms.pop(room, None)) is not None:
                    await conference.close()
                return None
            case protocol.Stats(room=""):
                return {"stats": self._totals()}
        conference = self._rooms.get(request.room)
        if conference is None:
            raise EngineError("no_room", f"room {request.room} is not open here")
        return await _in_room(conference, request)

    def _open(self, request: protocol.OpenRoom) -> None:
        conference = self._rooms.get(request.room)
        if conference is None:
            if len(self._rooms) >= protocol.MAX_ROOMS:
                raise EngineError("full", f"this worker has {protocol.MAX_ROOMS} rooms already")
            conference = Conference(request.room, self._port, self._certificate, time.monotonic, self.emit)
            self._rooms[request.room] = conference
            self._turns.add(request.room)
        conference.settings = request.settings

    def _totals(self) -> dict[str, Any]:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "rooms": sorted(self._rooms),
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "rss_kib": usage.ru_maxrss,
            "tasks": len(asyncio.all_tasks()),
        }


async def _in_room(conference: Conference, request: Any) -> dict[str, Any] | None:
    match request:
        case protocol.Publish(seat=seat, offer=offer):
            return await conference.publish(seat, offer)
        case protocol.Unpublish(seat=seat):
            await conference.unpublish(seat)
        case protocol.Subscribe(seat=seat):
            return await conference.subscribe(seat)
        case protocol.Play(seat=seat, offer=offer):
            return await conference.play(seat, offer)
        case protocol.Answered(seat=seat, revision=revision, answer=answer):
            conference.answered(seat, revision, answer)
        case protocol.SetRoutes(epoch=epoch, routes=routes, recorded=recorded):
            conference.set_routes(epoch, routes, recorded)
        case protocol.SetLayer(seat=seat, source=source, kind=kind, layer=layer):
            conference.set_layer(seat, source, kind, layer)
        case protocol.Mute(seat=seat, kinds=kinds):
            conference.mute(seat, list(kinds))
        case protocol.Kick(seat=seat):
            await conference.kick(seat)
        case protocol.RestartIce(seat=seat, direction=direction, sdp=sdp):
            return conference.restart_ice(seat, direction, sdp)
        case protocol.Record():
            await conference.record(request.session, request.on, request.seats, request.directory, request.key)
        case protocol.Stats():
            return {"stats": conference.stats()}
    return None


class _Control(asyncio.Protocol):
    """The worker's end of the control socket."""

    def __init__(self) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self.worker: Worker | None = None
        self.transport: asyncio.WriteTransport | None = None
        self.heard_at = time.monotonic()
        self._framer = Framer()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, not a check: uvloop's transports are not instances of asyncio's.
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        try:
            for message in self._framer.feed(data):
                if self.worker is not None:
                    self.worker.take(message)
        except FramingError as error:
            _log.error("the control socket carries nonsense: %s", error)
            self.end()

    def eof_received(self) -> bool:
        self.end()
        # What is said of the last segments still goes out.
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.end()

    def write(self, data: bytes) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        if self.unread() > MAX_UNREAD:
            _log.error("the server does not read its events")
            self.end()
            return
        self.transport.write(data)

    def unread(self) -> int:
        return self.transport.get_write_buffer_size() if self.transport is not None else 0

    def end(self) -> None:
        """Let the worker close its recordings and exit."""
        if not self.ended.done():
            self.ended.set_result(None)


async def _heard(connection: _Control, silence: float) -> None:
    """Until the server has been silent for too long: it may have given our rooms to another worker."""
    while (left := connection.heard_at + silence - time.monotonic()) > 0:  # noqa: ASYNC110  (each request moves the moment)
        await asyncio.sleep(left)
    _log.error("nothing was asked for %.1f s", silence)
    connection.end()


async def serve(control: str, bind: str, port: int, advertise: list[str], tcp: bool, silence: float = 0.0) -> None:
    """Run until the control socket ends, or is silent for `silence` seconds, where that is not 0."""
    loop = asyncio.get_running_loop()
    ice = await IcePort.open(bind, port, advertise, time.monotonic, tcp=tcp)
    _, connection = await loop.create_unix_connection(_Control, control)
    worker = connection.worker = Worker(ice, connection.write, connection.unread, connection.end)
    worker.emit(protocol.Hello(version=protocol.VERSION, port=ice.candidates[0][1], pid=os.getpid()))
    loop.add_signal_handler(signal.SIGTERM, connection.end)
    collect_rarely()
    clock = loop.create_task(worker.run())
    ear = loop.create_task(_heard(connection, silence)) if silence else None
    try:
        await asyncio.wait({clock, connection.ended}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        clock.cancel()
        if ear is not None:
            ear.cancel()
        await worker.close()
        if connection.transport is not None:
            connection.transport.close()
    if clock.done() and not clock.cancelled() and (error := clock.exception()) is not None:
        raise error


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="media-worker", description="Forwards and records the media of rooms.")
    parser.add_argument("--control", required=True, help="the server's Unix socket")
    parser.add_argument("--bind", default="127.0.0.1", help="address of the UDP port, also 0.0.0.0 or ::")
    parser.add_argument("--port", type=int, default=0, help="the UDP port; 0 lets the system choose")
    parser.add_argument("--udp-only", action="store_true", help="take no TCP connections on the same number")
    parser.add_argument("--advertise", action="append", default=[], help="an IP address told to browsers; may be repeated")
    parser.add_argument("--silence", type=float, default=0.0, help="seconds without a request after which it ends; 0 for never")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    # Ctrl-C reaches the whole process group; the worker ends when the server closes the socket, with its recordings whole.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uvloop.run(serve(options.control, options.bind, options.port, options.advertise, not options.udp_only, options.silence))


if __name__ == "__main__":
    main()
