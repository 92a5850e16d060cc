"""Who watched what: an entry of the ledger for everybody who plays a recording or takes its film, and the list of them.

A player asks for a recording in some hundred ranges; what one person watches of one session within ten minutes is one entry. It is written before anything is
handed out. Several nodes, or a restarted one, may each write it; none leaves it out.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.case import Numbering, standings
from cases.clock import rfc3339
from cases.permissions import demand
from cases.ports import Clock, Happened
from cases.vocabulary import Action
from storage.database import reads
from storage.dossier import Dossier
from storage.models.people import Account
from storage.work import Outcome, Store
from web.request import actor_of, house

TOGETHER = timedelta(minutes=10)
REMEMBERED = 5000
"""Watchings that are remembered: more than that many people within ten minutes cost entries, not memory."""
LISTED = 200
KINDS = frozenset({"recording.watched", "recording.film"})


class Watching:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._noted: dict[tuple[str, ...], datetime] = {}
        self._one = asyncio.Lock()

    async def opened(self, case: str, actor: Actor) -> None:
        """The page was opened, which tells what there is; each opening is an entry."""
        await self._enter(case, actor, "recording.watched", {"what": "opened"})

    async def played(self, case: str, actor: Actor, session: str) -> None:
        await self._once(case, actor, "recording.watched", {"what": "recording", "session": session})

    async def took_film(self, case: str, actor: Actor, session: str, digest: str) -> None:
        await self._once(case, actor, "recording.film", {"session": session, "sha256": digest})

    async def _once(self, case: str, actor: Actor, kind: str, told: dict[str, str]) -> None:
        what = (case, actor.ledger_name, kind, *told.values())
        if self._fresh(what):
            return
        # Four pictures of one page ask at the same moment.
        async with self._one:
            if self._fresh(what):
                return
            await self._enter(case, actor, kind, told)
            if len(self._noted) >= REMEMBERED:
                self._noted = {key: at for key, at in self._noted.items() if self._clock.now() - at < TOGETHER}
            while len(self._noted) >= REMEMBERED:
                self._noted.pop(next(iter(self._noted)))
            self._noted[what] = self._clock.now()

    def _fresh(self, what: tuple[str, ...]) -> bool:
        at = self._noted.get(what)
        return at is not None and timedelta() <= self._clock.now() - at < TOGETHER

    async def _enter(self, case: str, actor: Actor, kind: str, told: dict[str, str]) -> None:
        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            demand(standings(dossier.case, actor), Action.WATCH, dossier.case.stage)
            return Outcome([Happened(kind, {"by": actor.ledger_name, **told})])

        await self._store.execute(case, decide)


async def listed(request: Request) -> Response:
    """Who watched what of a case's recordings, the latest first."""
    actor, _ = await actor_of(request)
    dossier = await house(request).reader.dossier(request.path_params["case"])
    demand(standings(dossier.case, actor), Action.SEE_WATCHINGS, dossier.case.stage)
    ledger = [(entry, payload or {}) for entry, _, payload in await house(request).reader.ledger(dossier.case.id) if entry.kind in KINDS]
    latest = sorted(ledger, key=lambda one: one[0].at, reverse=True)
    names = await names_of({str(payload.get("by", "")) for _, payload in latest[:LISTED]})
    rows = [_row(entry.at, entry.kind, payload, names) for entry, payload in latest[:LISTED]]
    return JSONResponse({"watchings": rows, "count": len(latest)})


def _row(at: str, kind: str, payload: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
    by = str(payload.get("by", ""))
    what = "film" if kind == "recording.film" else str(payload.get("what", "opened"))
    return {"at": rfc3339(datetime.fromisoformat(at)), "by": names.get(by, by), "what": what, "session": str(payload.get("session", ""))}


async def names_of(ledger_names: set[str]) -> dict[str, str]:
    """Names of accounts, by how the ledger calls them."""
    ids = [name.partition(":")[2] for name in ledger_names if name.startswith("account:")]
    rows = await Account.filter(id__in=ids).using_db(reads()).values_list("id", "name")
    return {f"account:{key}": str(name) for key, name in rows}


WATCHING_ROUTES = [Route("/api/cases/{case}/watchings", listed)]
