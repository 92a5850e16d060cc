"""Cases sought by words and stage, over HTTP: the same rows that a desk's list has, also of those that are too many or too old for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.errors import Invalid, NotFound
from cases.finding import QUERY_LIMIT, account_word, phrases_of, region_word, stage_word
from cases.identity import parse_phone, parse_resident_id
from cases.vocabulary import CaseStage, Role
from realtime.audience import view_of
from storage import search
from storage.case_keys import number_word, phone_word
from storage.database import reads
from storage.public_codes import case_of
from web.entry_codes import number_of
from web.request import actor_of, house

PAGE = 10
PAGES = search.COUNT_LIMIT // PAGE


async def cases(request: Request) -> Response:
    """`q`, `stage`, `page` (from 1) → `rows` (id and row, the newest first), `total`, and `more` where there are more than were counted."""
    actor, _ = await actor_of(request)
    house(request).rates.spend("search", actor.id)
    line, stage = request.query_params.get("q", ""), request.query_params.get("stage", "")
    page = request.query_params.get("page", "1")
    if len(line) > QUERY_LIMIT:
        raise Invalid("too_long", f"Seek with at most {QUERY_LIMIT} characters", field="q", limit=QUERY_LIMIT)
    if stage and stage not in set(CaseStage):
        raise Invalid("malformed", "There is no such stage", field="stage")
    if not page.isascii() or not page.isdigit() or len(page) > 3 or not 1 <= int(page) <= PAGES:
        raise Invalid("malformed", f"Pages are numbered from 1 to {PAGES}", field="page", limit=PAGES)
    topic, own = _list_of(actor)
    number = number_of(line)
    if number and await case_of(number):
        line = number  # as somebody types it: without hyphens, in full width
    phrases, start = phrases_of(line), (int(page) - 1) * PAGE
    if line.strip() and not phrases:
        return JSONResponse({"rows": [], "total": 0, "more": False})
    scope = [own, *([stage_word(CaseStage(stage))] if stage else [])]
    particulars = _particulars(line)
    ids, total = await search.find(reads(), [*scope, particulars[1]], [], start, PAGE) if particulars else ([], 0)
    if particulars and start == 0:
        # Whoever looks for a person is found in turn, as who looks at a number is.
        await house(request).doors.own.note_sought(actor.id, particulars[0], total)
    if not total:
        ids, total = await search.find(reads(), scope, phrases, start, PAGE)
    rows = await rows_of(request, topic, actor, ids)
    return JSONResponse({"rows": rows, "total": total, "more": total == search.COUNT_LIMIT})


def _particulars(line: str) -> tuple[str, str] | None:
    """Kind and word of a telephone or an identity number that was typed whole: whoever calls or comes tells the own."""
    try:
        return "phone", phone_word(parse_phone(line))
    except Invalid:
        pass
    try:
        return "identity", number_word(parse_resident_id(line, date.max))
    except Invalid:
        return None


def _list_of(actor: Actor) -> tuple[str, str]:
    """The topic of this account's list, and the word that all of its cases have."""
    if actor.kind == "account" and actor.role is Role.CENTRE:
        return f"centre/{actor.region}", region_word(actor.region)
    if actor.kind == "account" and actor.role in {Role.MEDIATOR, Role.GRID_WORKER}:
        return f"desk/{actor.id}", account_word(actor.id)
    raise NotFound("no_page", "There is no such page")


async def rows_of(request: Request, topic: str, actor: Actor, ids: Sequence[str]) -> list[tuple[str, Any]]:
    """As the list shows them to this actor; without what it does not: the index finds, it permits nothing."""
    view = view_of(actor, topic, None)
    return await house(request).reader.rows(f"{topic}|{view}", ids) if view else []


SEARCH_ROUTES = [Route("/api/cases", cases)]
