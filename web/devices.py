"""Standard devices in a session: WHIP (RFC 9725) for a courtroom's camera or OBS, WHEP (draft-ietf-wish-whep) for a screen on the wall.

A device sits on a seat of its own (`device`), invited by the mediator, whose token it sends as a bearer token. It waits in the lobby like everybody; what
it sends and sees follows the same rules. Its page is none: it is heard, seen, muted, kept out of private talks and sent out by the room's rules alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cases.actor import Actor
from cases.errors import Invalid, NotAllowed, OutOfTurn, Unavailable
from cases.permissions import demand
from cases.vocabulary import Action, SeatRole
from rooms import commands as c
from rooms.handling import seat_of, standings
from rooms.media.port import EngineGone, MediaEngine
from rooms.media.protocol import EngineError
from rooms.room import Room, Seat
from signaling.turn import ice_servers
from web.request import address_of, house
from web.timestamps import TooLarge, WrongType

SDP_TYPE = "application/sdp"
SDP_LIMIT = 64 * 1024
WAIT = 3
"""Seconds after which a device that is not admitted yet may ask again."""
Way = Literal["whip", "whep"]
EngineOf = Callable[[str], MediaEngine | None]


@dataclass(frozen=True)
class Devices:
    """`engine_of` a room; `relays` that know `relay_secret`, and the clock by which their names expire."""

    engine_of: EngineOf
    relays: tuple[str, ...] = ()
    relay_secret: str = ""

    def routes(self) -> list[BaseRoute]:
        found: list[BaseRoute] = []
        for way in ("whip", "whep"):
            found.append(Route(f"/{way}", partial(self._offered, way=way), methods=["POST"]))
            found.append(Route(f"/{way}", self._options, methods=["OPTIONS"]))
            found.append(Route(f"/{way}/{{session}}/{{seat}}/{{number}}", self._ended, methods=["DELETE"]))
            found.append(Route(f"/{way}/{{session}}/{{seat}}/{{number}}", self._patched, methods=["PATCH"]))
        return found

    async def _offered(self, request: Request, way: Way) -> Response:
        """An offer: 201 with the answer, and where it is ended."""
        at = house(request)
        at.rates.spend("device", address_of(request))
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != SDP_TYPE:
            raise WrongType("wrong_type", f"Send {SDP_TYPE}")
        actor = await at.doors.links.device(_token(request))
        offer = await _text(request)
        room, seat = await self._seated(request, actor)
        if way == "whip":
            demand(standings(room, actor), Action.PUBLISH_MEDIA, room.stage)
        engine = self.engine_of(room.id)
        if engine is None:
            raise Unavailable("media_restarting", "The media worker is being restarted; please try again in a moment")
        try:
            answer = (await engine.publish(room.id, seat.id, offer)).answer if way == "whip" else await engine.play(room.id, seat.id, offer)
        except EngineGone:
            raise Unavailable("media_restarting", "The media worker is being restarted; please try again in a moment") from None
        except EngineError as error:
            raise Invalid(f"media_{error.code}", error.message) from None
        number = secrets.token_hex(8)
        headers = {"Location": f"/{way}/{room.id}/{seat.id}/{number}", "ETag": f'"{number}"'}
        response = Response(answer, 201, headers, SDP_TYPE)
        for link in self._links(at.clock.now().timestamp()):
            response.headers.append("Link", link)
        return response

    async def _seated(self, request: Request, actor: Actor) -> tuple[Room, Seat]:
        """The seat, once the mediator has admitted it; else it is brought to the door. Raises `Unavailable`."""
        at = house(request)
        room, seat = await _seat(request, actor)
        if not seat.present:
            await at.desk.do(c.Knock(actor.case_id), actor, "")
            room, seat = await _seat(request, actor)
        if not seat.present:
            raise Unavailable(
                "not_admitted", "The mediator has not admitted this device yet; it may ask again in a few seconds", seconds=WAIT
            )
        return room, seat

    async def _ended(self, request: Request) -> Response:
        """The device takes leave: its seat is left, and both of its connections end."""
        at = house(request)
        actor = await at.doors.links.device(_token(request))
        if (actor.session_id, actor.id) != (request.path_params["session"], request.path_params["seat"]):
            raise NotAllowed("not_seated", "This token is of another seat")
        await at.desk.do(c.LeaveRoom(actor.case_id), actor, "")
        return Response(status_code=200)

    async def _patched(self, request: Request) -> Response:
        """Neither trickle ICE nor restarts: an offer lists the device's candidates, and a lost path is an offer anew (RFC 9725 section 4.3)."""
        return Response("Send a new offer instead", 405, {"Allow": "DELETE"}, "text/plain")

    async def _options(self, request: Request) -> Response:
        at = house(request)
        response = Response(status_code=204, headers={"Accept-Post": SDP_TYPE, "Allow": "POST, OPTIONS"})
        if "Authorization" in request.headers:
            at.rates.spend("device", address_of(request))
            await at.doors.links.device(_token(request))
            for link in self._links(at.clock.now().timestamp()):
                response.headers.append("Link", link)
        return response

    def _links(self, now: float) -> list[str]:
        """The relays as RFC 9725 section 4.6 tells them."""
        found = []
        for server in ice_servers(list(self.relays), self.relay_secret, secrets.token_hex(8), now):
            urls = server["urls"]
            for url in [urls] if isinstance(urls, str) else urls:
                found.append(
                    f'<{url}>; rel="ice-server"; username="{server["username"]}"; credential="{server["credential"]}"; credential-type="password"'
                )
        return found


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise NotAllowed("no_token", "Send the device's token as Authorization: Bearer …")
    return token.strip()


async def _text(request: Request) -> str:
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > SDP_LIMIT:
            raise TooLarge("too_long", "A session description has at most 64 KiB", limit=SDP_LIMIT)
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Invalid("malformed", "The description is not UTF-8") from None


async def _seat(request: Request, actor: Actor) -> tuple[Room, Seat]:
    dossier: Any = await house(request).reader.dossier_of(f"room/{actor.session_id}")
    room = dossier.room if dossier else None
    seat = seat_of(room, actor) if room is not None and room.id == actor.session_id else None
    if room is None or seat is None or seat.revoked:
        raise NotAllowed("not_seated", "This token has no seat in this session")
    if seat.role is not SeatRole.DEVICE:
        # A person's link opens a page, where consents are asked and told; it is no key for a machine.
        raise NotAllowed("no_device", "This token is a person's link; ask the mediator for one for a device")
    if room.ended_at is not None:
        raise OutOfTurn("session_ended", "This session has ended")
    return room, seat
