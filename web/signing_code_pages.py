"""One-time codes at the mediator's desk, over HTTP: beside the document of the room, which is kept and sent on, and has no codes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from web.request import actor_of
from web.signing_codes import SigningCodes


class SigningCodePages:
    def __init__(self, codes: SigningCodes) -> None:
        self._codes = codes

    async def shown(self, request: Request) -> Response:
        actor, _ = await actor_of(request)
        shown = await self._codes.shown(request.path_params["session"], actor)
        return JSONResponse({"codes": shown}, headers={"Cache-Control": "no-store"})

    def routes(self) -> list[Route]:
        return [Route("/api/sessions/{session}/codes", self.shown)]
