"""Cases that other systems refer, over HTTP: each signs what it sends (`web.signed_requests`), and reads of its own cases what everybody reads."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import IO, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message

from cases.case import Case, Numbering
from cases.clock import rfc3339
from cases.commands.casework import Referral
from cases.errors import Conflict, Invalid, NotFound
from cases.finding import referred_word
from cases.referral import Referrer, digest_of, parse_reference, refer_case
from cases.spoken import Spoken
from realtime.audience import public_document
from storage import search
from storage.database import reads
from storage.dossier import Dossier
from storage.models.people import Region
from storage.referrers import Referrers
from storage.regions import region_of
from storage.work import Outcome
from web.reports import REPORT_LIMIT, Form, Picture, create, demand_printable, kept, made, read_form
from web.request import BODY_LIMIT, address_of, decoded, house
from web.signed_requests import demand_signed

NOBODY = secrets.token_bytes(32)
"""What a system that is not known is asked for: nobody has it."""
PIECE = 1 << 18


class Referrals:
    def __init__(self, referrers: Referrers) -> None:
        self._referrers = referrers

    def routes(self) -> list[Route]:
        return [Route("/api/referrals", self._refer, methods=["POST"]), Route("/api/referrals", self._progress)]

    async def _refer(self, request: Request) -> Response:
        """201 with a new case, 200 with the one that this system referred under this number before. JSON, or a form as of a report, with photographs and a voice."""
        at = house(request)
        async with self._signed(request) as (referrer, body):
            form = await _form_of(request, body)
        asked, files = form.asked, [hashlib.sha256(data).hexdigest() for data in (*form.photos, form.sound) if data]
        reference, found = parse_reference(asked.reference), None
        if (case_id := await _case_of(referrer, reference)) is None:
            demand_printable(request, asked)
            found = await region_of(asked.region)
            pictures, spoken = await kept(request, form.photos, form.sound, referrer.id)
            make = _maker(asked, referrer, found, at.synthetic, pictures, spoken, files)
            case_id = (await create(at, make, _key(referrer, reference), spoken))["case"]
        case = (await at.reader.dossier(case_id)).case
        if case.referred is None or case.referred.digest != digest_of(asked, files):
            # Also where two with one number came at once, and the other one was first.
            raise Conflict(
                "referred_already", "Another content was referred under this number before", reference=reference, there=case.code
            )
        return JSONResponse(self._told(request, case), status_code=200 if found is None else 201)

    async def _progress(self, request: Request) -> Response:
        async with self._signed(request) as (referrer, _):
            pass
        case_id = await _case_of(referrer, parse_reference(request.query_params.get("reference", "")))
        if case_id is None:
            raise NotFound("no_referral", "This system referred no case under this number")
        return JSONResponse(self._told(request, (await house(request).reader.dossier(case_id)).case))

    def _told(self, request: Request, case: Case) -> dict[str, Any]:
        """What everybody may read who has the code, under the number of whoever asks."""
        assert case.referred is not None
        return {
            "reference": case.referred.reference,
            "received_at": rfc3339(case.reported_at),
            "url": f"{house(request).settings.base_url}/c/{case.code}",
            **public_document(case),
        }

    @asynccontextmanager
    async def _signed(self, request: Request) -> AsyncIterator[tuple[Referrer, IO[bytes]]]:
        """Who asks, and the body. Raises `NotSigned`, `TooMuch`, and `Invalid` where it is too large."""
        at = house(request)
        at.rates.spend("referral_from", address_of(request))
        limit = REPORT_LIMIT if _is_form(request) else BODY_LIMIT
        if limit > BODY_LIMIT:
            at.rates.spend("referral_files", address_of(request))
        digest, size = hashlib.sha256(), 0
        # On the disk where it is large: whose it is, is known only when all of it is there.
        with tempfile.SpooledTemporaryFile(BODY_LIMIT, dir=str(at.settings.scratch)) as body:
            async for piece in request.stream():
                size += len(piece)
                if size > limit:
                    raise Invalid("too_long", "The request is too large", limit=limit)
                digest.update(piece)
                body.write(piece)
            body.seek(0)
            known = await self._referrers.find(request.headers.get("Heyi-System", "")[:32])
            path, query = request.scope["raw_path"].decode("ascii"), request.scope["query_string"].decode("ascii")
            whole, now = f"{path}?{query}" if query else path, at.clock.now().timestamp()
            demand_signed(request.method, whole, request.headers, digest.hexdigest(), known[1] if known else NOBODY, now)
            assert known is not None
            at.rates.spend("referral", known[0].id)
            yield known[0], body


def _is_form(request: Request) -> bool:
    return request.headers.get("Content-Type", "").startswith("multipart/form-data")


async def _form_of(request: Request, body: IO[bytes]) -> Form[Referral]:
    """Raises `Invalid`."""
    if not _is_form(request):
        return Form(decoded(body.read(), Referral), [], b"")

    async def receive() -> Message:
        piece = body.read(PIECE)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    return await read_form(Request(request.scope, receive), Referral)


def _key(referrer: Referrer, reference: str) -> str:
    """Of the receipt by which two that come at once make one case."""
    return f"referral:{referred_word(referrer.id, reference)}"


async def _case_of(referrer: Referrer, reference: str) -> str | None:
    ids, _ = await search.find(reads(), [referred_word(referrer.id, reference)], [], 0, 1)
    return ids[0] if ids else None


def _maker(
    asked: Referral, referrer: Referrer, region: Region, synthetic: bool, pictures: list[Picture], spoken: Spoken | None, files: list[str]
) -> Callable[[Numbering, datetime], tuple[Dossier, Outcome]]:
    def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
        shown, digests = [one.photo for one in pictures], [one.digest for one in pictures]
        referred = refer_case(asked, referrer, numbering, now, region.name, synthetic, shown, spoken, digests, files)
        return made(*referred, pictures, region.trial)

    return make
