"""Who was told of what, by which way, and what became of it: on the page of a case, and on the page of whoever keeps the county's channels going."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import standings
from cases.erasing import demand_kept
from cases.errors import Invalid
from cases.permissions import demand, demand_duty
from cases.vocabulary import Action, Channel, Duty
from storage import deliveries
from web.administration import administrator
from web.request import actor_of, house, number_in


async def of_case(request: Request) -> Response:
    """The newest 200 of a case, with the names of those who were told."""
    actor, _ = await actor_of(request)
    case = (await house(request).reader.dossier(request.path_params["case"])).case
    demand(standings(case, actor), Action.SEE_DELIVERIES, case.stage)
    demand_kept(case)
    rows, count = await deliveries.of_case(case.id)
    people = {one.id: one.name for one in case.parties}
    for row in rows:
        row.to = people.get(row.party, row.to)
    return JSONResponse({"deliveries": msgspec.to_builtins(rows), "count": count})


async def of_county(request: Request) -> Response:
    actor = await administrator(request)
    demand_duty(actor, Duty.READ_DELIVERIES)
    rows = await deliveries.of_county(actor.region, _sought(request))
    return JSONResponse({"deliveries": msgspec.to_builtins(rows), "waiting": await deliveries.waiting(actor.region)})


def _sought(request: Request) -> deliveries.Sought:
    channel, state = request.query_params.get("channel", ""), request.query_params.get("state", "")
    if channel and channel not in set(Channel):
        raise Invalid("malformed", f"channel is one of {', '.join(Channel)}", field="channel")
    if state and state not in deliveries.STATES:
        raise Invalid("malformed", f"state is one of {', '.join(deliveries.STATES)}", field="state")
    return deliveries.Sought(number_in(request, "before", 0, 2**62), Channel(channel) if channel else None, state)


DELIVERY_ROUTES = [
    Route("/api/cases/{case}/deliveries", of_case),
    Route("/api/administration/deliveries", of_county),
]
