"""Further photographs of the own report, while the case is open: as those of the report come in, one request each."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import Numbering, Photo, standings
from cases.errors import NotFound
from cases.material import add_photo, demand_room
from cases.permissions import may
from cases.vocabulary import Action
from storage.dossier import Dossier
from storage.work import NewFile, Outcome
from web import photos
from web.performance_photos import photograph_of
from web.request import actor_of, house, idempotency_key


async def add(request: Request) -> Response:
    """The photograph is the request's body (JPEG, PNG or WebP). Answers `photo`, its id. `Idempotency-Key` makes a resend harmless."""
    actor, _ = await actor_of(request)
    at, case_id = house(request), request.path_params["case"]
    key = idempotency_key(request)
    receipt = hashlib.sha256(f"material|{case_id}|{actor.ledger_name}|{key}".encode()).hexdigest()
    known = await at.reader.receipt(receipt)
    if known is not None:
        return JSONResponse(known)
    case = (await at.reader.dossier(case_id)).case
    if not may(standings(case, actor), Action.SEE_CASE, case.stage):
        raise NotFound("no_case", "There is no such case")
    demand_room(case, standings(case, actor))
    at.rates.spend("photograph", actor.ledger_name)
    large, thumb, width, height = await asyncio.get_running_loop().run_in_executor(at.pool, photos.prepare, await photograph_of(request))
    photo, digest = Photo(secrets.token_hex(10), width, height), hashlib.sha256(large).hexdigest()
    await at.blobs.put(f"photos/{photo.id}.jpg", large)
    await at.blobs.put(f"photos/{photo.id}.thumb.jpg", thumb)

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        happened = add_photo(dossier.case, standings(dossier.case, actor), photo, digest, actor.ledger_name)
        return Outcome(happened, {"photo": photo.id}, files=[NewFile(photo.id, "photo", f"photos/{photo.id}.jpg", digest, len(large))])

    return JSONResponse(await at.store.execute(case_id, decide, receipt))


MATERIAL_ROUTES = [Route("/api/cases/{case}/photos", add, methods=["POST"])]
