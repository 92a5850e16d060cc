"""The second factor over HTTP: enrolled with a QR code and a first code, given new recovery codes, turned off. Each by the account itself."""

from __future__ import annotations

import msgspec
import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.errors import NotAllowed
from cases.second_factor import address, spelled
from web.request import address_of, body_of, house
from web.sign_ins import account_of


class Begin(msgspec.Struct, forbid_unknown_fields=True):
    """The present password, where there is one: whoever finds a page open must not make the account his own."""

    password: str = ""


class Code(msgspec.Struct, forbid_unknown_fields=True):
    code: str


async def _owner(request: Request) -> str:
    """The account that asks, by its id. Raises `NotAllowed`, `TooMuch`."""
    house(request).rates.spend("sign_in", address_of(request))
    actor, _ = await account_of(request)
    if house(request).synthetic:
        raise NotAllowed("not_allowed", "In the demonstration nobody has a second factor")
    return actor.id


async def state(request: Request) -> Response:
    """Null in the demonstration, where nobody needs one."""
    actor, _ = await account_of(request)
    if house(request).synthetic:
        return JSONResponse(None)
    return JSONResponse(msgspec.to_builtins(await house(request).doors.factors.state(actor.id)))


async def begin(request: Request) -> Response:
    account = await _owner(request)
    asked = await body_of(request, Begin)
    login, secret = await house(request).doors.own.begin_factor(account, asked.password)
    picture = segno.make(address(secret, login), error="m").svg_data_uri(scale=5, border=2, dark="#1B2428", light="#fff")
    return JSONResponse({"key": spelled(secret), "qr": picture})


async def confirm(request: Request) -> Response:
    account = await _owner(request)
    asked = await body_of(request, Code)
    return JSONResponse({"codes": await house(request).doors.own.confirm_factor(account, asked.code)})


async def renew(request: Request) -> Response:
    account = await _owner(request)
    asked = await body_of(request, Code)
    await house(request).doors.own.demand_code(account, asked.code)
    return JSONResponse({"codes": await house(request).doors.factors.renew_codes(account)})


async def turn_off(request: Request) -> Response:
    account = await _owner(request)
    asked = await body_of(request, Code)
    await house(request).doors.own.demand_code(account, asked.code)
    await house(request).doors.factors.remove(account)
    return JSONResponse({})


SECOND_FACTOR_ROUTES = [
    Route("/api/second-factor", state),
    Route("/api/second-factor/begin", begin, methods=["POST"]),
    Route("/api/second-factor/confirm", confirm, methods=["POST"]),
    Route("/api/second-factor/codes", renew, methods=["POST"]),
    Route("/api/second-factor/off", turn_off, methods=["POST"]),
]
