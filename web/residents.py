"""Residents' own accounts over HTTP: in by a telephone and its code, the own data corrected, the account deleted (个人信息保护法 14, 15, 45–47).

One kind of code serves whatever a telephone is to be proved for. Whether a number is known here is told to nobody but whoever has it: an unknown one is registered by the
same request that signs a known one in.
"""

from __future__ import annotations

import secrets
from typing import Literal

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import privacy
from cases.errors import NotAllowed, Unavailable
from cases.identity import mask_phone, parse_mobile, parse_name
from cases.ports import CodeWay, NotDelivered
from cases.vocabulary import Act
from realtime.session import Code
from web.house import House
from web.matters import reported_with
from web.request import address_of, body_of, came_of, granted, house, resident_here, resident_of
from web.resident_doors import RESIDENT

log = structlog.get_logger("residents")


class Ask(msgspec.Struct, forbid_unknown_fields=True):
    phone: str


class Enter(msgspec.Struct, forbid_unknown_fields=True):
    """`agreed`: version of the privacy notice that was read."""

    phone: str
    code: str
    agreed: str = ""


class Move(msgspec.Struct, forbid_unknown_fields=True):
    """`code` went to `phone`, the new number; `present` to the one there is."""

    phone: str
    code: str
    present: str


class Named(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class Farewell(msgspec.Struct, forbid_unknown_fields=True):
    """`code` went to the account's number. `why`: the account is deleted, or the consent withdrawn without which it cannot be."""

    code: str
    why: Literal["deleted", "withdrawn"] = "deleted"


class ResidentPages:
    """`way`: how codes come to telephones, None where there is no gateway. Then `shown` says that the page itself shows the code: in the demonstration, which has
    invented people; elsewhere there are no accounts of residents."""

    def __init__(self, way: CodeWay | None, shown: bool) -> None:
        self._way, self._shown = way, shown and way is None

    async def about(self, request: Request) -> Response:
        """What the sign-in page says before anybody has come, and whether somebody has: what a resident alone may ask for need not be asked for in vain."""
        notice = {"version": privacy.VERSION, "date": privacy.DATE, "phone": house(request).settings.office_phone}
        here = await resident_here(request) is not None
        return JSONResponse(
            {"open": self._way is not None or self._shown, "demonstration": self._shown, "privacy": notice, "signed_in": here}
        )

    async def ask(self, request: Request) -> Response:
        at = house(request)
        at.rates.spend("phone_code", address_of(request))
        phone = parse_mobile((await body_of(request, Ask)).phone)
        return await self._sent(at, phone)

    async def ask_own(self, request: Request) -> Response:
        """A code to the account's own number: a session alone neither moves nor deletes it, nor takes away what is kept."""
        at = house(request)
        at.rates.spend("phone_code", address_of(request))
        actor, _ = await resident_of(request)
        return await self._sent(at, (await at.doors.residents.person(actor.id)).phone)

    async def _sent(self, at: House, phone: str) -> Response:
        if self._way is None and not self._shown:
            raise NotAllowed("residents_off", "There are no residents' accounts here, since no SMS can be sent; reporting needs none")
        asked = await at.doors.residents.ask(phone)
        if self._way is not None:
            try:
                await self._way.bring(secrets.token_hex(16), phone, asked.code)
            except NotDelivered as failure:
                log.warning("a code was not sent", reason=failure.reason)
                raise Unavailable("code_not_sent", "The code could not be sent; please try again in a minute") from None
        return JSONResponse({"again": asked.again, "until": asked.until, **({"shown": asked.code} if self._shown else {})})

    async def enter(self, request: Request) -> Response:
        at = house(request)
        at.rates.spend("phone_answer", address_of(request))
        asked = await body_of(request, Enter)
        phone = parse_mobile(asked.phone)
        privacy.demand_agreed(asked.agreed)
        await at.doors.residents.check(phone, asked.code)
        return granted(request, await at.doors.of_residents.resident(phone, asked.code, asked.agreed, came_of(request)))

    async def me(self, request: Request) -> Response:
        actor, _ = await resident_of(request)
        person = await house(request).doors.residents.person(actor.id)
        return JSONResponse({**msgspec.to_builtins(person), "phone": mask_phone(person.phone)})

    async def rename(self, request: Request) -> Response:
        actor, _ = await resident_of(request)
        name = parse_name((await body_of(request, Named)).name)
        house(request).check_glyphs("name", name)
        await house(request).doors.residents.rename(actor.id, name)
        return JSONResponse({})

    async def move(self, request: Request) -> Response:
        """Another number, with the codes that went to it and to the one there is. The cases of the former stay the resident's; the other sign-ins end."""
        at = house(request)
        at.rates.spend("phone_answer", address_of(request))
        actor, login = await resident_of(request)
        asked = await body_of(request, Move)
        phone, person = parse_mobile(asked.phone), await at.doors.residents.person(actor.id)
        await at.doors.residents.check(person.phone, asked.present, "present")
        await at.doors.residents.check(phone, asked.code)
        await at.doors.residents.move(actor.id, asked.present, phone, asked.code, await reported_with(request, person.phone))
        ended = await at.doors.sign_ins.end_others(actor.id, login, "resident")
        at.nodes.end(ended, Code.SIGNED_OUT, "the number was changed")
        return JSONResponse({"phone": mask_phone(phone)})

    async def delete(self, request: Request) -> Response:
        """For good. What stands in a case's file stays there, as the law asks of it (docs/decisions/0039-residents-accounts.md)."""
        at = house(request)
        at.rates.spend("phone_answer", address_of(request))
        actor, _ = await resident_of(request)
        asked = await body_of(request, Farewell)
        act = Act.CONSENT_WITHDRAWN if asked.why == "withdrawn" else Act.ACCOUNT_DELETED
        await at.doors.residents.check((await at.doors.residents.person(actor.id)).phone, asked.code)
        ended = await at.doors.residents.delete(actor.id, asked.code, act)
        at.nodes.end(ended, Code.SIGNED_OUT, "the account was deleted")
        response = JSONResponse({})
        response.delete_cookie(f"heyi_{RESIDENT}")
        return response

    def routes(self) -> list[Route]:
        return [
            Route("/api/residents", self.about, methods=["GET"]),
            Route("/api/residents/code", self.ask, methods=["POST"]),
            Route("/api/residents/sign-in", self.enter, methods=["POST"]),
            Route("/api/residents/me", self.me, methods=["GET"]),
            Route("/api/residents/me", self.delete, methods=["DELETE"]),
            Route("/api/residents/me/code", self.ask_own, methods=["POST"]),
            Route("/api/residents/me/name", self.rename, methods=["POST"]),
            Route("/api/residents/me/number", self.move, methods=["POST"]),
        ]
