"""The pool of experts over HTTP: sought, chosen for a case, kept, and a telephone shown whole for a reason.

`cases.permissions.POOL` says who may do what. Everything is of the own county; what lies outside is not there (404).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.calendar import county_day
from cases.case import NOTE_LIMIT, standings
from cases.errors import Invalid, NotFound
from cases.expert_choice import COUNTY_DIGITS, Choice, LeftOut, Proposed, Sought, choose, fits
from cases.experts import Entry, checked, moment_of
from cases.identity import mask_phone, parse_text
from cases.permissions import demand, demand_pool, pool_duties_of
from cases.revealing import REASONS
from cases.vocabulary import Action, PoolDuty
from storage.database import reads
from storage.experts import Kept
from storage.models.people import Region
from web.request import actor_of, body_of, house

PAGE, PAGES = 20, 100
WORDS = 40


class Changed(msgspec.Struct, forbid_unknown_fields=True):
    """`revision`: of the entry that was changed, as it was shown."""

    revision: int
    entry: Entry


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    words: str = ""


async def _keeper(request: Request, duty: PoolDuty) -> Actor:
    """Raises `NotFound` for whoever has no part in the pool."""
    actor, _ = await actor_of(request)
    if not pool_duties_of(actor):
        raise NotFound("no_page", "There is no such page")
    house(request).rates.spend("experts", actor.id)
    demand_pool(actor, duty)
    return actor


async def pool(request: Request) -> Response:
    """Rows of the filters, by name, or for `case` in the order in which they are proposed, each with why; who is left out of that case, with why."""
    actor = await _keeper(request, PoolDuty.SEE_EXPERTS)
    store = house(request).doors.experts
    sought, at, page = _sought(request), _at(request), _page(request)
    keeps = PoolDuty.KEEP_EXPERTS in pool_duties_of(actor)
    case_id = request.query_params.get("case", "")
    found = [
        one
        for one in await store.of_county(actor.region)
        if (one.candidate.entry.listed or (keeps and not case_id)) and fits(one.candidate, sought, at)
    ]
    reasons: dict[str, Proposed] = {}
    left_out: list[LeftOut] = []
    about: dict[str, str] = {}
    if case_id:
        chosen, about["type"] = await _chosen(request, actor, case_id, found, at)
        by_id = {one.candidate.id: one for one in found}
        reasons, left_out = {one.id: one for one in chosen.proposed}, chosen.left_out
        found = [by_id[one.id] for one in chosen.proposed]
        names = {one.id: by_id[one.id].candidate.entry.name for one in left_out}
    shown = found[(page - 1) * PAGE : page * PAGE]
    phones = await store.phones([one.candidate.id for one in shown])
    regions = {
        row.code: row.name for row in await Region.filter(code__startswith=actor.region[:COUNTY_DIGITS]).using_db(reads()).order_by("code")
    }
    return JSONResponse(
        {
            "rows": [
                _row(one, phones[one.candidate.id], regions, reasons.get(one.candidate.id)) for one in shown if one.candidate.id in phones
            ],
            "left_out": [msgspec.to_builtins(one) | {"name": names[one.id]} for one in left_out],
            "total": len(found),
            "regions": [{"code": code, "name": name} for code, name in regions.items()],
            "duties": [str(duty) for duty in pool_duties_of(actor)],
            **about,
        },
        headers={"Cache-Control": "no-store"},
    )


async def _chosen(request: Request, actor: Actor, case_id: str, found: list[Kept], at: datetime) -> tuple[Choice, str]:
    """Whom to propose, and what the case is about."""
    case = (await house(request).reader.dossier(case_id)).case
    demand(standings(case, actor), Action.CHOOSE_EXPERT, case.stage)
    marks = house(request).doors.experts.marks_of(case)
    return choose(case, case.dispute_type, [one.candidate for one in found], marks, at), case.dispute_type


def _today(request: Request) -> date:
    return county_day(house(request).clock.now())


async def enter(request: Request) -> Response:
    actor = await _keeper(request, PoolDuty.KEEP_EXPERTS)
    entry = checked(await body_of(request, Entry), _today(request))
    _demand_glyphs(request, entry)
    return JSONResponse({"id": await house(request).doors.experts.create(actor, entry)})


async def alter(request: Request) -> Response:
    actor = await _keeper(request, PoolDuty.KEEP_EXPERTS)
    asked: Changed = await body_of(request, Changed)
    entry = checked(asked.entry, _today(request), known=True)
    _demand_glyphs(request, entry)
    return JSONResponse({"revision": await house(request).doors.experts.alter(actor, _key(request), asked.revision, entry)})


async def reveal(request: Request) -> Response:
    """The telephone, for a reason that stands in the log."""
    actor = await _keeper(request, PoolDuty.CALL_EXPERTS)
    asked: Asked = await body_of(request, Asked)
    house(request).rates.spend("reveal", actor.id)
    if asked.reason not in REASONS:
        raise Invalid("reveal_reason", "Say why: to call, to compare an identity, for a document, or in words", field="reason")
    words = parse_text(asked.words, "words", NOTE_LIMIT, required=asked.reason == "other")
    said = f"{asked.reason}: {words}" if words else asked.reason
    phone = await house(request).doors.experts.reveal(actor, _key(request), said)
    return JSONResponse({"phone": phone}, headers={"Cache-Control": "no-store"})


def _row(one: Kept, phone: str, regions: dict[str, str], proposed: Proposed | None) -> dict[str, Any]:
    candidate, tally = one.candidate, one.candidate.tally
    entry = msgspec.to_builtins(candidate.entry) | {"phone": mask_phone(phone)}
    return {
        **entry,
        "id": candidate.id,
        "revision": one.revision,
        "region_name": regions.get(candidate.entry.region, candidate.entry.region),
        "open": tally.open,
        "sessions": tally.sessions,
        # Below the least number neither the mean nor how many there are: two figures a day apart would tell one score.
        "rating": {"mean": tally.mean, "count": tally.ratings} if tally.mean else None,
        "reasons": [msgspec.to_builtins(reason) for reason in proposed.reasons] if proposed else [],
    }


def _sought(request: Request) -> Sought:
    asked = {
        name: request.query_params.get(name, "").strip() for name in ("kind", "mediation", "speciality", "language", "region", "words")
    }
    for name, text in asked.items():
        if len(text) > WORDS:
            raise Invalid("too_long", f"{name} has more than {WORDS} characters", field=name, limit=WORDS)
    # What is pasted brings marks along that nobody sees, and that no entry has.
    asked["words"] = parse_text(asked["words"], "words", WORDS, required=False)
    return Sought(**asked, free=request.query_params.get("free", "") == "1")


def _at(request: Request) -> datetime:
    text = request.query_params.get("at", "")
    return moment_of(text[:40]) if text else house(request).clock.now()


def _page(request: Request) -> int:
    text = request.query_params.get("page", "1")
    if not text.isascii() or not text.isdigit() or len(text) > 3 or not 1 <= int(text) <= PAGES:
        raise Invalid("malformed", f"Pages are numbered from 1 to {PAGES}", field="page", limit=PAGES)
    return int(text)


def _key(request: Request) -> str:
    return str(request.path_params["expert"])[:32]


def _demand_glyphs(request: Request, entry: Entry) -> None:
    """The name stands in the written record, which is printed."""
    house(request).check_glyphs("name", entry.name)


EXPERT_ROUTES = [
    Route("/api/experts", pool, methods=["GET"]),
    Route("/api/experts", enter, methods=["POST"]),
    Route("/api/experts/{expert}", alter, methods=["POST"]),
    Route("/api/experts/{expert}/reveal", reveal, methods=["POST"]),
]
