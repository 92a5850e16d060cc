"""Small things that are fetched by HTTP: townships, codes and their QR, health, metrics, settings of the page."""

from __future__ import annotations

import io

import segno
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.errors import NotFound
from storage.database import reads
from storage.models.people import Region
from web.request import address_of, house


async def regions(request: Request) -> Response:
    """Townships for the report form. Public."""
    rows = await Region.all().using_db(reads()).order_by("code")
    return JSONResponse([{"code": r.code, "name": r.name} for r in rows])


async def code_known(request: Request) -> Response:
    """Whether there is a case with this public code: a browser cannot see why its websocket was refused."""
    await house(request).doors.admit("", "", request.path_params["code"][:20], address_of(request))
    return JSONResponse({})


async def qr(request: Request) -> Response:
    """The case's QR code: the address of its public page."""
    code = request.path_params["code"]
    if len(code) > 20:
        raise NotFound("no_case", "There is no case with this code")
    out = io.BytesIO()
    segno.make(f"{house(request).settings.base_url}/c/{code}", error="m").save(out, kind="svg", scale=8, border=2, dark="#1B2428")
    return Response(out.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


async def health(request: Request) -> Response:
    problems = house(request).problems()
    return JSONResponse({"ok": not problems, "problems": problems}, status_code=200 if not problems else 503)


async def metrics(request: Request) -> Response:
    if address_of(request) not in {"127.0.0.1", "::1"}:
        raise NotFound("no_page", "There is no such page")
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def settings(request: Request) -> Response:
    at = house(request)
    return JSONResponse({"phone": at.settings.office_phone, "synthetic": at.synthetic})


ROUTES = [
    Route("/api/settings", settings),
    Route("/api/regions", regions),
    Route("/api/codes/{code}", code_known),
    Route("/qr/{code}.svg", qr),
    Route("/healthz", health),
    Route("/metrics", metrics),
]
