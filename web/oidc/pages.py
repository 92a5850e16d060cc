"""Signing in by the identity provider over HTTP: away to it and back, the second factor after it, one's own link, and what the provider says when somebody is out there.

POST   /api/oidc/begin    → where the browser goes; a cookie binds the answer to it
GET    /api/oidc/back     ← the provider sends the browser here: to a page of ours, whatever it brings
POST   /api/oidc/code     the second factor, where the account has one
POST   /api/oidc/link     the same way, to link the account that is signed in; DELETE unlinks it
POST   /api/oidc/logout   ← the provider itself (Back-Channel Logout 1.0)
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cases.errors import NotAllowed, Refusal
from realtime.session import Code
from web.oidc.attempt import LASTS, answered, open_in
from web.oidc.doors import Answer, Begun, ProviderDoors
from web.oidc.provider import BACK
from web.oidc.tokens import MAX_TOKEN, TokenRefused
from web.request import address_of, body_of, came_of, granted, house, remember
from web.sign_ins import account_of

MAX_QUERY = 4 * 1024
"""Characters of an answer."""
PATH = "/api/oidc"


class Begin(msgspec.Struct, forbid_unknown_fields=True):
    """`fresh`: the provider asks who it is, also whoever is signed in there."""

    fresh: bool = False


class Present(msgspec.Struct, forbid_unknown_fields=True):
    """The present password, where there is one."""

    password: str = ""


class SecondFactor(msgspec.Struct, forbid_unknown_fields=True):
    code: str


class OidcPages:
    def __init__(self, doors: ProviderDoors, name: str) -> None:
        self._doors, self._name = doors, name

    async def offered(self, request: Request) -> Response:
        """What the sign-in page offers; null where there is no provider."""
        return JSONResponse({"name": self._name} if self._doors.connected else None)

    async def begin(self, request: Request) -> Response:
        house(request).rates.spend("oidc", address_of(request))
        asked = await body_of(request, Begin)
        return _sent(request, await self._doors.begin(request.headers.get("Cookie", ""), fresh=asked.fresh))

    async def back(self, request: Request) -> Response:
        """Always to a page of ours, that says what is wrong: whoever comes from elsewhere reads no JSON."""
        attempt, linking = None, False
        try:
            house(request).rates.spend("oidc", address_of(request))
            state, answer = _answer(request)
            attempt = answered(open_in(request.headers.get("Cookie", "")), state)
            linking = await self._doors.links_by(attempt)
            came = await self._doors.back(attempt, answer, came_of(request))
        except Refusal as refusal:
            said = {"refused": refusal.code} | ({"seconds": str(refusal.detail["seconds"])} if "seconds" in refusal.detail else {})
            response = RedirectResponse(f"{'/account' if linking else '/sign-in'}?{urlencode(said)}", 303)
        else:
            where = came.grant.where if came.grant else "/account?linked=1" if came.linked else "/sign-in?code=1"
            response = RedirectResponse(where, 303)
            if came.grant is not None:
                remember(request, response, came.grant)
            elif not came.linked:
                return response
        if attempt is not None:
            response.delete_cookie(attempt.cookie, path=PATH)
        return response

    async def code(self, request: Request) -> Response:
        house(request).rates.spend("sign_in", address_of(request))
        asked = await body_of(request, SecondFactor)
        grant, former = await self._doors.finish(request.headers.get("Cookie", ""), asked.code, came_of(request))
        response = granted(request, grant)
        for cookie in former:
            response.delete_cookie(cookie, path=PATH)
        return response

    async def state(self, request: Request) -> Response:
        """Null where there is no provider, and in the demonstration, where nobody needs one."""
        actor, _ = await account_of(request)
        if house(request).synthetic or not self._doors.connected:
            return JSONResponse(None)
        return JSONResponse({"name": self._name, **await self._doors.state(actor.id)})

    async def link(self, request: Request) -> Response:
        account, login = await _owner(request)
        asked = await body_of(request, Present)
        return _sent(request, await self._doors.link(account, login, asked.password, request.headers.get("Cookie", "")))

    async def unlink(self, request: Request) -> Response:
        account, login = await _owner(request)
        asked = await body_of(request, Present)
        ended = await self._doors.unlink(account, login, asked.password)
        house(request).nodes.end(ended, Code.SIGNED_OUT, "the identity provider was unlinked")
        return JSONResponse({"ended": len(ended)})

    async def logout(self, request: Request) -> Response:
        """Back-Channel Logout 1.0, 2.8: 200, or 400 with what is wrong."""
        house(request).rates.spend("oidc_logout", address_of(request))
        try:
            ended = await self._doors.logged_out(await _logout_token(request))
        except TokenRefused as error:
            return JSONResponse({"error": "invalid_request", "error_description": error.code}, 400)
        house(request).nodes.end(ended, Code.SIGNED_OUT, "signed out at the identity provider")
        return JSONResponse({})

    def routes(self) -> list[Route]:
        return [
            Route(PATH, self.offered),
            Route(f"{PATH}/begin", self.begin, methods=["POST"]),
            Route(BACK, self.back),
            Route(f"{PATH}/code", self.code, methods=["POST"]),
            Route(f"{PATH}/link", self.state, methods=["GET"]),
            Route(f"{PATH}/link", self.link, methods=["POST"]),
            Route(f"{PATH}/link", self.unlink, methods=["DELETE"]),
            Route(f"{PATH}/logout", self.logout, methods=["POST"]),
        ]


async def _owner(request: Request) -> tuple[str, str]:
    """The account that asks, and by which sign-in. Raises `NotAllowed`, `TooMuch`."""
    house(request).rates.spend("sign_in", address_of(request))
    actor, login = await account_of(request)
    if house(request).synthetic:
        raise NotAllowed("not_allowed", "In the demonstration nobody is linked")
    return actor.id, login


def _answer(request: Request) -> tuple[str, Answer]:
    """The state, and what came with it. Raises `NotAllowed` for one that is too long, or says a thing twice (RFC 6749, 3.1)."""
    query = request.url.query
    try:
        found = parse_qs(query, max_num_fields=20) if len(query) <= MAX_QUERY else None
    except ValueError:
        found = None
    if found is None or any(len(values) > 1 for values in found.values()):
        raise NotAllowed("oidc_answer", "The identity provider's answer cannot be read")
    one = {name: values[0] for name, values in found.items()}
    return one.get("state", ""), Answer(one.get("code", ""), one.get("iss"), one.get("error", ""))


async def _logout_token(request: Request) -> str:
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > MAX_TOKEN + 100:
            raise TokenRefused("size", f"a token has at most {MAX_TOKEN} characters")
    return parse_qs(data.decode("ascii", "replace"), max_num_fields=20).get("logout_token", [""])[0]


def _sent(request: Request, begun: Begun) -> Response:
    response = JSONResponse({"url": begun.url})
    for cookie in begun.former:
        response.delete_cookie(cookie, path=PATH)
    # Lax, not strict: it is a page of the provider that sends the browser back.
    response.set_cookie(
        begun.attempt.cookie,
        begun.attempt.secret,
        max_age=int(LASTS.total_seconds()),
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response
