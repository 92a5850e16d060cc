"""What the centre is told before it classifies and dispatches a case: types that its words speak for, and cases that may be about the same matter."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import Case, standings
from cases.clock import rfc3339
from cases.duplicates import alike
from cases.errors import NotFound
from cases.finding import Phrase, phrases_of, region_word
from cases.guidance import places_of, types_of
from cases.permissions import may
from cases.vocabulary import Action
from storage import search
from storage.case_keys import phone_word
from storage.database import reads
from storage.regions import TOWNSHIP, regions_of
from web.request import actor_of, house

FOUND_AT_ONCE = 20
"""Cases that one question to the index brings, the newest."""
REGIONS = (6, 9, 12)
"""Digits of a region that cases are found by."""
RECENT = 120
"""Cases of the region, the newest, by which it is judged what everybody writes."""


async def guidance(request: Request) -> Response:
    """`facts` as they were reported, `types` (`type words`), `places` (`region words`), `region` (that the case has) and `regions` (code → name, of its county), and `alike` (`case code title stage reported_at reasons`), for the centre that may dispatch the case."""
    actor, _ = await actor_of(request)
    at = house(request)
    at.rates.spend("search", actor.id)
    case = (await at.reader.dossier(request.path_params["case"])).case
    if not may(standings(case, actor), Action.DISPATCH, case.stage):
        raise NotFound("no_page", "There is no such page")
    others = {other.id: other for other in await _others(request, case, actor.region) if standings(other, actor)}
    recent = await _recent(request, actor.region)
    found = [_told(others[one.case]) | {"reasons": one.reasons} for one in alike(case, others.values(), recent)]
    types = [{"type": hint.type, "words": hint.words} for hint in types_of(case.subject, case.facts, case.place)]
    regions = await regions_of(case.region)
    townships = {code: name for code, name in regions.items() if len(code) == TOWNSHIP}
    places = [
        {"region": one.region, "words": one.words}
        for one in places_of(f"{case.place}\n{case.subject}\n{case.facts}", townships, case.region)
    ]
    return JSONResponse({"facts": case.facts, "types": types, "places": places, "region": case.region, "regions": regions, "alike": found})


async def _others(request: Request, case: Case, region: str) -> list[Case]:
    """Of this centre's region, with a telephone, a name or the subject of this one in them."""
    scope = [region_word(region)] if len(region) in REGIONS else []
    asked: list[tuple[list[str], list[Phrase]]] = [([*scope, phone_word(person.phone)], []) for person in case.parties if person.phone]
    asked += [
        (scope, phrases_of(text)) for text in (*(person.name for person in case.parties), case.subject, case.facts[:12], case.facts[-12:])
    ]
    ids: dict[str, None] = {}
    for words, phrases in asked:
        if words != scope or phrases:
            found, _ = await search.find(reads(), words, phrases, 0, FOUND_AT_ONCE)
            ids.update(dict.fromkeys(found))
    ids.pop(case.id, None)
    return await house(request).reader.cases(list(ids))


async def _recent(request: Request, region: str) -> list[Case]:
    if len(region) not in REGIONS:
        return []
    ids, _ = await search.find(reads(), [region_word(region)], [], 0, RECENT)
    return await house(request).reader.cases(ids)


def _told(case: Case) -> dict[str, Any]:
    return {"case": case.id, "code": case.code, "title": case.title, "stage": str(case.stage), "reported_at": rfc3339(case.reported_at)}


GUIDANCE_ROUTES = [Route("/api/cases/{case}/guidance", guidance)]
