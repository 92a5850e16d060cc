"""Rating a mediation over HTTP: nobody signs in for it, the token is all that is asked."""

from __future__ import annotations

import hashlib

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.clock import rfc3339
from cases.vocabulary import Mark
from web.ratings import RatingDesk
from web.request import actor_of, address_of, body_of, house, idempotency_key


class Shown(msgspec.Struct, forbid_unknown_fields=True):
    token: str


class Given(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    score: int
    marks: list[Mark] = []
    words: str = ""


def rating_routes(desk: RatingDesk) -> list[Route]:
    async def link(request: Request) -> Response:
        """`url` of a party's own page."""
        actor, _ = await actor_of(request)
        return JSONResponse({"url": await desk.link(request.path_params["case"], actor)})

    async def read(request: Request) -> Response:
        """By POST, so that the token stands in no address. No names of parties: the paper may lie about."""
        house(request).rates.spend("rating", address_of(request))
        opened = await desk.open((await body_of(request, Shown)).token)
        mediator = opened.case.mediator
        shown = {"number": opened.case.number or opened.case.code, "kind": str(opened.case.kind), "until": rfc3339(opened.until)}
        if mediator is not None:
            shown |= {"mediator": mediator.name, "committee": mediator.org_name}
        return JSONResponse(shown)

    async def give(request: Request) -> Response:
        """`Idempotency-Key` makes a resend harmless: with another key the token is used up."""
        house(request).rates.spend("rating", address_of(request))
        key = idempotency_key(request)
        given = await body_of(request, Given)
        receipt = hashlib.sha256(f"rating|{given.token}|{key}".encode()).hexdigest()
        await desk.take(given.token, given.score, given.marks, given.words, receipt)
        return JSONResponse({})

    return [
        Route("/api/cases/{case}/rating", link),
        Route("/api/ratings/read", read, methods=["POST"]),
        Route("/api/ratings", give, methods=["POST"]),
    ]
