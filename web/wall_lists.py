"""Behind each number of a wall the list that it counts, for the centre of that county or township: from a region to a type to a case. A screen that hangs there opens none."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tortoise.functions import Count

from cases.errors import Invalid, NotFound
from cases.figures import FAIR, LIGHT
from cases.permissions import demand_wall
from cases.township_wall import KINDS_SHOWN
from cases.vocabulary import DISPUTE_TYPES, Role, WallDuty
from realtime.session import Code
from storage.counted_lists import cases_of
from storage.database import reads
from storage.models.people import Account, Region
from storage.organisations import by_of
from web.request import actor_of, house
from web.search import rows_of

PAGE = 10
PAGES = 1000
OF_LIMIT = sum(sorted(map(len, DISPUTE_TYPES))[-KINDS_SHOWN:]) + KINDS_SHOWN
"""Characters: every type that a wall can name at once, with commas."""
PEOPLE_LIMIT = 500
LOADS = ("light", "fair", "heavy")


async def wall_list(request: Request) -> Response:
    """`number`, `of`, `page` (from 1) → `rows` (id and row, the newest first) and `total`; for `number=load` `people` with their open cases."""
    actor, _ = await actor_of(request)
    house(request).rates.spend("search", actor.id)
    region = request.path_params["region"]
    demand_wall(actor, WallDuty.OPEN_LISTS, region)
    number, of = request.query_params.get("number", ""), request.query_params.get("of", "")
    page = request.query_params.get("page", "1")
    if len(of) > OF_LIMIT:
        raise Invalid("too_long", f"At most {OF_LIMIT} characters", field="of", limit=OF_LIMIT)
    if not page.isascii() or not page.isdigit() or len(page) > 4 or not 1 <= int(page) <= PAGES:
        raise Invalid("malformed", f"Pages are numbered from 1 to {PAGES}", field="page", limit=PAGES)
    if number == "load":
        return JSONResponse(await _people(request, region, of))
    found = cases_of(region, house(request).synthetic, number, of, house(request).clock.now())
    ids = await found.offset((int(page) - 1) * PAGE).limit(PAGE).values_list("id", flat=True)
    topic = f"centre/{actor.region}"
    rows = await rows_of(request, topic, actor, [str(key) for key in ids])
    return JSONResponse({"rows": rows, "total": await found.count()})


async def _people(request: Request, region: str, of: str) -> dict[str, object]:
    """Who takes orders here, or has some here, and has so many open cases, the most first."""
    if of not in LOADS:
        raise Invalid("unknown_number", "A load is light, fair or heavy", field="of")
    synthetic = house(request).synthetic
    takers = Account.filter(role__in=[Role.MEDIATOR, Role.GRID_WORKER], disabled=False, region__startswith=region).using_db(reads())
    names = {str(key): str(name) for key, name in await takers.values_list("id", "name")}
    counts = dict.fromkeys(names, 0)
    open_cases = cases_of(region, synthetic, "active", "", house(request).clock.now()).exclude(mediator="").order_by("mediator")
    for who, count in await open_cases.annotate(count=Count("id")).group_by("mediator").values_list("mediator", "count"):
        counts[str(who)] = int(count)
    gone = await Account.filter(id__in=[who for who in counts if who not in names]).using_db(reads()).values_list("id", "name")
    names |= {str(key): str(name) for key, name in gone}
    least, most = {"light": (0, LIGHT), "fair": (LIGHT + 1, FAIR), "heavy": (FAIR + 1, 10**9)}[of]
    found = sorted(((count, who) for who, count in counts.items() if least <= count <= most), key=lambda one: (-one[0], one[1]))
    people = [{"id": who, "name": names.get(who, ""), "count": count} for count, who in found[:PEOPLE_LIMIT]]
    return {"people": people, "total": len(found)}


async def wall_link(request: Request) -> Response:
    """Whether there is a link by which screens show a wall (`on`); makes it (`url`), the same while it is in force; or ends it with the screens that it opened."""
    actor, _ = await actor_of(request)
    at, region = house(request), request.path_params["region"]
    at.rates.spend("wall_link", actor.id)
    demand_wall(actor, WallDuty.LINK_WALL, region)
    if not await Region.filter(code=region).using_db(reads()).exists():
        raise NotFound("no_page", "There is no such page")
    links = at.doors.links
    if request.method == "POST":
        return JSONResponse({"url": f"{at.settings.base_url}/j#{await links.open_wall(region, by_of(actor))}"})
    if request.method == "DELETE":
        at.nodes.end(await links.close_wall(region, by_of(actor)), Code.REVOKED, "this wall's link was withdrawn")
    return JSONResponse({"on": await links.has_wall(region)})


WALL_ROUTES = [Route("/api/wall/{region}", wall_list), Route("/api/wall/{region}/link", wall_link, methods=["GET", "POST", "DELETE"])]
