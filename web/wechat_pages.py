"""A party's consent to one message of WeChat, over HTTP.

GET    /api/cases/CASE/wechat    whether there is WeChat here, and a consent that nothing has taken yet
POST   /api/cases/CASE/wechat    → WeChat's page that asks
DELETE /api/cases/CASE/wechat    takes it back
GET    /api/wechat/back          ← WeChat sends the browser here: to the page that it came from, whatever it brings
"""

from __future__ import annotations

from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.clock import rfc3339
from cases.errors import NotAllowed, NotFound, Refusal
from cases.vocabulary import SeatRole
from storage.dossier import Dossier
from storage.wechat_consents import WechatConsents
from web.request import actor_of, house, sessions_here
from web.wechat import OPENID, WechatAccount

BACK = "/api/wechat/back"
MAX_QUERY = 2048
"""Characters of what the browser brings back."""


class WechatPages:
    """`account`: None where this installation has none."""

    def __init__(self, consents: WechatConsents, account: WechatAccount | None) -> None:
        self._consents, self._account = consents, account

    async def told(self, request: Request) -> Response:
        case_id, party = await self._party(request)
        since = await self._consents.since(case_id, party) if self._account else None
        return JSONResponse({"open": self._account is not None, "since": rfc3339(since) if since else None})

    async def ask(self, request: Request) -> Response:
        case_id, party = await self._party(request)
        if self._account is None:
            raise NotAllowed("wechat_off", "Nobody is told by WeChat here")
        handle = request.query_params.get("as") or request.headers.get("X-Heyi-As", "")
        state, scene = await self._consents.ask(case_id, party)
        back = f"{house(request).settings.base_url}{BACK}?as={quote(handle)}"
        return JSONResponse({"where": self._account.question(state, scene, back)})

    async def drop(self, request: Request) -> Response:
        await self._consents.drop(*await self._party(request))
        return JSONResponse({})

    async def back(self, request: Request) -> Response:
        """Only the browser in which a party has asked is believed: else somebody could be told of another's case."""
        handle = request.query_params.get("as", "")
        try:
            where, outcome = await self._answered(request)
        except Refusal as refusal:
            return _to(f"/?as={quote(handle)}&wechat={refusal.code}")
        return _to(f"{where}?as={quote(handle)}&wechat={outcome}")

    async def _answered(self, request: Request) -> tuple[str, str]:
        """(the party's page, allowed | cancelled | failed)."""
        if self._account is None or len(request.url.query) > MAX_QUERY:
            raise NotFound("no_page", "There is no such page")
        brought = {name: values[0] for name, values in parse_qs(request.url.query).items()}
        state = brought.get("reserved", "")
        case_id, party, scene = await self._consents.asked(state)
        dossier = await house(request).reader.dossier(case_id)
        where = next((_page_of(actor) for actor in await sessions_here(request) if _party_of(actor, dossier) == party), "")
        if not where:
            raise NotAllowed("another_browser", "The question was asked in another browser")
        if brought.get("action") != "confirm":
            await self._consents.drop(case_id, party)
            return where, "cancelled"
        openid, expected = brought.get("openid", ""), (str(scene), self._account.template)
        if not OPENID.fullmatch(openid) or (brought.get("scene"), brought.get("template_id")) != expected:
            return where, "failed"
        await self._consents.give(state, openid)
        return where, "allowed"

    async def _party(self, request: Request) -> tuple[str, str]:
        """(case, party) of whoever asks."""
        actor, _ = await actor_of(request)
        house(request).rates.spend("wechat", actor.id or actor.case_id)
        case_id = request.path_params["case"]
        if actor.case_id == case_id and (party := _party_of(actor, await house(request).reader.dossier(case_id))):
            return case_id, party
        raise NotFound("no_case", "There is no such case")

    def routes(self) -> list[Route]:
        return [
            Route("/api/cases/{case}/wechat", self.told),
            Route("/api/cases/{case}/wechat", self.ask, methods=["POST"]),
            Route("/api/cases/{case}/wechat", self.drop, methods=["DELETE"]),
            Route(BACK, self.back),
        ]


def _party_of(actor: Actor, dossier: Dossier) -> str:
    """The party that somebody is, with the own telephone in the hand; empty where it is none, or acts for it."""
    if actor.case_id != dossier.case.id:
        return ""
    if actor.kind == "reporter":
        return dossier.case.reporter.id if dossier.case.reporter else ""
    if actor.kind == "party":
        return actor.id
    seat = dossier.room.seats.get(actor.id) if actor.kind == "seat" and dossier.room is not None else None
    return seat.party if seat is not None and seat.role is SeatRole.PARTY and seat.acts is None else ""


def _page_of(actor: Actor) -> str:
    pages = {"reporter": f"/mine/{actor.case_id}", "party": f"/own/{actor.case_id}"}
    return pages.get(actor.kind, f"/join/{actor.session_id}")


def _to(where: str) -> Response:
    return RedirectResponse(where, status_code=303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
