"""One room on Janus: which VideoRoom it is, its seats, and the routes between them.

Every change ends in `_rewire`, which asks Janus for exactly the subscriptions that routes and uplinks allow. A subscription is taken away with one
request that Janus confirms; where it does not, the whole connection is ended: nobody hears what is not for them because a request failed.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Any

from rooms.media import protocol
from rooms.media.janus_sdp import check_answer, name_tracks
from rooms.media.janus_seat import Down, Feed, Seat, Source, Track, Up
from rooms.media.janus_session import Document, JanusError, JanusSession, Reply
from rooms.media.port import Offered, Published
from rooms.media.protocol import EngineError
from signaling.errors import SdpError
from signaling.negotiation import Server, answer_up

_ELSEWHERE = Server("none", "none", "", ())
"""Our own side of a description that is only read."""
_log = logging.getLogger("media.janus")
_CODES = {426: "no_room", 432: "full", 431: "bad_sdp", 437: "bad_sdp", 464: "bad_sdp", 465: "bad_sdp"}


def engine_error(error: JanusError) -> EngineError:
    return EngineError(_CODES.get(error.code, "internal"), str(error))


class JanusRoom:
    """`desk` is a handle that sits in the room without media: it manages the room and hears who speaks. All methods run under `lock`."""

    def __init__(
        self, name: str, session: JanusSession, number: Feed, secret: str, desk: int, emit: Callable[[protocol.Event], None]
    ) -> None:
        self.name = name
        self.number = number
        self.desk = desk
        self.lock = asyncio.Lock()
        self.epoch = -1
        self.seats: dict[str, Seat] = {}
        self._session = session
        self._secret = secret
        self._emit = emit
        self._routes: dict[str, frozenset[str]] = {}
        self._placeholder: Source | None = None

    async def enter(self) -> None:
        """Let the desk join, and find the stand-in publisher that gives a downlink its first section."""
        body = {"request": "join", "ptype": "publisher", "room": self.number, "id": self._new_feed(), "pin": self._secret}
        joined = (await self._session.ask(self.desk, body)).data
        for publisher in joined.get("publishers", []):
            for stream in publisher.get("streams", []):
                if publisher.get("dummy") and stream["type"] == "audio":
                    self._placeholder = (publisher["id"], str(stream["mid"]))
        if self._placeholder is None:
            raise EngineError("internal", "this Janus knows no stand-in publishers: it must be 1.1 or newer")

    async def close(self) -> None:
        try:
            await self._manage({"request": "destroy"})
        except EngineError as error:
            # It has gone already, or its connections end one by one.
            _log.warning("room %s: %s", self.name, error)
        for seat in self.seats.values():
            await self._end(seat.up, seat.down)
        await self._session.detach(self.desk)

    async def publish(self, name: str, offer: str) -> Published:
        seat = self._seat(name)
        try:
            read = answer_up(offer, _ELSEWHERE)
        except SdpError as error:
            raise EngineError("bad_sdp", str(error)) from None
        remote, mids = (read.ufrag, read.fingerprints), {track.kind: track.mid for track in read.tracks}
        former = seat.up
        if former is not None and former.remote == remote:
            answer = await self._ask(former.handle, {"request": "configure"}, offer=offer)
            former.mids = mids
        else:
            handle, feed = await self._attach(), self._new_feed()
            body = {"request": "joinandconfigure", "ptype": "publisher", "room": self.number, "id": feed, "pin": self._secret}
            try:
                answer = await self._ask(handle, body, offer=offer)
            except EngineError:
                await self._session.detach(handle)
                raise
            seat.up = Up(handle, feed, remote, mids)
        await self._moderate(seat)
        kinds = tuple(mids)
        changed, seat.kinds = kinds != seat.kinds, kinds
        await self._rewire()
        if changed:
            self._emit(protocol.Tracks(room=self.name, seat=name, kinds=list(kinds)))
        if former is not None and former is not seat.up:
            await self._session.detach(former.handle)
        return Published(answer.sdp, kinds)

    async def unpublish(self, name: str) -> None:
        seat = self._known(name)
        up, seat.up, had = seat.up, None, seat.kinds
        seat.kinds = ()
        await self._rewire()
        await self._end(up)
        if had:
            self._emit(protocol.Tracks(room=self.name, seat=name, kinds=[]))

    async def subscribe(self, name: str) -> Offered:
        seat = self._seat(name)
        former = seat.down
        handle = await self._attach()
        assert self._placeholder is not None
        wanted = self._wanted(name)
        streams = [_stream(source) for source in (self._placeholder, *wanted)]
        body = {"request": "join", "ptype": "subscriber", "room": self.number, "pin": self._secret, "streams": streams}
        try:
            reply = await self._ask(handle, body)
        except EngineError:
            await self._session.detach(handle)
            raise
        seat.down = Down(handle, asked=wanted)
        offer = self._offered(seat.down, reply)
        await self._pause(seat)
        await self._end(former)
        return offer

    async def answered(self, name: str, revision: int, answer: str) -> None:
        down = self._known(name).down
        if down is None:
            raise EngineError("no_seat", f"seat {name} has no downlink")
        if not down.waiting or revision != down.revision:
            raise EngineError("stale_answer", f"revision {revision} is not under way")
        try:
            check_answer(answer, down.offer)
        except SdpError as error:
            raise EngineError("bad_sdp", str(error)) from None
        await self._ask(down.handle, {"request": "start"}, answer=answer)
        down.waiting = False
        await self._rewire()

    async def set_routes(self, epoch: int, routes: dict[str, list[str]]) -> None:
        if epoch <= self.epoch:
            raise EngineError("stale_epoch", f"epoch {epoch} does not follow {self.epoch}")
        self.epoch = epoch
        self._routes = {listener: frozenset(sources) - {listener} for listener, sources in routes.items()}
        await self._rewire()

    async def set_layer(self, name: str, source: str, kind: str, layer: str) -> None:
        seat = self._known(name)
        if layer == "off":
            if len(seat.paused) >= 3 * protocol.MAX_SEATS:
                raise EngineError("bad_request", "too many tracks are paused")
            seat.paused.add((source, kind))
        else:
            seat.paused.discard((source, kind))
        await self._pause(seat)

    async def mute(self, name: str, kinds: list[str]) -> None:
        seat = self._seat(name)
        seat.muted = frozenset(kinds)
        await self._moderate(seat)

    async def kick(self, name: str) -> None:
        seat = self.seats.pop(name, None)
        if seat is not None:
            await self._end(seat.up, seat.down)
            await self._rewire()

    async def restart_up(self, name: str, offer: str) -> str:
        up = self._known(name).up
        if up is None:
            raise EngineError("no_seat", f"seat {name} has no connection up")
        try:
            read = answer_up(offer, _ELSEWHERE)
        except SdpError as error:
            raise EngineError("bad_sdp", str(error)) from None
        answer = await self._ask(up.handle, {"request": "configure"}, offer=offer)
        up.remote = (read.ufrag, read.fingerprints)
        return answer.sdp

    async def restart_down(self, name: str) -> Offered:
        down = self._known(name).down
        if down is None:
            raise EngineError("no_seat", f"seat {name} has no connection down")
        if down.waiting or down.pending:
            # Janus would wait for that answer without a word.
            raise EngineError("stale_answer", "an earlier offer is not answered yet: subscribe anew")
        return self._offered(down, await self._ask(down.handle, {"request": "configure", "restart": True}))

    async def connected(self, name: str, direction: Any) -> None:
        seat = self.seats[name]
        if direction == "up" and seat.up is not None:
            seat.up.connected = True
            await self._rewire()
        self._emit(protocol.Connected(room=self.name, seat=name, direction=direction))

    async def lost(self, name: str, direction: Any, reason: str) -> None:
        """A connection ended by itself."""
        seat = self.seats[name]
        ended: Up | Down | None
        if direction == "up":
            ended, seat.up = seat.up, None
        else:
            ended, seat.down = seat.down, None
        await self._end(ended)
        await self._rewire()
        self._emit(protocol.Disconnected(room=self.name, seat=name, direction=direction, reason=reason))

    async def offered(self, name: str, reply: Reply) -> None:
        """Janus offers by itself: a publisher left, or a change had waited for an answer."""
        down = self.seats[name].down
        if down is not None:
            self._tell_offer(name, self._offered(down, reply))

    def find(self, handle: int) -> tuple[str, Any] | None:
        """(seat, direction) of one of the room's handles."""
        for name, seat in self.seats.items():
            if seat.up is not None and seat.up.handle == handle:
                return name, "up"
            if seat.down is not None and seat.down.handle == handle:
                return name, "down"
        return None

    def speaker(self, feed: Feed) -> str | None:
        return next((name for name, seat in self.seats.items() if seat.up is not None and seat.up.feed == feed), None)

    def stats(self) -> Document:
        """What this side knows: Janus tells its counts over its admin interface alone."""
        seats = {}
        for name, seat in self.seats.items():
            down = {f"{track[0]}:{track[1]}": {"fed": True} for track in seat.down.asked.values()} if seat.down else {}
            seats[name] = {"up": {kind: {} for kind in seat.kinds} if seat.up else {}, "down": down, "muted": sorted(seat.muted)}
        return {"epoch": self.epoch, "seats": seats, "recordings": []}

    async def _rewire(self) -> None:
        # All that is to stop stops before anything begins.
        for name, seat in self.seats.items():
            if seat.down is not None:
                await self._take_away(name, seat, seat.down)
        for name, seat in self.seats.items():
            if seat.down is not None:
                await self._add(name, seat, seat.down)

    async def _take_away(self, name: str, seat: Seat, down: Down) -> None:
        wanted = self._wanted(name)
        gone = [source for source in down.asked if source not in wanted]
        if not gone:
            return
        alive = {seat.up.feed for seat in self.seats.values() if seat.up is not None}
        ended = [source for source in gone if source[0] in alive]
        for source in gone:
            del down.asked[source]
        if not ended:
            return  # the publisher has left, and its streams with it
        try:
            if missing := [source for source in ended if source not in down.sections]:
                raise EngineError("internal", f"Janus has not said where {missing} arrive")
            streams = [{"sub_mid": down.sections[source]} for source in ended]
            reply = await self._ask(down.handle, {"request": "unsubscribe", "streams": streams})
        except EngineError as error:
            await self._give_up(name, seat, down, error)
            return
        self._changed(name, down, reply)

    async def _add(self, name: str, seat: Seat, down: Down) -> None:
        if down.waiting or down.pending:
            return
        new = {source: track for source, track in self._wanted(name).items() if source not in down.asked}
        if not new:
            return
        try:
            reply = await self._ask(down.handle, {"request": "subscribe", "streams": [_stream(source) for source in new]})
        except EngineError as error:
            await self._give_up(name, seat, down, error)
            return
        down.asked |= new
        self._changed(name, down, reply)
        await self._pause(seat)

    async def _give_up(self, name: str, seat: Seat, down: Down, error: EngineError) -> None:
        """End a connection that could not be made what the routes say. The client makes a new one."""
        seat.down = None
        await self._end(down)
        self._emit(protocol.Disconnected(room=self.name, seat=name, direction="down", reason=str(error)))

    def _changed(self, name: str, down: Down, reply: Reply) -> None:
        if reply.sdp:
            self._tell_offer(name, self._offered(down, reply))
        elif reply.data.get("videoroom") == "updating":
            down.pending = True

    def _tell_offer(self, name: str, offer: Offered) -> None:
        self._emit(protocol.Offer(room=self.name, seat=name, revision=offer.revision, sdp=offer.sdp))

    def _offered(self, down: Down, reply: Reply) -> Offered:
        if "streams" in reply.data:
            down.arranged(reply.data["streams"])
        down.revision += 1
        down.offer, down.waiting, down.pending = name_tracks(reply.sdp, down.tracks()), True, False
        return Offered(down.revision, down.offer)

    def _wanted(self, name: str) -> dict[Source, Track]:
        wanted: dict[Source, Track] = {}
        for source, seat in self.seats.items():
            if seat.up is not None and seat.up.connected and source in self._routes.get(name, ()):
                wanted |= {(seat.up.feed, mid): (source, kind) for kind, mid in seat.up.mids.items()}
        return wanted

    async def _pause(self, seat: Seat) -> None:
        down = seat.down
        if down is None:
            return
        wanted = {track for track in down.asked.values() if track in seat.paused}
        sections = {track: mid for mid, track in down.tracks().items()}
        changes = [(track, track not in wanted) for track in wanted ^ down.silent if track in sections]
        if changes:
            streams = [{"mid": sections[track], "send": send} for track, send in changes]
            await self._ask(down.handle, {"request": "configure", "streams": streams})
        down.silent = wanted

    async def _moderate(self, seat: Seat) -> None:
        if seat.up is not None:
            for kind, mid in seat.up.mids.items():
                await self._manage({"request": "moderate", "id": seat.up.feed, "mid": mid, "mute": kind in seat.muted})

    async def _manage(self, body: Document) -> None:
        await self._ask(self.desk, {**body, "room": self.number, "secret": self._secret})

    async def _ask(self, handle: int, body: Document, **description: str) -> Reply:
        try:
            return await self._session.ask(handle, body, **description)
        except JanusError as error:
            raise engine_error(error) from None

    async def _attach(self) -> int:
        try:
            return await self._session.attach()
        except JanusError as error:
            raise engine_error(error) from None

    async def _end(self, *connections: Up | Down | None) -> None:
        for connection in connections:
            if connection is not None:
                await self._session.detach(connection.handle)

    def _new_feed(self) -> Feed:
        number = secrets.randbits(52)
        return str(number) if isinstance(self.number, str) else number

    def _seat(self, name: str) -> Seat:
        """The seat, made when it is new."""
        if name not in self.seats:
            if len(self.seats) >= protocol.MAX_SEATS:
                raise EngineError("full", f"a room has at most {protocol.MAX_SEATS} seats")
            self.seats[name] = Seat()
        return self.seats[name]

    def _known(self, name: str) -> Seat:
        try:
            return self.seats[name]
        except KeyError:
            raise EngineError("no_seat", f"nobody sits on {name}") from None


def _stream(source: Source) -> Document:
    return {"feed": source[0], "mid": source[1]}
