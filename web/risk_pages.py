"""Reports to the risk platform over HTTP: whether there is one, what it holds, and the demonstration's inbox. For the office alone."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.errors import NotAllowed, NotFound
from cases.identity import mask_phone
from cases.vocabulary import TAKING_ROLES, Role
from storage import risk_queue
from web.request import actor_of, house
from web.risk_desk import RiskDesk
from web.risk_inbox import RiskInbox
from web.search import rows_of

LISTED = 200
"""Cases of the list: who needs more asks for the case."""
SHOWN = 200
"""Differences of a kind that are told, and versions of the inbox."""


class RiskPages:
    def __init__(self, desk: RiskDesk) -> None:
        self._desk = desk

    async def connection(self, request: Request) -> Response:
        """Before somebody reports: whether anybody is told by it, and whether that is a trial."""
        await _of_office(request, Role.CENTRE, *TAKING_ROLES)
        platform = self._desk.platform
        return JSONResponse(
            {"connected": platform is not None, "trial": house(request).synthetic, "inbox": isinstance(platform, RiskInbox)}
        )

    async def compared(self, request: Request) -> Response:
        """Of the centre's region: how many are alike, and the differences."""
        actor = await _of_office(request, Role.CENTRE)
        house(request).rates.spend("risk_compared", actor.id)
        found = await self._desk.compare(actor.region)
        kinds = {"missing": found.missing, "other": found.other, "unknown": found.unknown}
        told = {kind: [_named(key) for key in keys[:SHOWN]] for kind, keys in kinds.items()}
        return JSONResponse({"same": found.same, "counts": {kind: len(keys) for kind, keys in kinds.items()}, **told})

    async def listed(self, request: Request) -> Response:
        """Rows as the centre's list has them, also of cases that are too old for that."""
        actor = await _of_office(request, Role.CENTRE)
        ids = await risk_queue.reported(actor.region, LISTED)
        topic = f"centre/{actor.region}"
        rows = await rows_of(request, topic, actor, ids)
        return JSONResponse({"rows": rows, "more": len(ids) == LISTED})

    async def inbox(self, request: Request) -> Response:
        await _of_office(request, Role.CENTRE)
        if not isinstance(self._desk.platform, RiskInbox):
            raise NotFound("no_page", "There is no such page")
        return JSONResponse({"received": [_masked(body) for body in self._desk.platform.received(SHOWN)]})

    def routes(self) -> list[Route]:
        return [
            Route("/api/risk", self.connection),
            Route("/api/risk/cases", self.listed),
            Route("/api/risk/compare", self.compared, methods=["POST"]),
            Route("/api/risk/inbox", self.inbox),
        ]


def _named(key: str) -> dict[str, Any]:
    case, _, version = key.rpartition("-")
    return {"case": case or key, "version": int(version) if version.isascii() and version.isdigit() else 0}


async def _of_office(request: Request, *roles: Role) -> Actor:
    actor, _ = await actor_of(request)
    if actor.kind != "account" or actor.role not in roles:
        raise NotAllowed("not_allowed", "Only the office has this")
    return actor


def _masked(body: dict[str, Any]) -> dict[str, Any]:
    """The platform has telephones whole; on a page of ours they are masked as everywhere."""
    return {**body, "people": [{**one, "phone": mask_phone(one["phone"]) if one["phone"] else ""} for one in body.get("people", [])]}
