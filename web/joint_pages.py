"""Which organisations of the county could be asked to join a mediation, and who of each."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.calendar import county_day
from cases.case import standings
from cases.errors import NotFound
from cases.permissions import may
from cases.vocabulary import Action
from storage.database import reads
from storage.models.people import Organisation
from web.joint import COUNTY, people_of
from web.request import actor_of, house


async def organisations(request: Request) -> Response:
    """`organisations`: id, name, region, and who of each would be asked. `left_out`: who would not be, and why. For whoever may ask."""
    actor, _ = await actor_of(request)
    case = (await house(request).reader.dossier(request.path_params["case"])).case
    if not may(standings(case, actor), Action.ASK_JOINT, case.stage):
        raise NotFound("no_page", "There is no such page")
    able, left_out = await people_of(house(request).reader, case, county_day(house(request).clock.now()))
    names = {row.id: row for row in await Organisation.filter(region__startswith=case.region[:COUNTY]).using_db(reads())}
    busy = {share.org for share in case.joint if share.open}
    found: dict[str, list[str]] = {}
    for row in able:
        if row.org in names and row.org not in busy:
            found.setdefault(row.org, []).append(row.name)
    listed = [{"id": key, "name": names[key].name, "region": names[key].region, "people": people} for key, people in found.items()]
    without = [{**one, "org": names[one["org"]].name} for one in left_out.values() if one["org"] in names]
    return JSONResponse({"organisations": sorted(listed, key=lambda one: str(one["name"])), "left_out": without})


JOINT_ROUTES = [Route("/api/cases/{case}/joint", organisations)]
