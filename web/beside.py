"""Two seats in one browser: seen by the sessions that it holds, so that nobody has to say so, and nobody can say it of others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.case import Numbering
from cases.errors import NotAllowed, Refusal
from cases.vocabulary import SeatRole
from rooms.handling import seat_of
from rooms.settling import settled
from rooms.sharing import share, take, together
from storage.dossier import Dossier
from storage.work import Outcome
from web.request import actor_of, house

MOST = 8
"""Sessions of one browser that are looked at: a room has no more seats."""


async def told(request: Request) -> Response:
    """Who else of this session has a seat in this browser: `seats` of `as seat name`. That they share it is entered."""
    session = request.path_params["session"]
    actor, _ = await actor_of(request)
    if actor.kind != "seat" or actor.session_id != session:
        raise NotAllowed("not_seated", "You have no seat in this session")
    others = [(handle, other) for handle, other in await _others(request) if other.kind == "seat" and other.session_id == session]
    at = house(request)
    found: list[dict[str, Any]] = []
    for handle, other in others:
        room = (await at.reader.dossier(actor.case_id)).room
        seat, own = (seat_of(room, one) for one in (other, actor)) if room is not None else (None, None)
        if room is None or seat is None or own is None or seat.id == own.id or {seat.role, own.role} != {SeatRole.PARTY}:
            continue
        if room.ended_at is None:
            await at.store.execute(actor.case_id, _shared(actor, other))
        found.append({"as": handle, "seat": seat.id, "name": seat.name})
    return JSONResponse({"seats": found}, headers={"Cache-Control": "no-store"})


async def _others(request: Request) -> list[tuple[str, Actor]]:
    """Whose sessions this browser holds beside the one that asks, as far as they are in force."""
    own = request.query_params.get("as") or request.headers.get("X-Heyi-As", "")
    found = []
    for handle in house(request).doors.handles(request.headers.get("Cookie", ""))[:MOST]:
        if handle != own:
            try:
                found.append((handle, (await house(request).doors.admit(request.headers.get("Cookie", ""), handle)).actor))
            except Refusal:
                continue  # one that has ended
    return found


def _shared(actor: Actor, other: Actor) -> Any:
    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room = dossier.room
        seat, there = (seat_of(room, one) for one in (actor, other)) if room is not None else (None, None)
        if room is None or seat is None or there is None or room.ended_at is not None:
            return Outcome()
        happened = settled(room, now, lambda: [*share(room, seat.id, there.id), *take(room, seat.id)])
        if dossier.agreement is not None and dossier.agreement.codes:
            # Whoever answered a one-time code and gave the device away answers another one when it comes back. One that was not answered stays, with its tries.
            away = set(together(room, seat.id)) - {seat.id}
            codes = dossier.agreement.codes
            dossier.agreement.codes = {one: code for one, code in codes.items() if one not in away or code.answered_at is None}
        return Outcome(happened)

    return decide


BESIDE_ROUTES = [Route("/api/sessions/{session}/beside", told, methods=["POST"])]
