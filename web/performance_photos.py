"""One photograph beside a receipt: of a transfer, of what was mended. It comes in like those of a report, without metadata, and is shown to those who read the receipt."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import performance as rules
from cases.actor import Actor
from cases.case import Numbering
from cases.errors import Invalid, NotFound
from cases.obligation import Receipt
from realtime.performance_document import party_of, sees_photograph
from storage.database import reads
from storage.dossier import Dossier
from storage.models.agreements import FileRow
from storage.work import NewFile, Outcome
from web import photos
from web.performance import held_by
from web.request import actor_of, house, idempotency_key

KIND = "receipt-photo"


async def take(request: Request) -> Response:
    """The photograph is the request's body (JPEG, PNG or WebP). Answers `photo`, its id. `Idempotency-Key` makes a resend harmless."""
    actor, _ = await actor_of(request)
    at, where = house(request), request.path_params
    case_id, obligation, name = where["case"], where["obligation"], where["receipt"]
    key = idempotency_key(request)
    receipt = hashlib.sha256(f"receipt|{case_id}|{obligation}|{name}|{actor.ledger_name}|{key}".encode()).hexdigest()
    known = await at.reader.receipt(receipt)
    if known is not None:
        return JSONResponse(known)
    _receipt_of(await at.reader.dossier(case_id), actor, obligation, name)
    at.rates.spend("photograph", f"{actor.session_id}|{actor.id}")
    large, thumb, _, _ = await asyncio.get_running_loop().run_in_executor(at.pool, photos.prepare, await photograph_of(request))
    photo, digest = secrets.token_hex(10), hashlib.sha256(large).hexdigest()
    await at.blobs.put(f"photos/{photo}.jpg", large)
    await at.blobs.put(f"photos/{photo}.thumb.jpg", thumb)

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        told = _receipt_of(dossier, actor, obligation, name)
        happened = rules.photographed(told, obligation, photo, digest, party_of(dossier, actor) or actor.ledger_name)
        return Outcome(happened, {"photo": photo}, files=[NewFile(photo, KIND, f"photos/{photo}.jpg", digest, len(large))])

    return JSONResponse(await at.store.execute(case_id, decide, receipt))


def _receipt_of(dossier: Dossier, actor: Actor, obligation: str, name: str) -> Receipt:
    return rules.to_photograph(dossier.case, held_by(dossier, actor), party_of(dossier, actor), obligation, name)


async def show(request: Request) -> Response:
    """With `?size=thumb` small."""
    actor, _ = await actor_of(request)
    at = house(request)
    row = await FileRow.filter(id=request.path_params["id"], kind=KIND).using_db(reads()).first()
    dossier = await at.reader.dossier(row.case_id) if row else None
    if row is None or dossier is None or not sees_photograph(dossier, actor, row.id):
        raise NotFound("no_photo", "There is no such photograph")
    name = row.blob.replace(".jpg", ".thumb.jpg") if request.query_params.get("size") == "thumb" else row.blob
    return Response(await at.blobs.get(name), media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


async def photograph_of(request: Request) -> bytes:
    """The request's body. Nothing is read beyond the limit."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > photos.SIZE_LIMIT:
            raise Invalid("photo_size", "A photograph has at most 15 MB", field="photos", limit=photos.SIZE_LIMIT)
    return bytes(data)


PERFORMANCE_ROUTES = [
    Route("/api/cases/{case}/receipts/{obligation}/{receipt}/photo", take, methods=["POST"]),
    Route("/api/receipts/photos/{id}", show),
]
