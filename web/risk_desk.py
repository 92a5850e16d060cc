"""Reports to the risk platform at the server: commands, whether there is a platform, and the comparison with what it holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import risk as rules
from cases.actor import Actor
from cases.case import Numbering
from cases.commands import RiskCommand
from cases.errors import NotAllowed, NotFound, OutOfTurn, Unavailable
from cases.ports import NotDelivered, RiskPlatform
from cases.vocabulary import Role
from storage import risk_queue
from storage.dossier import Dossier
from storage.risk_queue import RiskQueue
from storage.work import Outcome, Store
from web.request import actor_of, house
from web.risk_inbox import RiskInbox

log = structlog.get_logger("risk")

PAGES = 500
"""Of what a platform holds that are read for one comparison."""
SHOWN = 200
"""Differences of a kind that are told, and versions of the demonstration's inbox."""


class RiskDesk:
    def __init__(self, store: Store, queue: RiskQueue, platform: RiskPlatform | None) -> None:
        self._store, self._queue, self._platform = store, queue, platform

    async def do(self, command: RiskCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            happened = rules.handle(dossier.case, command, actor, now, self._queue.sends(dossier.case))
            return Outcome(happened, {"version": happened[0].payload["version"]})

        return await self._store.execute(command.case, decide, receipt)

    async def connection(self, request: Request) -> Response:
        """Before somebody reports: whether anybody is told by it, and whether that is a trial."""
        actor, _ = await actor_of(request)
        if actor.kind != "account" or actor.role not in {Role.CENTRE, Role.MEDIATOR, Role.GRID_WORKER}:
            raise NotAllowed("not_allowed", "Only the office has this")
        trial = house(request).synthetic
        return JSONResponse({"connected": self._queue.connected, "trial": trial, "inbox": isinstance(self._platform, RiskInbox)})

    async def compared(self, request: Request) -> Response:
        """What the platform holds beside what it has acknowledged, of the centre's region."""
        actor = await _centre(request)
        house(request).rates.spend("risk_compared", actor.id)
        if self._platform is None:
            raise OutOfTurn("risk_unconnected", "No risk platform is connected")
        theirs = await self._held(self._platform)
        ours, others = await risk_queue.known(actor.region)
        found = rules.compare(ours, others, theirs)
        elsewhere = await risk_queue.known_elsewhere(found.unknown, actor.region)
        unknown = [key for key in found.unknown if key not in elsewhere]
        kinds = {"missing": found.missing, "other": found.other, "unknown": unknown}
        told = {kind: [_named(key) for key in keys[:SHOWN]] for kind, keys in kinds.items()}
        return JSONResponse({"same": found.same, "counts": {kind: len(keys) for kind, keys in kinds.items()}, **told})

    async def inbox(self, request: Request) -> Response:
        """What the demonstration's platform has received."""
        await _centre(request)
        if not isinstance(self._platform, RiskInbox):
            raise NotFound("no_page", "There is no such page")
        return JSONResponse({"received": self._platform.received(SHOWN)})

    def routes(self) -> list[Route]:
        return [
            Route("/api/risk", self.connection),
            Route("/api/risk/compare", self.compared, methods=["POST"]),
            Route("/api/risk/inbox", self.inbox),
        ]

    async def _held(self, platform: RiskPlatform) -> dict[str, str]:
        """Key → hash. Raises `Unavailable`: half a list would show differences that there are not."""
        theirs: dict[str, str] = {}
        after = ""
        try:
            for _ in range(PAGES):
                items, following = await platform.held(after)
                theirs.update(items)
                if not following:
                    return theirs
                if following <= after:
                    raise NotDelivered("garbled")
                after = following
        except NotDelivered as failure:
            log.warning("what the risk platform holds could not be read", reason=failure.reason)
            raise Unavailable("risk_away", "The risk platform does not tell what it holds at present", reason=failure.reason) from None
        raise Unavailable("risk_away", "The risk platform holds more than can be compared", reason="too_many")


def _named(key: str) -> dict[str, Any]:
    case, _, version = key.rpartition("-")
    return {"case": case, "version": int(version) if version.isascii() and version.isdigit() else 0}


async def _centre(request: Request) -> Actor:
    actor, _ = await actor_of(request)
    if actor.kind != "account" or actor.role is not Role.CENTRE:
        raise NotAllowed("not_allowed", "Only the centre has this")
    return actor
