"""Administration over HTTP: accounts of a county, made and altered by one administrator, locked and reset by another, the log read by a third.

`cases.permissions` says who may do what. Everything is of the administrator's own region; what lies outside is not there (404).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.errors import Invalid, NotAllowed, NotFound
from cases.identity import parse_name, parse_office_phone, parse_text
from cases.permissions import demand_duty, duties_of
from cases.vocabulary import Duty, Role
from realtime.session import Code
from storage import audit_reading
from storage.administration import AdministrationStore, Wanted
from storage.models.people import Account
from storage.organisations import WantedOrganisation
from web.accounts import LINK_DAYS
from web.county import LOGIN
from web.request import body_of, house, number_in
from web.sign_ins import account_of

WORDS = 60
DAY = re.compile(r"(20|21)\d\d-\d\d-\d\d", re.ASCII)
PAGES = 1_000
"""Pages that may be asked for."""


class New(msgspec.Struct, forbid_unknown_fields=True):
    login: str
    name: str
    role: Role
    organisation: str
    region: str


async def administrator(request: Request) -> Actor:
    """Raises `NotFound` for everybody else, and `NotAllowed` without the second factor that the installation demands."""
    actor, _ = await account_of(request)
    if not duties_of(actor):
        raise NotFound("no_page", "There is no such page")
    house(request).rates.spend("administration", actor.id)
    if await _lacks_factor(request, actor):
        raise NotAllowed("second_factor_needed", "Administrators need a second factor here: turn it on in your account first")
    return actor


async def _lacks_factor(request: Request, actor: Actor) -> bool:
    return house(request).settings.administrators_second_factor and not await house(request).doors.factors.is_on(actor.id)


def _store(request: Request) -> AdministrationStore:
    return house(request).doors.administration


async def _subject(request: Request, duty: Duty) -> tuple[Actor, Account]:
    """Who asks, and the account of the address, to which this duty may be done. Raises `NotAllowed`, `NotFound`."""
    actor = await administrator(request)
    demand_duty(actor, duty)
    account = await _store(request).account(actor, request.path_params["account"][:32])
    demand_duty(actor, duty, account.id, Role(account.role))
    return actor, account


async def overview(request: Request) -> Response:
    """What the page may offer: duties, and places of accounts for who makes them; and by what else than links staff sign in here."""
    actor = await administrator(request)
    at = house(request)
    organisations, regions = await _store(request).places(actor)
    return JSONResponse(
        {
            "passwords": not at.synthetic,
            "provider": at.settings.oidc_name if at.settings.oidc_issuer else "",
            "duties": [str(duty) for duty in duties_of(actor)],
            "organisations": [
                {"id": row.id, "name": row.name, "short_name": row.short_name, "region": row.region, "phone": row.phone}
                for row in organisations
            ],
            "regions": [{"code": row.code, "name": row.name} for row in regions],
        }
    )


def _words(request: Request, name: str) -> str:
    words = request.query_params.get(name, "").strip()
    if len(words) > WORDS:
        raise Invalid("too_long", f"At most {WORDS} characters are sought", field=name, limit=WORDS)
    return words


async def accounts(request: Request) -> Response:
    actor = await administrator(request)
    demand_duty(actor, Duty.SEE_ACCOUNTS)
    rows, total = await _store(request).find(actor, _words(request, "q"), number_in(request, "page", 1, PAGES))
    return JSONResponse({"rows": msgspec.to_builtins(rows), "total": total})


async def create(request: Request) -> Response:
    """The link for coming in is told this once, and opens once."""
    actor = await administrator(request)
    asked = await body_of(request, New)
    demand_duty(actor, Duty.CREATE_ACCOUNT, role=asked.role)
    if not LOGIN.fullmatch(asked.login):
        raise Invalid("login_shape", "A name to sign in with has 2 to 60 of a-z, 0-9, '.', '_' and '-'", field="login")
    wanted = Wanted(parse_name(asked.name), asked.role, asked.organisation, asked.region)
    key = await _store(request).create(actor, asked.login, wanted)
    return JSONResponse({"id": key, "link": await _link(request, key)})


async def alter(request: Request) -> Response:
    actor, account = await _subject(request, Duty.ALTER_ACCOUNT)
    asked = await body_of(request, Wanted)
    demand_duty(actor, Duty.ALTER_ACCOUNT, account.id, asked.role)
    await _store(request).alter(actor, account.id, Wanted(parse_name(asked.name), asked.role, asked.organisation, asked.region))
    return JSONResponse({})


async def lock(request: Request) -> Response:
    actor, account = await _subject(request, Duty.LOCK_ACCOUNT)
    house(request).nodes.end(await _store(request).lock(actor, account.id), Code.REVOKED, "account_disabled")
    return JSONResponse({})


async def unlock(request: Request) -> Response:
    actor, account = await _subject(request, Duty.UNLOCK_ACCOUNT)
    await _store(request).unlock(actor, account.id)
    return JSONResponse({})


async def reset(request: Request) -> Response:
    actor, account = await _subject(request, Duty.RESET_ACCOUNT)
    _close(request, await _store(request).reset(actor, account.id))
    return JSONResponse({"link": await _link(request, account.id)})


async def sign_ins(request: Request) -> Response:
    _, account = await _subject(request, Duty.SEE_SIGN_INS)
    rows: Any = await house(request).doors.sign_ins.of(account.id, "")
    return JSONResponse(msgspec.to_builtins(rows))


async def end_sign_ins(request: Request) -> Response:
    actor, account = await _subject(request, Duty.END_SIGN_INS)
    ended = await _store(request).end_sign_ins(actor, account.id)
    _close(request, ended)
    return JSONResponse({"ended": len(ended)})


async def create_organisation(request: Request) -> Response:
    actor = await administrator(request)
    demand_duty(actor, Duty.KEEP_ORGANISATIONS)
    return JSONResponse({"id": await house(request).doors.organisations.create(actor, await _wanted_organisation(request))})


async def alter_organisation(request: Request) -> Response:
    actor = await administrator(request)
    demand_duty(actor, Duty.KEEP_ORGANISATIONS)
    key = request.path_params["organisation"][:32]
    await house(request).doors.organisations.alter(actor, key, await _wanted_organisation(request))
    return JSONResponse({})


async def _wanted_organisation(request: Request) -> WantedOrganisation:
    asked = await body_of(request, WantedOrganisation)
    return WantedOrganisation(
        _line(asked.name, "name", 80),
        _line(asked.short_name, "short_name", 20),
        asked.region,
        parse_office_phone(asked.phone),
    )


def _line(text: str, field: str, limit: int, *, required: bool = True) -> str:
    return parse_text(text.replace("\n", " "), field, limit, required=required)


async def log(request: Request) -> Response:
    actor = await administrator(request)
    demand_duty(actor, Duty.READ_LOG)
    return JSONResponse(msgspec.to_builtins(await audit_reading.page(actor.region, _sought(request))))


def _sought(request: Request) -> audit_reading.Sought:
    asked = request.query_params
    kinds = [kind for kind in audit_reading.ActKind if kind == asked.get("kind", "")]
    if asked.get("kind") and not kinds:
        raise Invalid("malformed", f"kind is one of {', '.join(audit_reading.ActKind)}", field="kind")
    return audit_reading.Sought(
        number_in(request, "before", 0, 2**62),
        number_in(request, "count", 1, audit_reading.MOST, audit_reading.PAGE),
        _words(request, "who"),
        kinds[0] if kinds else None,
        _day(request, "since"),
        _day(request, "until"),
    )


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        if not DAY.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("date_shape", "A date is written like 2026-12-01", field=name) from None


def _close(request: Request, ended: list[str]) -> None:
    house(request).nodes.end(ended, Code.SIGNED_OUT, "ended by an administrator")


async def _link(request: Request, account: str) -> str:
    """It opens once, so that one that was used on the way is noticed; where nobody has a password, again and again, since nothing else lets its owner in."""
    kind = "account" if house(request).synthetic else "once"
    token = await house(request).doors.links.issue(kind, timedelta(days=LINK_DAYS), account=account)
    return f"{house(request).settings.base_url}/j#{token}"


ADMINISTRATION_ROUTES = [
    Route("/api/administration", overview),
    Route("/api/administration/accounts", accounts, methods=["GET"]),
    Route("/api/administration/accounts", create, methods=["POST"]),
    Route("/api/administration/accounts/{account}", alter, methods=["POST"]),
    Route("/api/administration/accounts/{account}/lock", lock, methods=["POST"]),
    Route("/api/administration/accounts/{account}/unlock", unlock, methods=["POST"]),
    Route("/api/administration/accounts/{account}/reset", reset, methods=["POST"]),
    Route("/api/administration/accounts/{account}/sign-ins", sign_ins, methods=["GET"]),
    Route("/api/administration/accounts/{account}/sign-ins", end_sign_ins, methods=["DELETE"]),
    Route("/api/administration/organisations", create_organisation, methods=["POST"]),
    Route("/api/administration/organisations/{organisation}", alter_organisation, methods=["POST"]),
    Route("/api/administration/log", log),
]
