"""The case as it stood at any time, for whoever leads it and the centre, with what of its ledger does not hold."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import standings
from cases.clock import rfc3339
from cases.errors import Invalid, NotFound
from cases.permissions import demand
from cases.vocabulary import Action
from realtime.past import Fault, Ledger, Moment, faults, folded, moments, standing_at
from web.request import actor_of, house
from web.watching import names_of


def _read(ledger: Ledger, case_id: str) -> tuple[list[Moment], list[Fault]]:
    return moments(ledger, case_id), faults(ledger, case_id)


async def past(request: Request) -> Response:
    """Every moment with what it changed; with `?at=` (RFC 3339) the whole as it stood then."""
    actor, _ = await actor_of(request)
    at = house(request)
    at.rates.spend("past", actor.id)
    dossier = await at.reader.dossier(request.path_params["case"])
    case_id = dossier.case.id
    demand(standings(dossier.case, actor), Action.SEE_PAST, dossier.case.stage)
    wanted = _time(request.query_params["at"]) if "at" in request.query_params else None
    ledger = await at.reader.ledger(case_id, stood=True)
    # Hours of recording are thousands of entries to hash: not on the loop.
    found, broken = await asyncio.get_running_loop().run_in_executor(at.pool, _read, ledger, case_id)
    told: dict[str, Any] = {
        "faults": [_fault(one, case_id) for one in broken],
        "entries": sum(entry.chain == case_id for entry, _, _ in ledger),
    }
    if wanted is None:
        shown = folded(found)
        names = await names_of({one.by for one in shown})
        told |= {"moments": [_moment(one, names) for one in shown], "earlier": len(found) - len(shown)}
    else:
        held = standing_at(found, wanted)
        if held is None:
            raise NotFound("no_past", "Nothing of this case had been entered by then")
        told |= {"seq": held[0].seq, "at": held[0].at, "document": held[1]}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid("bad_time", "A time is like 2026-01-31T09:30:00Z, with its zone", field="at")
    return at


def _moment(one: Moment, names: dict[str, str]) -> dict[str, Any]:
    by = names.get(one.by, "") if one.by.startswith("account:") else ""
    who = {"name": by} if by else {"kind": one.by.partition(":")[0]} if one.by else {}
    return msgspec.to_builtins(one) | {"at": rfc3339(datetime.fromisoformat(one.at)), "by": who}


def _fault(one: Fault, case_id: str) -> dict[str, Any]:
    """What went on in a private talk stays there: of its chain only that it does not hold."""
    main = one.chain == case_id
    return {"what": one.what, "at": one.at} | ({"seq": one.seq, "kind": one.kind} if main else {"apart": True})


PAST_ROUTES = [Route("/api/cases/{case}/past", past)]
