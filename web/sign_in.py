"""Coming in and going out over HTTP: sign-in of staff, links, sign-out. Residents come in by `web.residents`."""

from __future__ import annotations

from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import pages, stating
from cases.actor import Actor
from cases.case import Numbering
from cases.errors import NotAllowed
from cases.ports import Happened
from realtime.performance_document import party_of
from realtime.session import Code
from rooms import handling
from rooms.handing_over import between_leads
from storage.dossier import Dossier
from storage.work import Decide, Outcome
from web.doors import MAIN, Grant
from web.request import actor_of, address_of, body_of, came_of, granted, house, sessions_here


class SignIn(msgspec.Struct, forbid_unknown_fields=True):
    """`code`: of the second factor, where the account has one."""

    login: str
    password: str
    code: str = ""


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """`present` stays empty where there is none yet."""

    new: str
    present: str = ""


class Exchange(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    take_over: bool = False
    code: str = ""


async def sign_in(request: Request) -> Response:
    house(request).rates.spend("sign_in", address_of(request))
    asked = await body_of(request, SignIn)
    return granted(request, await house(request).doors.sign_in(asked.login, asked.password, asked.code, came_of(request)))


async def sign_out(request: Request) -> Response:
    _, login = await actor_of(request)
    ended = await house(request).doors.sign_out(login)
    house(request).nodes.end(ended, Code.SIGNED_OUT, "signed out")
    response = JSONResponse({})
    response.delete_cookie(f"heyi_{request.query_params.get('as') or MAIN}")
    return response


async def exchange(request: Request) -> Response:
    house(request).rates.spend("exchange", address_of(request))
    asked = await body_of(request, Exchange)
    cookies = request.headers.get("Cookie", "")
    try:
        grant = await house(request).doors.exchange(asked.token, asked.take_over, "", asked.code, came_of(request), cookies)
    except NotAllowed as refusal:
        if refusal.code == "link_revoked" and await _between_leads(request, asked.token):
            raise NotAllowed("handed_over", "The case goes to another mediator, who will send a new link") from None
        raise
    return await came_in(request, grant)


async def _between_leads(request: Request, token: str) -> bool:
    """Whether the link led to a seat of a session that has no mediator now."""
    session = await house(request).doors.links.session_of_link(token)
    dossier = await house(request).reader.dossier_of(f"room/{session}") if session else None
    return dossier is not None and dossier.room is not None and dossier.room.id == session and between_leads(dossier.room)


async def came_in(request: Request, grant: Grant) -> Response:
    """By a link, or by what stands for it."""
    house(request).nodes.end(grant.taken_over, Code.TAKEN_OVER, "opened on another device")
    if grant.seat:
        known = not grant.taken_over and await party_is_here(request, grant)
        await house(request).store.execute(grant.case_id, _entered(grant, known))
    return granted(request, grant)


async def party_is_here(request: Request, grant: Grant) -> bool:
    """Whether this browser had a session of the same party before."""
    dossier = await house(request).reader.dossier(grant.case_id)
    party = party_of(
        dossier, Actor("seat" if grant.session_id else "party", grant.seat, case_id=grant.case_id, session_id=grant.session_id)
    )
    return bool(party) and any(party_of(dossier, one) == party for one in await sessions_here(request))


def _entered(grant: Grant, known: bool) -> Decide:
    """The ledger knows who came in by a link; whoever took a seat over is compared with the card again. `known`: by this browser, which the party had a session in."""

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room = dossier.room
        seat = room.seats.get(grant.seat) if room is not None and room.id == grant.session_id else None
        if not known:
            stating.unverify(dossier.case, (seat.party if seat is not None else "") if grant.session_id else grant.seat)
        if not grant.session_id:
            pages.opened(dossier.case, grant.seat, now)
            return Outcome([Happened("page.opened", {"party": grant.seat, "anew": bool(grant.taken_over)})])
        payload = {"session": grant.session_id, "seat": grant.seat}
        if not grant.taken_over or room is None or seat is None:
            return Outcome([Happened("link.opened", payload)])
        return Outcome([Happened("seat.taken_over", payload), *handling.taken_over(room, grant.seat, now)])

    return decide


async def password(request: Request) -> Response:
    """Whether the account has a password; null in the demonstration, where nobody needs one."""
    actor, _ = await actor_of(request)
    if actor.kind != "account":
        raise NotAllowed("not_allowed", "Only accounts have passwords")
    login, there = await house(request).doors.own.has_password(actor.id)
    return JSONResponse({"login": login, "set": there} if there or not house(request).synthetic else None)


async def choose_password(request: Request) -> Response:
    house(request).rates.spend("sign_in", address_of(request))
    actor, login = await actor_of(request)
    asked = await body_of(request, NewPassword)
    if actor.kind != "account" or house(request).synthetic:
        raise NotAllowed("not_allowed", "Only accounts have passwords, and in the demonstration nobody")
    ended = await house(request).doors.own.set_password(actor.id, login, asked.present, asked.new)
    house(request).nodes.end(ended, Code.SIGNED_OUT, "the password was changed")
    return JSONResponse({"ended": len(ended)})


async def me(request: Request) -> Response:
    actor, _ = await actor_of(request)
    return JSONResponse(msgspec.to_builtins(actor))


SIGN_IN_ROUTES = [
    Route("/api/sign-in", sign_in, methods=["POST"]),
    Route("/api/sign-out", sign_out, methods=["POST"]),
    Route("/api/links/exchange", exchange, methods=["POST"]),
    Route("/api/me", me),
    Route("/api/password", password, methods=["GET"]),
    Route("/api/password", choose_password, methods=["POST"]),
]
