"""How long organisations keep recordings, as a county's system administrator sets it: what there is, what a change would let go, and the change."""

from __future__ import annotations

import shutil
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.errors import Conflict, Invalid
from cases.keeping import LONGEST
from cases.permissions import demand_duty
from cases.vocabulary import Duty
from storage import keeping
from storage.organisations import by_of
from web.administration import administrator
from web.keeping import KeepingDesk
from web.request import body_of, house


class Policy(msgspec.Struct, forbid_unknown_fields=True):
    """`days`: 0 keeps recordings until somebody destroys them. `destroys`: of how many cases the administrator was told that this lets go at once."""

    days: int
    destroys: int = 0


class RetentionPages:
    def __init__(self, desk: KeepingDesk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        return [
            Route("/api/administration/retention", self._report),
            Route("/api/administration/retention/{organisation}", self._set, methods=["POST"]),
            Route("/api/administration/retention/{organisation}/due", self._due),
        ]

    async def _report(self, request: Request) -> Response:
        """One row an organisation of the region; `free`: bytes left on the disk."""
        actor = await _keeper(request)
        at = house(request)
        own = {row.id for row in await at.doors.organisations.of_region(actor.region)}
        kept = {row["organisation"]: row for row in await keeping.report()}
        rows: list[dict[str, Any]] = [kept[key] for key in kept if key in own]
        for row in await at.doors.organisations.of_region(actor.region):
            if row.id not in kept:
                rows.append(keeping.empty(row.id, row.name, row.retention_days))
        return JSONResponse({"organisations": rows, "free": shutil.disk_usage(at.settings.folder).free})

    async def _due(self, request: Request) -> Response:
        """`cases`: how many would lose their recordings at the next look, within the hour, were they kept for `days`."""
        actor = await _keeper(request)
        organisation = await house(request).doors.organisations.known(actor, request.path_params["organisation"][:32])
        text = request.query_params.get("days", "")
        if not text.isascii() or not text.isdigit() or len(text) > 6:
            raise Invalid("malformed", "days is a number", field="days")
        return JSONResponse({"cases": await self._desk.would_go(organisation.id, _days(int(text)))})

    async def _set(self, request: Request) -> Response:
        actor = await _keeper(request)
        asked = await body_of(request, Policy)
        days = _days(asked.days)
        organisations = house(request).doors.organisations
        organisation = await organisations.known(actor, request.path_params["organisation"][:32])
        going = await self._desk.would_go(organisation.id, days)
        if going > asked.destroys:
            # Nobody destroys what he was not told of.
            raise Conflict(
                "more_would_go", f"This destroys the recordings of {going} cases within the hour: confirm that number", cases=going
            )
        await organisations.keep_for(by_of(actor), organisation.id, days)
        return JSONResponse({"days": days})


async def _keeper(request: Request) -> Actor:
    actor = await administrator(request)
    demand_duty(actor, Duty.KEEP_RETENTION)
    return actor


def _days(days: int) -> int:
    if not 0 <= days <= LONGEST:
        raise Invalid("days", f"A policy names 0 (keep until somebody destroys them) to {LONGEST} days", field="days", limit=LONGEST)
    return days
