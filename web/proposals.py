"""Whom the centre may give a case, in the order of the rules; and what a mediator says of the own speciality and absence."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.calendar import county_day
from cases.case import standings
from cases.errors import Invalid, NotFound
from cases.experts import checked_absence
from cases.identity import parse_text
from cases.permissions import may
from cases.placing import judge
from cases.proposing import Candidate, propose
from cases.vocabulary import DISPUTE_TYPES, TAKING_ROLES, Action, DisputeKind, Role
from storage.contacts import contact_of
from storage.database import reads
from storage.models.people import Account, Organisation
from storage.regions import region_of
from web.between import past_between
from web.request import actor_of, body_of, house
from web.sign_ins import account_of

SPECIALITY_LIMIT = 60


class Work(msgspec.Struct, forbid_unknown_fields=True):
    """`speciality`: types of dispute in words; `away_until`: the last day of an absence, or none."""

    speciality: str = ""
    away_until: date | None = None


async def proposals(request: Request) -> Response:
    """`takers` by id, `proposed` and `left_out`. `type`, `kind`, `region`: as the centre is about to classify the case. For the centre that may dispatch it."""
    actor, _ = await actor_of(request)
    case = (await house(request).reader.dossier(request.path_params["case"])).case
    if not may(standings(case, actor), Action.DISPATCH, case.stage):
        raise NotFound("no_page", "There is no such page")
    dispute_type = request.query_params.get("type", case.dispute_type)
    kind = request.query_params.get("kind", case.kind)
    if kind not in {*DisputeKind}:
        raise Invalid("unknown_kind", "A case is a dispute or a matter of livelihood", field="kind")
    if dispute_type not in DISPUTE_TYPES:
        raise Invalid("unknown_type", "There is no such type of dispute", field="dispute_type")
    if (region := request.query_params.get("region", case.region)) != case.region:
        judge(case, region, (await region_of(region)).name, None)
        case = msgspec.structs.replace(case, region=region)
    orgs = {o.id: o.name for o in await Organisation.all().using_db(reads())}
    rows = await Account.filter(role__in=TAKING_ROLES, region__startswith=actor.region, disabled=False).using_db(reads())
    load = await house(request).reader.load_by_mediator()
    candidates = [
        Candidate(
            row.id,
            row.name,
            row.region,
            Role(row.role),
            load.get(row.id, 0),
            contact_of(row).phone,
            row.speciality,
            date.fromisoformat(row.away_until) if row.away_until else None,
        )
        for row in rows
    ]
    found = propose(
        case,
        DisputeKind(kind),
        dispute_type,
        candidates,
        await past_between(house(request).reader, case, actor.region),
        county_day(house(request).clock.now()),
    )
    takers = {
        row.id: {"name": row.name, "org": orgs.get(row.org, ""), "speciality": row.speciality, "load": load.get(row.id, 0)} for row in rows
    }
    told: dict[str, Any] = msgspec.to_builtins(found)
    return JSONResponse({"takers": takers, **told})


async def _taker(request: Request) -> Actor:
    actor, _ = await account_of(request)
    if actor.role not in TAKING_ROLES:
        raise NotFound("no_page", "There is no such page")
    return actor


async def work(request: Request) -> Response:
    actor = await _taker(request)
    account = await Account.get(id=actor.id, using_db=reads())
    return JSONResponse({"speciality": account.speciality, "away_until": account.away_until or None})


async def set_work(request: Request) -> Response:
    actor = await _taker(request)
    house(request).rates.spend("contact", actor.id)
    asked = await body_of(request, Work)
    speciality = parse_text(asked.speciality.replace("\n", " "), "speciality", SPECIALITY_LIMIT, required=False)
    await house(request).doors.own.set_work(
        actor.id,
        speciality,
        checked_absence(asked.away_until.isoformat() if asked.away_until else "", county_day(house(request).clock.now())),
    )
    return JSONResponse({})


PROPOSAL_ROUTES = [
    Route("/api/cases/{case}/proposals", proposals),
    Route("/api/work", work, methods=["GET"]),
    Route("/api/work", set_work, methods=["POST"]),
]
