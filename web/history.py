"""The draft's history over HTTP: its versions, and the difference of any two, for those who may see the agreement."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agreements.history import redline, versions
from agreements.live import LogEntry
from cases.case import standings as case_standings
from cases.errors import Invalid, NotFound, OutOfTurn
from cases.permissions import may
from cases.vocabulary import Action
from rooms import private_draft
from rooms.handling import seat_of
from rooms.handling import standings as room_standings
from storage.dossier import Dossier
from storage.drafts import read_log
from web.request import actor_of, address_of, house


async def told(request: Request) -> Response:
    dossier, log = await _log(request)
    names = {seat.id: seat.name for seat in dossier.room.seats.values()} if dossier.room else {}
    return JSONResponse({"versions": msgspec.to_builtins(versions(log)), "names": names})


async def compared(request: Request) -> Response:
    """From version `since` (0: an empty sheet) to version N."""
    house(request).rates.spend("history", address_of(request))
    _, log = await _log(request)
    since, until = request.query_params.get("since", "0"), request.path_params["version"]
    if not since.isdecimal() or len(since) > 9:
        raise Invalid("malformed", "since is the number of a version", field="since")
    try:
        loop = asyncio.get_running_loop()
        changes = await loop.run_in_executor(house(request).pool, redline, log, int(since), until)
    except KeyError:
        raise NotFound("no_version", "The draft has no such version, or they are in the wrong order") from None
    return JSONResponse({"clauses": msgspec.to_builtins(changes)})


async def private(request: Request) -> Response:
    """What became of the draft of a private talk, for those who were inside; to anybody else there is none."""
    house(request).rates.spend("history", address_of(request))
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    room = dossier.room
    seat = seat_of(room, actor) if room is not None else None
    kept = private_draft.readable_for(room, seat) if room is not None and seat is not None else []
    found = next((one for one in kept if one.talk == request.path_params["talk"]), None)
    if room is None or found is None or not may(room_standings(room, actor), Action.SEE_AGREEMENT, room.stage):
        raise NotFound("no_draft", "There is no such draft")
    log = await read_log(found.document)
    loop = asyncio.get_running_loop()
    changes = await loop.run_in_executor(house(request).pool, redline, log, 1, len(versions(log)))
    return JSONResponse({"clauses": msgspec.to_builtins(changes), "names": {key: one.name for key, one in room.seats.items()}})


async def _log(request: Request) -> tuple[Dossier, list[LogEntry]]:
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    room, agreement = dossier.room, dossier.agreement
    staff = may(case_standings(dossier.case, actor), Action.SEE_AGREEMENT, dossier.case.stage)
    seat = seat_of(room, actor) if room is not None else None
    seated = room is not None and seat is not None and seat.known and may(room_standings(room, actor), Action.SEE_AGREEMENT, room.stage)
    if agreement is None or not (staff or seated):
        raise NotFound("no_agreement", "There is no such agreement")
    if room is not None and room.caucus is not None and not staff and actor.id not in room.caucus.seats:
        # Nothing of it changes meanwhile, but whoever waits outside asks for nothing of the session until called back.
        raise OutOfTurn("caucus_waiting", "A private talk is going on; please wait until you are called back")
    return dossier, await read_log(agreement.document)


HISTORY_ROUTES = [
    Route("/api/agreements/{case}/history", told),
    Route("/api/agreements/{case}/history/{version:int}", compared),
    Route("/api/agreements/{case}/private-drafts/{talk}", private),
]
