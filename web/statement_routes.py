"""Statements from afar over HTTP: given, read, and the codes that the mediator reads out."""

from __future__ import annotations

import hashlib

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.clock import rfc3339
from web.request import actor_of, body_of, house, idempotency_key
from web.statements import StatementDesk

UNSEEN = {"Cache-Control": "no-store"}


class Stated(msgspec.Struct, forbid_unknown_fields=True):
    """`shared`: the mediator may show it to the others before the session."""

    text: str
    shared: bool = False


class StatementPages:
    def __init__(self, desk: StatementDesk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route("/api/cases/{case}/statement", self.given, methods=["POST"]),
            Route("/api/cases/{case}/statements/{party}", self.read),
            Route("/api/cases/{case}/identity-codes", self.codes),
        ]

    async def given(self, request: Request) -> Response:
        """`Idempotency-Key` makes a resend harmless."""
        actor, _ = await actor_of(request)
        case_id, key = request.path_params["case"], idempotency_key(request)
        house(request).rates.spend("statement", f"{actor.case_id}{actor.ledger_name}")
        asked = await body_of(request, Stated)
        receipt = hashlib.sha256(f"statement|{case_id}|{actor.ledger_name}|{actor.session_id}|{key}".encode()).hexdigest()
        return JSONResponse(await self._desk.give(case_id, actor, asked.text, asked.shared, receipt))

    async def read(self, request: Request) -> Response:
        actor, _ = await actor_of(request)
        house(request).rates.spend("statement_read", f"{actor.case_id}{actor.ledger_name}")
        found = await self._desk.read(request.path_params["case"], request.path_params["party"], actor)
        given = found.given
        told = {
            "kind": str(given.kind),
            "number": given.number,
            "sha256": given.sha256,
            "at": rfc3339(given.at),
            "text": found.content.decode(),
        }
        return JSONResponse(told, headers=UNSEEN)

    async def codes(self, request: Request) -> Response:
        actor, _ = await actor_of(request)
        house(request).rates.spend("statement_read", actor.ledger_name)
        return JSONResponse({"codes": await self._desk.codes(request.path_params["case"], actor)}, headers=UNSEEN)
