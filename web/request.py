"""What every resource needs of a request: the house, who asks, a small body, the address; and how refusals are told over HTTP."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TypeVar

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cases.actor import Actor
from cases.errors import Invalid, NotAllowed, NotFound, OutOfOrder, Refusal, Unavailable
from cases.storable import may_have_nul, without_nul
from realtime.address import counted
from storage.database import is_outage
from storage.sealed_blobs import Altered
from web.came import Came, came_from
from web.doors import Grant
from web.house import House
from web.resident_doors import RESIDENT

log = structlog.get_logger("web")

T = TypeVar("T")
BODY_LIMIT = 64 * 1024
SESSIONS = 20
"""In one browser that are looked at."""


def house(request: Request) -> House:
    return request.app.state.house


async def actor_of(request: Request) -> tuple[Actor, str]:
    """Who asks. The tab names its session by `?as=` or the header `X-Heyi-As`."""
    handle = request.query_params.get("as") or request.headers.get("X-Heyi-As", "")
    admission = await house(request).doors.admit(request.headers.get("Cookie", ""), handle)
    return admission.actor, admission.login


async def resident_of(request: Request) -> tuple[Actor, str]:
    """Who asks, and by which sign-in: a resident, or `NotAllowed`."""
    actor, login = await actor_of(request)
    if actor.kind != "resident":
        raise NotAllowed("not_allowed", "Only residents have this")
    house(request).rates.spend("resident", actor.id)
    return actor, login


async def resident_here(request: Request) -> Actor | None:
    """The resident who is signed in in this browser, whatever session the tab names; None where nobody is."""
    with suppress(NotAllowed):
        actor = (await house(request).doors.admit(request.headers.get("Cookie", ""), RESIDENT)).actor
        return actor if actor.kind == "resident" else None
    return None


async def sessions_here(request: Request) -> list[Actor]:
    """Who has a session in this browser, beside whoever asks; those that are over are nobody."""
    doors, cookies = house(request).doors, request.headers.get("Cookie", "")
    there = []
    for handle in doors.handles(cookies)[:SESSIONS]:
        with suppress(NotAllowed):
            there.append((await doors.admit(cookies, handle)).actor)
    return there


async def body_of(request: Request, kind: type[Any]) -> Any:
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > BODY_LIMIT:
            raise Invalid("too_long", "The request is too large", limit=BODY_LIMIT)
    return decoded(data, kind)


def decoded(data: bytes, kind: type[T]) -> T:
    """JSON as it was sent, of this shape. Raises `Invalid`, also where it is not UTF-8 (RFC 8259, 8.1)."""
    try:
        found = msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid("malformed", f"The request is malformed: {error}") from None
    return without_nul(found) if may_have_nul(data) else found


def number_in(request: Request, name: str, least: int, most: int, usual: int | None = None) -> int:
    """Of the query; `usual`, or the least, where it has none. Raises `Invalid`."""
    text = request.query_params.get(name, str(least if usual is None else usual))
    if not text.isascii() or not text.isdigit() or len(text) > 19 or not least <= int(text) <= most:
        raise Invalid("malformed", f"{name} is a number from {least} to {most}", field=name)
    return int(text)


def idempotency_key(request: Request) -> str:
    """Under which a request that is sent again is answered again and does nothing more. Raises `Invalid`."""
    key = request.headers.get("Idempotency-Key", "")
    if not 8 <= len(key) <= 64:
        raise Invalid("bad_key", "The header Idempotency-Key has 8 to 64 characters", field="Idempotency-Key")
    return key


def granted(request: Request, grant: Grant) -> Response:
    response = JSONResponse({"as": grant.handle, "where": grant.where})
    remember(request, response, grant)
    return response


def remember(request: Request, response: Response, grant: Grant) -> None:
    """The browser has the session from this answer on."""
    response.set_cookie(
        f"heyi_{grant.handle}", grant.secret, max_age=grant.max_age, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def address_of(request: Request) -> str:
    return counted(request.client.host) if request.client else ""


def came_of(request: Request) -> Came:
    """From where and with what, for the list of sign-ins."""
    return came_from(request.client.host if request.client else "", request.headers.get("User-Agent", ""))


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    body = {"code": error.code, "message": error.message, "detail": error.detail, "retry": error.retry}
    seconds = error.detail.get("seconds")
    return JSONResponse(body, status_code=error.status, headers={"Retry-After": str(seconds)} if seconds else None)


def resource_of(request: Request) -> str:
    """The address as the program has it: what stands in its places may be a token or a code, and goes into no log."""
    return str(getattr(request.scope.get("route"), "path", "no resource"))


async def unfindable(request: Request, error: Exception) -> Response:
    """What is longer than any name of its kind: the database's library refuses to look for it. Where something was to be written it is our mistake."""
    if request.method in {"GET", "HEAD"}:
        log.warning("nothing can be called so", resource=resource_of(request))
        return await refused(request, NotFound("no_page", "There is no such address"))
    return await failed(request, error)


async def failed(request: Request, error: Exception) -> Response:
    """Our own mistake: written down with its trace, told without it. A database that is away is said to be."""
    if is_outage(error):
        log.warning("database away", resource=resource_of(request), reason=type(error).__name__)
        return await refused(request, Unavailable("storage_away", "The database does not answer at present; please try again in a moment"))
    if isinstance(error, Altered):
        log.error("a file was altered at rest", resource=resource_of(request), reason=str(error))
        return await refused(
            request,
            OutOfOrder(
                "file_altered", "This file was altered where it is kept, and is not shown; please tell whoever looks after the server"
            ),
        )
    log.exception("request failed", resource=resource_of(request), exc_info=error)
    body = {"code": "internal", "message": "Something went wrong on our side; it was written down. Please try again", "retry": True}
    return JSONResponse(body, status_code=500)
