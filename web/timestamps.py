"""The timestamp service over HTTP (RFC 3161, 3.4): POST /tsa, `application/timestamp-query` → `application/timestamp-reply`.

It stamps what anybody sends, by hash only and limited by rate; a stamp says that the hash existed at that time by this machine's clock.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cases.errors import Invalid, NotFound, Refusal
from evidence.timestamp import MAX_REQUEST, QUERY_TYPE, REPLY_TYPE
from web.request import address_of, house


class WrongType(Refusal):
    status = 415


class TooLarge(Refusal):
    status = 413


async def stamp(request: Request) -> Response:
    at = house(request)
    at.rates.spend("timestamp", address_of(request))
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != QUERY_TYPE:
        raise WrongType("wrong_type", f"Send {QUERY_TYPE}")
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > MAX_REQUEST:
            raise TooLarge("too_long", f"A timestamp request has at most {MAX_REQUEST} bytes", limit=MAX_REQUEST)
    if not data:
        raise Invalid("malformed", "The request is empty")
    if at.timestamper is None:
        raise NotFound("no_page", "This server has no timestamp service")
    reply = await asyncio.to_thread(at.timestamper.respond, data, at.clock.now())
    return Response(reply, media_type=REPLY_TYPE)


TIMESTAMP_ROUTES = [Route("/tsa", stamp, methods=["POST"])]
