"""The Starlette application: resources, the browser client's files, and the headers that every answer carries."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from tortoise.exceptions import ValidationError

from cases.errors import Refusal
from web.administration import ADMINISTRATION_ROUTES
from web.authority_page import AUTHORITY_ROUTES
from web.calendar_pages import CALENDAR_ROUTES
from web.declining_pages import DECLINING_ROUTES
from web.doors import Doors
from web.entry_codes import number_of
from web.house import House
from web.intake import INTAKE_ROUTES
from web.joint_pages import JOINT_ROUTES
from web.parting import PARTING_ROUTES
from web.proposals import PROPOSAL_ROUTES
from web.reports import REPORT_ROUTES
from web.request import failed, refused, unfindable
from web.resources import ROUTES
from web.rights import RIGHTS_ROUTES
from web.second_factor import SECOND_FACTOR_ROUTES
from web.sign_in import SIGN_IN_ROUTES
from web.sign_ins import SIGN_INS_ROUTES
from web.timestamps import TIMESTAMP_ROUTES

STATIC = Path(__file__).parent / "static"
VERIFIER = STATIC / "verify.html"
WORKER = STATIC / "sw.js"
OWN_PAGES = ("/c/", "/j", "/own", "/mine", "/calendar", "/qr/", "/enter", "/room", "/rate", "/wall", "/desk", "/case", "/api/")
"""Of people, or of who holds a link: no search engine is to have them."""
SAFE = {"GET", "HEAD", "OPTIONS"}
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Style attributes come from the kits (positions of pop-ups) and from bound styles; scripts are never inline.


class Guard(BaseHTTPMiddleware):
    """Refuses unsafe requests of foreign pages; sets the security headers."""

    async def dispatch(self, request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        doors: Doors = request.app.state.house.doors
        if request.method not in SAFE and not doors.origin_allowed(request.headers.get("Origin"), request.headers.get("Host")):
            return JSONResponse({"code": "foreign_origin", "message": "This request came from another site"}, status_code=403)
        if "\x00" in request.scope["path"] or b"%00" in request.scope["query_string"] or b"\x00" in request.scope["query_string"]:
            # No database looks for a text with it, and nobody writes one.
            return await no_page(request)
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Permissions-Policy"] = "camera=(self), microphone=(self), display-capture=(self)"
        if request.url.path.startswith(OWN_PAGES):
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        if request.url.path.startswith("/api/") and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


PAGES = (
    *("/", "/j", "/enter", "/sign-in", "/join/{session}", "/room/{session}", "/report", "/mine", "/mine/{id}", "/own/{id}"),
    *("/desk", "/desk/cases", "/desk/intake", "/desk/risk", "/desk/experts", "/account", "/administration", "/rights"),
    *("/case/{id}", "/case/{id}/playback", "/case/{id}/past", "/wall", "/wall/{region}", "/rate", "/verify"),
)
"""The addresses that the client draws, as its router has them; /c/{code} is answered by `progress`."""


async def page(request: Request, status: int = 200) -> Response:
    """Every page is the same document; the client draws what the address says."""
    return FileResponse(STATIC / "index.html", status, headers={"Cache-Control": "no-cache"})


async def missing_page(request: Request) -> Response:
    """The client says in words that there is no such page; the status says it to whatever else follows a link. A slash too many at the end leads to the page."""
    path = request.url.path
    if path.endswith("/"):
        return RedirectResponse(str(request.url.replace(scheme="", netloc="", path="/" + path.strip("/"), fragment="")), status_code=308)
    return await page(request, 404)


async def progress(request: Request) -> Response:
    """The public page of a case has one address: the code as it is printed. Typed in any other way that search reads too, it leads there; whether there is such a case is not looked up."""
    typed = request.path_params["code"]
    number = number_of(typed)
    if not number or number == typed:
        return await page(request)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/c/{number}{query}", status_code=308)


async def offline_verifier(request: Request) -> Response:
    """verify.html, to be kept and opened without this site: never shown from here, where another policy would hold for it."""
    if not VERIFIER.exists():
        return await no_page(request)
    return FileResponse(VERIFIER, filename=VERIFIER.name, headers={"Cache-Control": "no-cache"})


async def offline_worker(request: Request) -> Response:
    """The worker that opens the report page, and staff's 登记, without a network. Browsers ask for it anew at each visit: a new version of the client is a new worker."""
    if not WORKER.exists():
        return await no_page(request)
    return FileResponse(WORKER, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


async def no_page(request: Request) -> Response:
    return JSONResponse({"code": "no_page", "message": "There is no such address"}, status_code=404)


class Immutable(StaticFiles):
    """Built files: they carry their hash in their name, and lie beside a compressed copy that the build made."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        accepted = Headers(scope=scope).get("Accept-Encoding", "")
        packed = self.lookup_path(path + ".gz")[1] is not None and "gzip" in accepted
        response = await super().get_response(path + ".gz" if packed else path, scope)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Type"] = mimetypes.guess_type(path)[0] or "application/octet-stream"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def build(house: House, more: list[BaseRoute] | None = None) -> Starlette:
    app = Starlette(
        routes=[
            *ROUTES,
            *SIGN_IN_ROUTES,
            *SIGN_INS_ROUTES,
            *SECOND_FACTOR_ROUTES,
            *ADMINISTRATION_ROUTES,
            *CALENDAR_ROUTES,
            *DECLINING_ROUTES,
            *JOINT_ROUTES,
            *PARTING_ROUTES,
            *PROPOSAL_ROUTES,
            *REPORT_ROUTES,
            *RIGHTS_ROUTES,
            *INTAKE_ROUTES,
            *AUTHORITY_ROUTES,
            *TIMESTAMP_ROUTES,
            *(more or []),
            Route("/api/{rest:path}", no_page, methods=["GET", "POST"]),
            Mount("/assets", Immutable(directory=STATIC / "assets", check_dir=False)),
            Route("/verify.html", offline_verifier),
            Route("/sw.js", offline_worker),
            Route("/c/{code}", progress),
            *(Route(path, page) for path in PAGES),
            Route("/{rest:path}", missing_page),
        ],
        middleware=[Middleware(Guard)],
        exception_handlers={Refusal: refused, ValidationError: unfindable, Exception: failed},
    )
    app.state.house = house
    return app
