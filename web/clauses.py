"""Clauses to begin with, over HTTP: those of the case's type of dispute, those that fit any, and the organisation's own."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from agreements.facts import CaseFacts
from agreements.library import Clause, ClauseError, clauses_for, plain, written
from agreements.schema import MAX_TITLE, SchemaError, check_text
from cases.actor import Actor
from cases.errors import Invalid, NotFound, OutOfTurn
from cases.identity import parse_text
from cases.permissions import demand, may
from cases.vocabulary import Action
from rooms.handling import seat_of, standings
from storage.clauses import ClauseStore
from storage.dossier import Dossier
from web.drafting import DraftDesk
from web.request import actor_of, body_of, house


class Keep(msgspec.Struct, forbid_unknown_fields=True):
    """`clause`: the id of a clause of the draft; `title`: under which it is found again."""

    clause: str
    title: str


class ClauseDesk:
    def __init__(self, store: ClauseStore, drafts: DraftDesk) -> None:
        self._store, self._drafts = store, drafts

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/api/agreements/{case}/clauses", self._listed, methods=["GET"]),
            Route("/api/agreements/{case}/clauses", self._kept, methods=["POST"]),
            Route("/api/agreements/{case}/clauses/{clause}", self._dropped, methods=["DELETE"]),
        ]

    async def _listed(self, request: Request) -> Response:
        actor, dossier = await self._may(request, Action.EDIT_DRAFT)
        facts = await self._drafts.facts(dossier)
        kind, common = clauses_for(dossier.case.dispute_type)
        # Taken from other people's agreements: for the mediator, who answers for what is in them.
        assert dossier.room is not None
        own = await self._store.of(_org(dossier)) if may(standings(dossier.room, actor), Action.KEEP_CLAUSE, dossier.room.stage) else []
        return JSONResponse(
            {
                "type": dossier.case.dispute_type,
                "kind": [plain(clause, facts) for clause in kind],
                "common": [plain(clause, facts) for clause in common],
                "own": [{"id": key, **plain(clause, facts)} for key, clause in own],
            }
        )

    async def _kept(self, request: Request) -> Response:
        """Keep a clause of the draft as it is worded; names and what was filled in stay behind."""
        actor, dossier = await self._may(request, Action.KEEP_CLAUSE)
        asked = await body_of(request, Keep)
        title = _title(asked.title)
        draft = await self._drafts.draft(dossier)
        found = next((clause for clause in draft.live.content()["clauses"] if clause["id"] == asked.clause), None)
        if found is None:
            raise NotFound("no_clause", "The draft has no such clause any more")
        clause = _checked(written({**found, "title": title}, draft.facts), draft.facts)
        now = house(request).clock.now()
        return JSONResponse({"id": await self._store.keep(_org(dossier), clause, actor.id, now)})

    async def _dropped(self, request: Request) -> Response:
        _, dossier = await self._may(request, Action.KEEP_CLAUSE)
        await self._store.drop(_org(dossier), request.path_params["clause"])
        return JSONResponse({})

    async def _may(self, request: Request, action: Action) -> tuple[Actor, Dossier]:
        actor, _ = await actor_of(request)
        dossier = await house(request).reader.dossier(request.path_params["case"])
        if dossier.room is None:
            raise NotFound("no_session", "There is no session in this case")
        demand(standings(dossier.room, actor), action, dossier.room.stage)
        seat = seat_of(dossier.room, actor)
        if seat is None or not seat.present:
            raise OutOfTurn("not_present", "You have not been admitted yet")
        return actor, dossier


def _title(text: str) -> str:
    title = parse_text(text, "title", MAX_TITLE)
    try:
        check_text(title, "title")
    except SchemaError as error:
        raise Invalid("forbidden_character", str(error), field="title", **error.data) from None
    return title


def _checked(clause: Clause, facts: CaseFacts) -> Clause:
    try:
        plain(clause, facts)
    except ClauseError as error:
        raise Invalid("bad_clause", "This clause cannot be kept: it is empty, or too long", field="clause") from error
    return clause


def _org(dossier: Dossier) -> str:
    return dossier.case.mediator.org if dossier.case.mediator else ""
