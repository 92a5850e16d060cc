"""Own sign-ins of staff and of residents over HTTP: where it is signed in, and ending one or all the others, with their websockets on every node."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.errors import NotAllowed
from realtime.session import Code
from storage.sign_ins import LASTS
from web.request import actor_of, house


async def account_of(request: Request) -> tuple[Actor, str]:
    """Who asks, and by which sign-in: an account of staff, or `NotAllowed`."""
    actor, login = await actor_of(request)
    if actor.kind != "account":
        raise NotAllowed("not_allowed", "Only accounts have this")
    return actor, login


async def _owner(request: Request) -> tuple[Actor, str]:
    """Who asks, and by which sign-in: an account of staff or of a resident, or `NotAllowed`."""
    actor, login = await actor_of(request)
    if actor.kind not in LASTS:
        raise NotAllowed("not_allowed", "Only accounts have this")
    return actor, login


async def listed(request: Request) -> Response:
    actor, login = await _owner(request)
    return JSONResponse(msgspec.to_builtins(await house(request).doors.sign_ins.of(actor.id, login, actor.kind)))


async def end_one(request: Request) -> Response:
    actor, _ = await _owner(request)
    ended = await house(request).doors.sign_ins.end(actor.id, request.path_params["login"][:16], actor.kind)
    house(request).nodes.end(ended, Code.SIGNED_OUT, "ended from another sign-in")
    return JSONResponse({})


async def end_others(request: Request) -> Response:
    actor, login = await _owner(request)
    ended = await house(request).doors.sign_ins.end_others(actor.id, login, actor.kind)
    house(request).nodes.end(ended, Code.SIGNED_OUT, "ended from another sign-in")
    return JSONResponse({"ended": len(ended)})


SIGN_INS_ROUTES = [
    Route("/api/sign-ins", listed),
    Route("/api/sign-ins", end_others, methods=["DELETE"]),
    Route("/api/sign-ins/{login}", end_one, methods=["DELETE"]),
]
