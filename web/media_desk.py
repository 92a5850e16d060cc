"""Answers what a connection asks about media: its uplink's offer, its downlink, restarts. The rules have already decided who hears whom."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any, Literal, cast, get_args

from cases.errors import Invalid, NotAllowed, OutOfTurn, Unavailable
from cases.permissions import demand
from cases.vocabulary import Action
from realtime.endpoint import Connection
from realtime.hub import Hub
from realtime.messages import Ask, Done
from realtime.session import Code
from rooms.handling import seat_of, standings
from rooms.media.port import EngineGone, MediaControl
from rooms.media.protocol import EngineError, Layer
from rooms.media.windows import Windows
from rooms.room import Room, Seat
from signaling.turn import LIFETIME, ice_servers
from storage.reading import Reader
from web.media import MediaRooms

SDP_LIMIT = 64 * 1024
LAYERS = set(get_args(Layer))
TAKES = {"publish", "subscribe_media"}
"""What makes the media of a seat those of the page that asks: a seat has one connection up and one down."""


class MediaDesk:
    """`relays` are addresses of TURN servers that know `relay_secret`."""

    def __init__(self, hub: Hub, reader: Reader, rooms: MediaRooms, relays: Sequence[str] = (), relay_secret: str = "") -> None:
        self._hub, self._reader, self._rooms = hub, reader, rooms
        self._relays, self._relay_secret = relays, relay_secret
        self._windows = Windows[Connection]()

    async def handle(self, connection: Connection, message: Ask) -> None:
        if len(message.sdp) > SDP_LIMIT:
            raise Invalid("too_long", "A session description has at most 64 KiB", field="sdp", limit=SDP_LIMIT)
        if message.what == "ice_servers":
            await self._seat(connection, message.session, present=False)
            servers = ice_servers(self._relays, self._relay_secret, secrets.token_hex(8), time.time())
            self._hub.send(connection, Done(message.key, {"servers": servers, "lifetime": LIFETIME}))
            return
        room, seat = await self._seat(connection, message.session)
        if self._windows.stepped_aside((room.id, seat.id), connection.window):
            connection.close(Code.TAKEN_OVER, "other_window")
            return
        try:
            result = await self._ask(connection, message, room, seat)
        except EngineGone:
            raise Unavailable("media_restarting", "The media worker is being restarted; please try again in a moment") from None
        except EngineError as error:
            raise Invalid(f"media_{error.code}", error.message) from None
        if message.what in TAKES:
            self._hand_over((room.id, seat.id), connection)
        self._hub.send(connection, Done(message.key, result))

    def left(self, connection: Connection) -> None:
        self._windows.left(connection)

    def _hand_over(self, seat: tuple[str, str], connection: Connection) -> None:
        """The window that asked last has the media; the one before is told."""
        if connection.close_sent or connection.disconnected:
            # It was cut while it waited for its turn, and another may have come in its place.
            return
        if self._windows.stepped_aside(seat, connection.window):
            # Another was faster while the engine was asked.
            connection.close(Code.TAKEN_OVER, "other_window")
            return
        before = self._windows.take(seat, connection.window, connection)
        if before is not None:
            before.close(Code.TAKEN_OVER, "other_window")

    async def _seat(self, connection: Connection, session: str, *, present: bool = True) -> tuple[Room, Seat]:
        dossier = await self._reader.dossier_of(f"room/{session}")
        room = dossier.room if dossier else None
        seat = seat_of(room, connection.actor) if room is not None and room.id == session else None
        if room is None or seat is None or seat.revoked:
            raise NotAllowed("not_seated", "You have no seat in this session")
        if (present and not seat.present) or room.ended_at is not None:
            raise OutOfTurn("not_present", "You have not been admitted yet")
        return room, seat

    async def _ask(self, connection: Connection, message: Ask, room: Room, seat: Seat) -> dict[str, Any]:
        engine = self._rooms.engine_of(room.id)
        if engine is None:
            if not self._rooms.serves:
                raise OutOfTurn("media_elsewhere", "Rooms are served by another node of this installation; please open your link again")
            raise EngineGone("no worker")
        match message.what:
            case "publish":
                demand(standings(room, connection.actor), Action.PUBLISH_MEDIA, room.stage)
                published = await engine.publish(room.id, seat.id, message.sdp)
                return {"sdp": published.answer, "kinds": list(published.kinds)}
            case "unpublish":
                await engine.unpublish(room.id, seat.id)
                return {}
            case "subscribe_media":
                offered = await engine.subscribe(room.id, seat.id)
                return {"sdp": offered.sdp, "revision": offered.revision}
            case "answer":
                await engine.answered(room.id, seat.id, message.revision, message.sdp)
                return {}
            case "restart_ice" if message.direction == "up":
                return {"sdp": await engine.restart_ice_up(room.id, seat.id, message.sdp)}
            case "restart_ice":
                offered = await engine.restart_ice_down(room.id, seat.id)
                return {"sdp": offered.sdp, "revision": offered.revision}
            case "layer":
                return await self._layer(engine, message, room, seat)
        raise Invalid("unknown_request", f"There is no request called {message.what[:20]}", field="what")

    async def _layer(self, engine: MediaControl, message: Ask, room: Room, seat: Seat) -> dict[str, Any]:
        """`kinds` is [source seat, camera or screen, what the window can use]: a picture out of sight is paused."""
        if len(message.kinds) != 3 or message.kinds[1] not in {"camera", "screen"} or message.kinds[2] not in LAYERS:
            raise Invalid("malformed", "kinds is source seat, camera or screen, off or low or full", field="kinds")
        source, kind, layer = message.kinds
        shown = cast(Literal["camera", "screen"], kind), cast(Layer, layer)
        await engine.set_layer(room.id, seat.id, source, *shown)
        return {}
