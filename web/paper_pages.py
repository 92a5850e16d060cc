"""Signed paper over HTTP: its pages come in as photographs or scans, and are looked at."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agreements.paper_scan import SIZE_LIMIT
from cases.errors import TooMuch
from cases.vocabulary import Action
from web.ceremony_steps import own_of
from web.paper import PaperDesk
from web.papers import agreement_of
from web.request import actor_of, house, idempotency_key


class PaperPages:
    def __init__(self, desk: PaperDesk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route("/api/agreements/{case}/paper", self.upload, methods=["POST"]),
            Route("/api/agreements/{case}/paper/{page:int}.jpg", self.picture),
        ]

    async def upload(self, request: Request) -> Response:
        """A photograph or a scan as the request's body. Answers `taken` (pages) and `unread` (sheets of a scan that are none). `Idempotency-Key` makes a
        resend harmless."""
        actor, _ = await actor_of(request)
        at, case_id = house(request), request.path_params["case"]
        key = idempotency_key(request)
        receipt = hashlib.sha256(f"paper|{case_id}|{actor.ledger_name}|{key}".encode()).hexdigest()
        known = await at.reader.receipt(receipt)
        if known is not None:
            return JSONResponse(known)
        dossier = await at.reader.dossier(case_id)
        own_of(dossier, actor, Action.FILE_PAPER)
        at.rates.spend("paper", actor.id)
        return JSONResponse(await self._desk.take(dossier, actor, await _body(request), receipt))

    async def picture(self, request: Request) -> Response:
        """A page that came back, laid flat; with `?photo=1` the photograph it was found on."""
        _, agreement = await agreement_of(request)
        data = await self._desk.picture(agreement, request.path_params["page"], photo=bool(request.query_params.get("photo")))
        return Response(data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


async def _body(request: Request) -> bytes:
    """Raises `TooMuch` as soon as it is too large: nothing is read that is not wanted."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > SIZE_LIMIT:
            raise TooMuch("paper_size", f"A photograph or scan has at most {SIZE_LIMIT // 2**20} MB", limit=SIZE_LIMIT)
    return bytes(data)
