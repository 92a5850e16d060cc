"""Cases that staff enter (登记): found on a round, or told at the counter. The form is a report's."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import Numbering
from cases.commands import Intake
from cases.errors import NotAllowed
from cases.intake import enter_case, sources_of
from storage.dossier import Dossier
from storage.work import Outcome
from web.reports import made, received
from web.request import actor_of, house


async def sources(request: Request) -> Response:
    """What whoever asks may enter: sources, the usual one first, and the region in which."""
    actor, _ = await actor_of(request)
    allowed = sources_of(actor)
    if not allowed:
        raise NotAllowed("not_allowed", "Cases are entered by grid workers, mediators and the centre")
    return JSONResponse({"sources": list(allowed), "region": actor.region})


async def enter(request: Request) -> Response:
    """`Idempotency-Key` makes a resend harmless."""
    actor, _ = await actor_of(request)
    at = house(request)
    at.rates.spend("intake", actor.id)
    if not sources_of(actor):
        raise NotAllowed("not_allowed", "Cases are entered by grid workers, mediators and the centre")
    asked, region, pictures, once = await received(request, Intake)

    def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
        return made(
            *enter_case(asked, actor, numbering, now, [one.photo for one in pictures], region.name, at.synthetic), pictures, region.trial
        )

    result = await at.store.create(make, f"intake:{actor.id}:{once}")
    return JSONResponse({**result, "url": f"{at.settings.base_url}/c/{result['code']}"})


INTAKE_ROUTES = [
    Route("/api/intake", sources),
    Route("/api/intake", enter, methods=["POST"]),
]
