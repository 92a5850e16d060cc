"""What is kept of a case's recordings, over HTTP: for whoever may watch them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import keeping as rules
from cases.case import standings as case_standings
from cases.clock import rfc3339
from cases.errors import NotFound
from cases.permissions import may
from cases.vocabulary import Action
from storage import keeping
from web.request import actor_of, house


async def told(request: Request) -> Response:
    """What is kept of a case's recordings, and until when."""
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    case = dossier.case
    held = case_standings(case, actor)
    if not may(held, Action.WATCH, case.stage):
        raise NotFound("no_case", "There is no such case")
    found = await keeping.recorded(case.id)
    days = await keeping.retention(case.mediator.org) if case.mediator else 0
    until = rules.kept_until(found.last, days) if found else None
    return JSONResponse(
        {
            "segments": found.segments if found else 0,
            "bytes": found.bytes if found else 0,
            "days": days,
            "until": rfc3339(until) if until else None,
            "may_destroy": may(held, Action.DESTROY, case.stage)
            and case.hold is None
            and (dossier.room is None or dossier.room.ended_at is not None),
            "may_hold": may(held, Action.HOLD, case.stage),
        }
    )


KEEPING_ROUTES = [Route("/api/cases/{case}/keeping", told)]
