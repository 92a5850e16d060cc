"""What is kept of a case's recordings, over HTTP: for whoever may watch them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import keeping as rules
from cases.case import standings as case_standings
from cases.clock import rfc3339
from cases.confirmation import open_until
from cases.erasing import demand_kept
from cases.errors import NotFound, Refusal
from cases.permissions import may
from cases.vocabulary import Action
from storage import keeping
from web.keeping import personal, recorded_of
from web.request import actor_of, house


async def told(request: Request) -> Response:
    """What is kept of a case's recordings, and until when."""
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    case = dossier.case
    held = case_standings(case, actor)
    if not may(held, Action.WATCH, case.stage):
        raise NotFound("no_case", "There is no such case")
    demand_kept(case)
    at, found = house(request), await keeping.recorded(case.id)
    days = await keeping.retention(case.mediator.org) if case.mediator else 0
    until = rules.kept_until(found.last, days) if found else None
    calendar = (await at.doors.calendars.all()).of(case.region)
    now, asked = at.clock.now(), case.destruction
    bar = rules.barred(case, recorded_of(dossier, found), open_until(case, now, personal(dossier), calendar))
    of_file = rules.barred_file(
        case,
        recorded_of(dossier, found),
        open_until(case, now, personal(dossier), calendar),
        max(at.settings.file_kept, days),
        now,
    )
    approves = asked is not None and may(held, Action.APPROVE_DESTRUCTION, case.stage)
    return JSONResponse(
        {
            "segments": found.segments if found else 0,
            "bytes": found.bytes if found else 0,
            "days": days,
            "until": rfc3339(until) if until else None,
            "wait": at.settings.destruction_wait,
            "bar": _refusal(bar),
            "file_bar": _refusal(of_file),
            "may_ask": asked is None and may(held, Action.ASK_DESTRUCTION, case.stage),
            "may_withdraw": asked is not None and may(held, Action.WITHDRAW_DESTRUCTION, case.stage),
            "may_approve": approves and asked is not None and asked.account != actor.ledger_name,
            "may_hold": may(held, Action.HOLD, case.stage),
        }
    )


def _refusal(bar: Refusal | None) -> dict[str, Any] | None:
    return {"code": bar.code, "message": bar.message, "detail": bar.detail} if bar is not None else None


KEEPING_ROUTES = [Route("/api/cases/{case}/keeping", told)]
