"""Which other case a declined report is the same as, for whoever sees both."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.errors import NotFound
from web.declining import seen
from web.request import actor_of, house


async def same(request: Request) -> Response:
    """`case code title` of the one that a declined report is the same as, for a centre that sees both."""
    actor, _ = await actor_of(request)
    reader = house(request).reader
    case = await seen(reader, request.path_params["case"], actor)
    named = case.declined.same if case is not None and case.declined is not None else ""
    other = await seen(reader, named, actor) if named else None
    if other is None:
        raise NotFound("no_page", "There is no such page")
    return JSONResponse({"case": other.id, "code": other.code, "title": other.title})


DECLINING_ROUTES = [Route("/api/cases/{case}/same", same)]
