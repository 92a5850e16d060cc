"""One room on a media worker: its seats, their connections, and the routes between them.

Every change ends in `_rewire`, which makes forwarding and recording exactly what routes, mutes, layers and answered offers allow,
in one step without waiting. Nothing else starts a leg or a recording tap, so default deny is kept in one place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, TypeVar

from rooms.media import protocol
from rooms.media.bandwidth import CEILING
from rooms.media.counts import received, sent
from rooms.media.down_connection import DownConnection
from rooms.media.forwarding import Track
from rooms.media.hearing import Hearing
from rooms.media.protocol import EngineError
from rooms.media.quality import Quality, judge
from rooms.media.recordings import Recordings
from rooms.media.slots import SlotsExhausted, StaleAnswer
from rooms.media.slots import Watched as Place
from rooms.media.up_connection import UpConnection
from rooms.media.view import Offers, Supply, View
from signaling.dtls import Certificate
from signaling.errors import SdpError
from signaling.ice_lite import IceFull, IcePort
from signaling.negotiation import Slot
from signaling.negotiation import Uplink as Negotiated

ADAPT_EVERY, CALM_EVERY = 0.1, 0.25
"""Seconds between two looks at what every viewer gets; the longer where at the last one nobody could get more and everything fitted. A line that is judged to be
in trouble is looked at with the next tick."""
_log = logging.getLogger("media.conference")
Direction = Literal["up", "down"]
C = TypeVar("C", UpConnection, DownConnection)


class Seat:
    """One seat's state. `kinds` outlives the uplink, so that a short cut does not make everybody renegotiate."""

    def __init__(self) -> None:
        self.up: UpConnection | None = None
        self.down: DownConnection | None = None
        self.kinds: tuple[str, ...] = ()
        self.muted: frozenset[str] = frozenset()
        self.wishes: dict[Place, protocol.Layer] = {}
        self.quality = Quality()
        self.view = View()
        self.supply = Supply()


class Conference:
    """`emit` takes events for the server. All methods raise `EngineError` for what the server asked wrongly."""

    def __init__(
        self, room: str, port: IcePort, certificate: Certificate, clock: Callable[[], float], emit: Callable[[protocol.Event], None]
    ) -> None:
        self.room = room
        self.settings = protocol.RoomSettings()
        self._port = port
        self._certificate = certificate
        self._clock = clock
        self._emit = emit
        self._seats: dict[str, Seat] = {}
        self._routes: dict[str, frozenset[str]] = {}
        self._recordings = Recordings(room, emit)
        self._hearing = Hearing(room)
        self._adapted_at = float("-inf")
        self._adapt_every = ADAPT_EVERY
        self.epoch = -1

    async def publish(self, name: str, offer: str) -> dict[str, Any]:
        seat = self._seat(name)
        connection = former = seat.up
        try:
            if former is not None and former.continues(offer):
                connection, negotiated = former, former.negotiate(offer)
            else:
                connection = self._new(UpConnection)
                negotiated = connection.negotiate(offer)
        except SdpError as error:
            if connection is not None and connection is not former:
                await connection.peer.close()
            raise EngineError("bad_sdp", str(error)) from None
        if connection is not former:
            seat.up = connection
            seat.supply.forget()
            self._watch(name, "up", connection)
            connection.on_report = partial(self._recordings.sender_report, name)
        self._sends(name, seat, negotiated)
        if former is not None and former is not connection:
            await former.peer.close()
        return {"sdp": negotiated.answer, "kinds": list(seat.kinds)}

    async def unpublish(self, name: str) -> None:
        seat = self._known(name)
        connection, seat.up, had = seat.up, None, seat.kinds
        seat.kinds = ()
        self._hearing.forget(name)
        self._changed("unpublished")
        if had:
            self._emit(protocol.Tracks(room=self.room, seat=name, kinds=[]))
        if connection is not None:
            await connection.peer.close()

    async def subscribe(self, name: str) -> dict[str, Any]:
        seat = self._seat(name)
        connection = self._new(DownConnection)
        await self._begin(name, seat, connection)
        return self._offered(connection)

    async def play(self, name: str, offer: str) -> dict[str, Any]:
        seat = self._seat(name)
        connection = self._new(DownConnection)
        try:
            answer = connection.play(offer)
        except SdpError as error:
            await connection.peer.close()
            raise EngineError("bad_sdp", str(error)) from None
        await self._begin(name, seat, connection)
        return {"sdp": answer}

    async def _begin(self, name: str, seat: Seat, connection: DownConnection) -> None:
        """Let a seat watch by this connection, and no longer by the one that it had."""
        former, seat.down = seat.down, connection
        self._watch(name, "down", connection)
        self._arrange(name, seat)
        self._rewire("")
        if former is not None:
            former.feed({}, self._clock())
            await former.peer.close()

    def answered(self, name: str, revision: int, answer: str) -> None:
        connection = self._known(name).down
        if connection is None:
            raise EngineError("no_seat", f"seat {name} has no downlink")
        try:
            connection.answered(revision, answer)
        except SdpError as error:
            raise EngineError("bad_sdp", str(error)) from None
        except StaleAnswer as error:
            raise EngineError("stale_answer", str(error)) from None
        self._changed("")

    def set_routes(self, epoch: int, routes: dict[str, list[str]], recorded: dict[str, list[str]] | list[str]) -> None:
        if epoch <= self.epoch:
            raise EngineError("stale_epoch", f"epoch {epoch} does not follow {self.epoch}")
        self.epoch = epoch
        self._routes = {listener: frozenset(sources) - {listener} for listener, sources in routes.items()}
        self._recordings.allow(recorded)
        self._changed("routes")
        for event in self._hearing.separate():
            self._emit(event)

    def set_layer(self, name: str, source: str, kind: str, layer: protocol.Layer) -> None:
        wishes = self._known(name).wishes
        wishes.pop((source, kind), None)
        if layer != "full":
            if len(wishes) >= 3 * protocol.MAX_SEATS:
                raise EngineError("bad_request", "too many tracks are paused")
            wishes[source, kind] = layer
        self._rewire("")

    def mute(self, name: str, kinds: list[str]) -> None:
        seat = self._seat(name)
        seat.muted = frozenset(kinds)
        if "audio" in kinds:
            self._hearing.forget(name)
        self._mute(seat)

    async def kick(self, name: str) -> None:
        seat = self._seats.pop(name, None)
        if seat is None:
            return
        self._hearing.forget(name)
        if seat.down is not None:
            seat.down.feed({}, self._clock())
        self._changed("kicked")
        for connection in (seat.up, seat.down):
            if connection is not None:
                await connection.peer.close()

    def restart_ice(self, name: str, direction: Direction, sdp: str) -> dict[str, Any]:
        seat = self._known(name)
        connection = seat.up if direction == "up" else seat.down
        if connection is None or connection.peer.closed:
            raise EngineError("no_seat", f"seat {name} has no connection {direction}")
        if isinstance(connection, DownConnection):
            if connection.plays:
                raise EngineError("unsupported", "a player that has lost its path connects anew")
            connection.peer.ice.restart()
            return self._offered(connection)
        try:
            negotiated = connection.restart(sdp)
        except SdpError as error:
            raise EngineError("bad_sdp", str(error)) from None
        # An offer with new credentials may change the tracks as well, and new ones must not escape a mute.
        self._sends(name, seat, negotiated)
        return {"sdp": negotiated.answer}

    async def record(self, session: str, on: bool, seats: list[str], directory: str, key: bytes) -> None:
        if on:
            self._recordings.start(session, seats, directory, key, self.settings.segment_seconds)
            self._rewire("routes")
        elif (recording := self._recordings.take(session)) is not None:
            self._rewire("")
            await recording.close()

    async def close(self) -> None:
        """End everything; recordings are on the disk when this returns."""
        self._routes = {}
        self._rewire("closed")
        seats, self._seats = self._seats, {}
        await self._recordings.close()
        for seat in seats.values():
            for connection in (seat.up, seat.down):
                if connection is not None:
                    await connection.peer.close()

    def tick(self, now: float) -> None:
        """Every 20 ms: repair, keyframes, layers, the speaker."""
        for name, kind in self._recordings.tick():
            if (track := self._track(name, kind)) is not None:
                track.want_keyframe()
        alarm = False
        for seat in self._seats.values():
            if seat.down is not None and seat.down.peer.connected:
                seat.down.pad(now)
                alarm |= seat.down.congestion.alarm
                seat.down.congestion.alarm = False
        if alarm or now - self._adapted_at >= self._adapt_every:
            self._adapt(now)
        levels: dict[str, int] = {}
        for name, seat in self._seats.items():
            if seat.up is not None and seat.up.peer.connected:
                seat.up.ask(now)
                audio = seat.up.media.tracks.get("audio")
                if audio is not None and audio.level_id and not audio.muted and audio.encodings[0].active(now):
                    levels[name] = audio.level
        for event in self._hearing.hear(levels, now):
            self._emit(event)
            players = [(name, seat) for name, seat in self._seats.items() if seat.down is not None and seat.down.plays]
            for name, seat in players:
                self._arrange(name, seat)
            if players:
                self._rewire("")

    def report(self, now: float) -> None:
        """Every second: receiver reports, bandwidth, quality, and who sits in one room."""
        for event in self._hearing.judge(now, self._hears):
            self._emit(event)
        shares: dict[int, list[int]] = {}
        for seat in self._seats.values():
            if seat.down is not None:
                seat.down.tick()
                videos = [track for track in seat.down.fed.values() if track.video]
                for track in videos:
                    if not track.layered:
                        limit = seat.down.limit
                        shares.setdefault(id(track), []).append(CEILING if limit == CEILING else limit // len(videos))
        for name, seat in self._seats.items():
            if seat.up is not None and seat.up.peer.connected:
                seat.up.report(now, [share for t in seat.up.media.tracks.values() for share in shares.get(id(t), [])])
            self._judge(name, seat, now)

    def stats(self) -> dict[str, Any]:
        seats: dict[str, Any] = {}
        for name, seat in self._seats.items():
            up = {kind: received(track) for kind, track in seat.up.media.tracks.items()} if seat.up else {}
            down: dict[str, Any] = {}
            if seat.down is not None:
                down = sent(seat.down)
            peers = [c.peer for c in (seat.up, seat.down) if c is not None]
            counts = {"refused": sum(p.refused for p in peers), "unsendable": sum(p.way.unsendable for p in peers)}
            seats[name] = {"up": up, "down": down, **counts, "muted": sorted(seat.muted)}
        return {"epoch": self.epoch, "seats": seats, "recordings": self._recordings.sessions}

    def _seat(self, name: str) -> Seat:
        """The seat, made when it is new."""
        seat = self._seats.get(name)
        if seat is None:
            if len(self._seats) >= protocol.MAX_SEATS:
                raise EngineError("full", f"a room has at most {protocol.MAX_SEATS} seats")
            seat = self._seats[name] = Seat()
        return seat

    def _known(self, name: str) -> Seat:
        try:
            return self._seats[name]
        except KeyError:
            raise EngineError("no_seat", f"nobody sits on {name}") from None

    def _track(self, name: str, kind: str) -> Track | None:
        seat = self._seats.get(name)
        return seat.up.media.tracks.get(kind) if seat is not None and seat.up is not None else None

    def _new(self, kind: type[C]) -> C:
        try:
            return kind(self._port, self._certificate, self._clock)
        except IceFull as error:
            raise EngineError("full", str(error)) from None

    def _watch(self, name: str, direction: Direction, connection: UpConnection | DownConnection) -> None:
        def connected() -> None:
            self._emit(protocol.Connected(room=self.room, seat=name, direction=direction))
            self._rewire("")

        def closed(reason: str) -> None:
            seat = self._seats.get(name)
            if seat is None or connection not in (seat.up, seat.down):
                return
            if isinstance(connection, DownConnection):
                connection.feed({}, self._clock())
                seat.down = None
            else:
                seat.up = None
                self._hearing.forget(name)
            self._rewire("disconnected")
            self._emit(protocol.Disconnected(room=self.room, seat=name, direction=direction, reason=reason))

        connection.peer.on_connected = connected
        connection.peer.on_closed = closed

    def _offered(self, connection: DownConnection) -> dict[str, Any]:
        offer = connection.offer(always=True)
        assert offer is not None
        return {"revision": offer[0], "sdp": offer[1]}

    def _changed(self, reason: str) -> None:
        """Put a change in force, then offer to viewers what it means for their sections."""
        self._rewire(reason)
        for name, seat in self._seats.items():
            self._arrange(name, seat)
            # The first offer is the reply to `subscribe`.
            if seat.down is not None and seat.down.table.revision and (offer := seat.down.offer(always=False)) is not None:
                self._emit(protocol.Offer(room=self.room, seat=name, revision=offer[0], sdp=offer[1]))
        if any(seat.down is not None and seat.down.plays for seat in self._seats.values()):
            # A player needs no offer: what its sections were given now goes at once.
            self._rewire("")

    def _arrange(self, name: str, seat: Seat) -> None:
        if seat.down is None:
            return
        sources = [s for s in self._seats if s in self._routes.get(name, ())]
        watched = [(source, kind) for source in sources for kind in self._seats[source].kinds]
        if seat.down.plays:
            # A player may have room for few: a shared screen comes first, then who speaks.
            speaker = self._hearing.latest(self._routes.get(name, ()))
            watched.sort(key=lambda place: (place[1] != "screen", place[0] != speaker))
        try:
            seat.down.table.want(watched)
        except SlotsExhausted as error:
            # Freed sections wait for their answer, which brings us here again. What is watched so far goes on.
            _log.warning("room %s, seat %s: %s", self.room, name, error)

    def _rewire(self, reason: str) -> None:
        if (burst := self._port.burst) is not None:
            # What was made by the former routes leaves before the new ones are acknowledged.
            burst.flush()
        now = self._clock()
        for name, seat in self._seats.items():
            if seat.down is None:
                continue
            wanted: dict[int, tuple[Slot, Track]] = {}
            if seat.down.peer.connected:
                for slot, codecs in seat.down.table.ready():
                    if slot.seat not in self._routes.get(name, ()) or seat.wishes.get((slot.seat, slot.kind)) == "off":
                        continue
                    track = self._track(slot.seat, slot.kind)
                    if track is not None and track.codec in codecs:
                        wanted[slot.ssrc] = (slot, track)
            if seat.down.feed(wanted, now):
                self._adapted_at = float("-inf")
        self._recordings.follow({name: seat.up.media.tracks for name, seat in self._seats.items() if seat.up is not None}, reason)

    def _adapt(self, now: float) -> None:
        """Give every viewer the layers that its windows can use and its line takes, and tell sources what nobody uses."""
        self._adapted_at = now
        offers, calm = Offers(now), True
        for name, seat in self._seats.items():
            if seat.down is not None and seat.down.peer.connected:
                speaker = self._hearing.latest(self._routes.get(name, ()))
                shown = seat.view.adapt(seat.down, seat.wishes, speaker, offers, now)
                calm = calm and seat.view.calm
                if shown is not None:
                    self._emit(protocol.Pictures(room=self.room, seat=name, shown=shown))
        self._adapt_every = CALM_EVERY if calm else ADAPT_EVERY
        for name, seat in self._seats.items():
            camera = seat.up.media.tracks.get("camera") if seat.up is not None else None
            if camera is None or not camera.layered:
                continue
            wishes = [s.wishes.get((name, "camera"), "full") for viewer, s in self._seats.items() if name in self._routes.get(viewer, ())]
            if (layers := seat.supply.update(camera, wishes, now)) is not None:
                self._emit(protocol.Layers(room=self.room, seat=name, layers=layers))

    def _sends(self, name: str, seat: Seat, negotiated: Negotiated) -> None:
        """Put in force what a seat's newest offer says that it sends."""
        kinds = tuple(t.kind for t in negotiated.tracks)
        changed, seat.kinds = kinds != seat.kinds, kinds
        self._mute(seat)
        self._changed("tracks")
        if changed:
            self._emit(protocol.Tracks(room=self.room, seat=name, kinds=list(kinds)))

    def _hears(self, one: str, other: str) -> bool:
        return other in self._routes.get(one, ())

    def _mute(self, seat: Seat) -> None:
        if seat.up is not None:
            for kind, track in seat.up.media.tracks.items():
                track.mute(kind in seat.muted, self._clock())

    def _judge(self, name: str, seat: Seat, now: float) -> None:
        connections = [c for c in (seat.up, seat.down) if c is not None and c.peer.connected]
        if not connections:
            return
        loss = max(c.loss for c in connections)
        round_trip = max(c.round_trip for c in connections)
        silent = now - min(c.heard_at for c in connections)
        if seat.quality.update(judge(loss, round_trip, silent), now):
            word: Any = seat.quality.word
            self._emit(protocol.QualityChanged(room=self.room, seat=name, quality=word, loss=round(loss, 3), rtt=round(round_trip, 3)))
