"""Cases that staff enter (登记): found on a round, or told at the counter. The form is a report's."""

from __future__ import annotations

import re
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import Numbering
from cases.clock import rfc3339
from cases.commands.casework import Intake
from cases.errors import Invalid, NotAllowed
from cases.finding import entered_word
from cases.intake import enter_case, sources_of
from storage import search
from storage.database import reads
from storage.dossier import Dossier
from storage.work import Outcome
from web.reports import create, made, received
from web.request import actor_of, house
from web.search import PAGE, PAGES


async def sources(request: Request) -> Response:
    """What whoever asks may enter: sources, the usual one first, and the region in which."""
    actor, _ = await actor_of(request)
    allowed = sources_of(actor)
    if not allowed:
        raise NotAllowed("not_allowed", "Cases are entered by grid workers, mediators and the centre")
    return JSONResponse({"sources": list(allowed), "region": actor.region})


async def enter(request: Request) -> Response:
    """`Idempotency-Key` makes a resend harmless. It may have waited on a device where somebody else has signed in since: what names an account
    (`X-Heyi-Account`) is entered by that one alone."""
    actor, _ = await actor_of(request)
    at = house(request)
    if request.headers.get("X-Heyi-Account", actor.id) != actor.id:
        raise NotAllowed("entered_by_another", "Another account is signed in here; this waits for the one that entered it")
    at.rates.spend("intake", actor.id)
    if not sources_of(actor):
        raise NotAllowed("not_allowed", "Cases are entered by grid workers, mediators and the centre")
    asked, region, pictures, spoken, once = await received(request, Intake)

    def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
        return made(
            *enter_case(
                *(asked, actor, numbering, now, [one.photo for one in pictures], region.name, at.synthetic),
                spoken,
                [one.digest for one in pictures],
            ),
            pictures,
            region.trial,
        )

    result = await create(at, make, f"intake:{actor.id}:{once}", spoken)
    return JSONResponse({**result, "url": f"{at.settings.base_url}/c/{result['code']}"})


async def entered(request: Request) -> Response:
    """What whoever asks has entered, the newest first: the own title, and of the course what anybody reads who has the code. Who has a case sees the rest on its page."""
    actor, _ = await actor_of(request)
    at = house(request)
    at.rates.spend("search", actor.id)
    if not sources_of(actor):
        raise NotAllowed("not_allowed", "Cases are entered by grid workers, mediators and the centre")
    page = request.query_params.get("page", "1")
    if not re.fullmatch(r"[1-9]\d{0,2}", page, re.ASCII) or int(page) > PAGES:
        raise Invalid("malformed", f"Pages are numbered from 1 to {PAGES}", field="page", limit=PAGES)
    ids, total = await search.find(reads(), [entered_word(actor.id)], [], (int(page) - 1) * PAGE, PAGE)
    cases = [(await at.reader.dossier(case_id)).case for case_id in ids]
    rows = [{"code": one.code, "title": one.title, "stage": str(one.stage), "reported_at": rfc3339(one.reported_at)} for one in cases]
    return JSONResponse({"rows": rows, "total": total, "more": total == search.COUNT_LIMIT})


INTAKE_ROUTES = [
    Route("/api/intake", sources),
    Route("/api/intake", enter, methods=["POST"]),
    Route("/api/intake/entered", entered),
]
