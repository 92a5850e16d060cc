"""The calendar of a county, as its system administrator keeps it. Open terms are counted anew at once."""

from __future__ import annotations

from datetime import date

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.calendar import FIRST_YEAR, LAST_YEAR, NAME_LIMIT, Day
from cases.errors import Invalid
from cases.identity import parse_text
from cases.permissions import demand_duty
from cases.vocabulary import Duty
from storage.organisations import by_of
from web.administration import administrator
from web.request import body_of, house
from web.terms import TermClock


async def _keeper(request: Request) -> Actor:
    actor = await administrator(request)
    demand_duty(actor, Duty.KEEP_CALENDAR)
    return actor


async def year(request: Request) -> Response:
    """Days off and days worked of a year, and by which notice they are known; empty: weekends alone."""
    actor = await _keeper(request)
    text = request.path_params["year"]
    if not text.isascii() or not text.isdigit() or len(text) != 4:
        raise Invalid("no_year", f"A calendar has the years {FIRST_YEAR} to {LAST_YEAR}", field="day")
    return JSONResponse(msgspec.to_builtins(await house(request).doors.calendars.year(actor.region, int(text))))


async def set_day(request: Request) -> Response:
    actor = await _keeper(request)
    asked = await body_of(request, Day)
    day = msgspec.structs.replace(asked, name=parse_text(asked.name.replace("\n", " "), "name", NAME_LIMIT))
    await house(request).doors.calendars.set(by_of(actor), actor.region, day)
    return await _recounted(request, actor)


async def clear_day(request: Request) -> Response:
    actor = await _keeper(request)
    try:
        day = date.fromisoformat(request.path_params["day"][:10])
    except ValueError:
        raise Invalid("date_shape", "A date is written like 2026-12-01", field="day") from None
    await house(request).doors.calendars.clear(by_of(actor), actor.region, day)
    return await _recounted(request, actor)


async def _recounted(request: Request, actor: Actor) -> Response:
    """`recounted`: of how many cases a term has moved, or was found near or over."""
    at = house(request)
    return JSONResponse({"recounted": await TermClock(at.store, at.reader, at.doors.calendars, at.clock).recount(actor.region)})


CALENDAR_ROUTES = [
    Route("/api/administration/calendar", set_day, methods=["POST"]),
    Route("/api/administration/calendar/{year}", year, methods=["GET"]),
    Route("/api/administration/calendar/{day}", clear_day, methods=["DELETE"]),
]
