"""A party's own page over HTTP: the way from there to the own place in the session."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import standings
from cases.errors import NotAllowed
from cases.permissions import demand
from cases.vocabulary import Action
from web.matters import link_of
from web.request import actor_of, house


async def enter(request: Request) -> Response:
    """From a party's own page to its place in the session: the link to it, as the mediator has made it."""
    actor, _ = await actor_of(request)
    at = house(request)
    at.rates.spend("times", f"{actor.case_id}{actor.id}")
    dossier = await at.reader.dossier(request.path_params["case"])
    demand(standings(dossier.case, actor), Action.COME_BY_PAGE, dossier.case.stage)
    token = await link_of(request, dossier, actor.id)
    if not token:
        raise NotAllowed("no_place", "There is no link to your place at present; ask the mediator for one")
    return JSONResponse({"where": f"/j#{token}"})


PAGE_ROUTES = [Route("/api/cases/{case}/enter", enter, methods=["POST"])]
