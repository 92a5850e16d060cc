"""Cases that other systems refer, over HTTP: each signs what it sends (`web.signed_requests`), and reads of its own cases what everybody reads."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import Case, Numbering
from cases.clock import rfc3339
from cases.commands.casework import Referral
from cases.errors import Conflict, Invalid, NotFound
from cases.finding import referred_word
from cases.referral import Referrer, digest_of, parse_reference, refer_case
from realtime.audience import public_document
from storage import search
from storage.database import reads
from storage.dossier import Dossier
from storage.referrers import Referrers
from storage.regions import region_of
from storage.work import Outcome
from web.reports import demand_printable, made
from web.request import BODY_LIMIT, address_of, decoded, house
from web.signed_requests import demand_signed

NOBODY = secrets.token_bytes(32)
"""What a system that is not known is asked for: nobody has it."""


class Referrals:
    def __init__(self, referrers: Referrers) -> None:
        self._referrers = referrers

    def routes(self) -> list[Route]:
        return [Route("/api/referrals", self._refer, methods=["POST"]), Route("/api/referrals", self._progress)]

    async def _refer(self, request: Request) -> Response:
        """201 with a new case, 200 with the one that this system referred under this number before."""
        at, (referrer, body) = house(request), await self._signed(request)
        asked = decoded(body, Referral)
        reference, found = parse_reference(asked.reference), None
        if (case_id := await _case_of(referrer, reference)) is None:
            demand_printable(request, asked)
            found = await region_of(asked.region)
            result = await at.store.create(_maker(asked, referrer, found.name, at.synthetic, found.trial), _key(referrer, reference))
            case_id = result["case"]
        case = (await at.reader.dossier(case_id)).case
        if case.referred is None or case.referred.digest != digest_of(asked):
            # Also where two with one number came at once, and the other one was first.
            raise Conflict(
                "referred_already", "Another content was referred under this number before", reference=reference, there=case.code
            )
        return JSONResponse(self._told(request, case), status_code=200 if found is None else 201)

    async def _progress(self, request: Request) -> Response:
        referrer, _ = await self._signed(request)
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

    async def _signed(self, request: Request) -> tuple[Referrer, bytes]:
        """Who asks, and the body. Raises `NotSigned`, `TooMuch`, and `Invalid` where it is too large."""
        at = house(request)
        at.rates.spend("referral_from", address_of(request))
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > BODY_LIMIT:
                raise Invalid("too_long", "The request is too large", limit=BODY_LIMIT)
        known = await self._referrers.find(request.headers.get("Heyi-System", "")[:32])
        path, query = request.scope["raw_path"].decode("ascii"), request.scope["query_string"].decode("ascii")
        whole = f"{path}?{query}" if query else path
        demand_signed(request.method, whole, request.headers, body, known[1] if known else NOBODY, at.clock.now().timestamp())
        assert known is not None
        at.rates.spend("referral", known[0].id)
        return known[0], body


def _key(referrer: Referrer, reference: str) -> str:
    """Of the receipt by which two that come at once make one case."""
    return f"referral:{referred_word(referrer.id, reference)}"


async def _case_of(referrer: Referrer, reference: str) -> str | None:
    ids, _ = await search.find(reads(), [referred_word(referrer.id, reference)], [], 0, 1)
    return ids[0] if ids else None


def _maker(
    asked: Referral, referrer: Referrer, region: str, synthetic: bool, trial: bool
) -> Callable[[Numbering, datetime], tuple[Dossier, Outcome]]:
    def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
        return made(*refer_case(asked, referrer, numbering, now, region, synthetic), [], trial)

    return make
