"""A party's own page over HTTP: the session that opens it, and the way from there to the own place in the room."""

from __future__ import annotations

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import standings
from cases.errors import NotAllowed
from cases.permissions import demand
from cases.vocabulary import Action
from web.matters import link_of
from web.request import SESSIONS, actor_of, address_of, house

OPENS = {"account": ("desk",), "party": ("own",), "reporter": ("mine", "own"), "seat": ("join", "own")}
"""The pages that each kind of session opens, its own first."""


async def enter(request: Request) -> Response:
    """From a party's own page to its place in the session, which it gets by this where it never had one. From there on it comes in as by the mediator's link: it waits
    at the door, and is compared with the card."""
    actor, _ = await actor_of(request)
    at = house(request)
    at.rates.spend("times", f"{actor.case_id}{actor.id}")
    dossier = await at.reader.dossier(request.path_params["case"])
    demand(standings(dossier.case, actor), Action.COME_BY_PAGE, dossier.case.stage)
    token = await link_of(request, dossier, actor.id)
    if not token and dossier.room is not None and dossier.room.awaits(actor.id):
        await at.desk.take_place(dossier.case.id, actor)
        token = await link_of(request, await at.reader.dossier(dossier.case.id), actor.id)
    if not token:
        raise NotAllowed("no_place", "There is no link to your place at present; ask the mediator for one")
    return JSONResponse({"where": f"/j#{token}"})


async def session_here(request: Request) -> Response:
    """Which session of this browser opens a page whose address names none, as in a calendar or another tab: that of the tab, or the only one that there is."""
    at, page, of = house(request), request.query_params.get("page", ""), request.query_params.get("of", "")
    at.rates.spend("here", address_of(request))
    cookies, named, there = request.headers.get("Cookie", ""), request.headers.get("X-Heyi-As", ""), []
    for handle in at.doors.handles(cookies)[:SESSIONS]:
        with suppress(NotAllowed):
            actor = (await at.doors.admit(cookies, handle)).actor
            pages = OPENS.get(actor.kind, ())
            if page in (pages if handle == named else pages[:1]) and of == (actor.session_id if page == "join" else actor.case_id):
                there.append(handle)
    if named not in there and len(there) != 1:
        raise NotAllowed("no_session_here", "No session in this browser opens this page; please come in by your link")
    return JSONResponse({"as": named if named in there else there[0]})


PAGE_ROUTES = [Route("/api/cases/{case}/enter", enter, methods=["POST"]), Route("/api/sessions/here", session_here)]
