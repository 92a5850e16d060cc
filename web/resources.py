"""What is fetched by HTTP: sign-in, links, reports with photographs, pictures, QR codes, health, metrics."""

from __future__ import annotations

import asyncio
import hashlib
import io
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
import segno
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.actor import Actor
from cases.case import PHOTO_LIMIT, Numbering, Photo, open_case, standings
from cases.commands import Report
from cases.errors import Invalid, NotFound, Refusal, TooMuch, Unavailable
from cases.identity import parse_name
from cases.ports import Happened
from cases.vocabulary import Role, Standing
from realtime.session import Code
from rooms import handling
from storage.database import is_outage, reads
from storage.dossier import Dossier
from storage.models.agreements import FileRow
from storage.models.people import Account, Organisation, Region
from storage.work import Decide, NewFile, Outcome
from web import photos
from web.doors import MAIN, Grant
from web.house import House

log = structlog.get_logger("web")

REPORT_LIMIT = 90 * 1024 * 1024
BODY_LIMIT = 64 * 1024


def house(request: Request) -> House:
    return request.app.state.house


async def actor_of(request: Request) -> tuple[Actor, str]:
    """Who asks. The tab names its session by `?as=` or the header `X-Heyi-As`."""
    handle = request.query_params.get("as") or request.headers.get("X-Heyi-As", "")
    admission = await house(request).doors.admit(request.headers.get("Cookie", ""), handle)
    return admission.actor, admission.login


async def body_of(request: Request, kind: type[Any]) -> Any:
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > BODY_LIMIT:
            raise Invalid("too_long", "The request is too large", limit=BODY_LIMIT)
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Invalid("malformed", f"The request is malformed: {error}") from None


class SignIn(msgspec.Struct, forbid_unknown_fields=True):
    login: str
    password: str


class Exchange(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    take_over: bool = False


def _granted(request: Request, grant: Grant) -> Response:
    response = JSONResponse({"as": grant.handle, "where": grant.where})
    response.set_cookie(
        f"heyi_{grant.handle}", grant.secret, max_age=grant.max_age, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return response


async def sign_in(request: Request) -> Response:
    house(request).rates.spend("sign_in", _address(request))
    asked = await body_of(request, SignIn)
    return _granted(request, await house(request).doors.sign_in(asked.login, asked.password))


async def sign_out(request: Request) -> Response:
    _, login = await actor_of(request)
    await house(request).doors.sign_out(login)
    house(request).nodes.end([login], Code.SIGNED_OUT, "signed out")
    response = JSONResponse({})
    response.delete_cookie(f"heyi_{request.query_params.get('as') or MAIN}")
    return response


async def exchange(request: Request) -> Response:
    house(request).rates.spend("exchange", _address(request))
    asked = await body_of(request, Exchange)
    grant = await house(request).doors.exchange(asked.token, asked.take_over)
    house(request).nodes.end(grant.taken_over, Code.TAKEN_OVER, "opened on another device")
    if grant.seat:
        await house(request).store.execute(grant.case_id, _entered(grant))
    return _granted(request, grant)


def _entered(grant: Grant) -> Decide:
    """The ledger knows who came in by a link; whoever took a seat over is compared with the card again."""

    def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        room = dossier.room
        payload = {"session": grant.session_id, "seat": grant.seat}
        if not grant.taken_over or room is None or room.id != grant.session_id:
            return Outcome([Happened("link.opened", payload)])
        return Outcome([Happened("seat.taken_over", payload), *handling.taken_over(room, grant.seat, now)])

    return decide


async def me(request: Request) -> Response:
    actor, _ = await actor_of(request)
    return JSONResponse(msgspec.to_builtins(actor))


async def regions(request: Request) -> Response:
    """Townships for the report form. Public."""
    rows = await Region.all().using_db(reads()).order_by("code")
    return JSONResponse([{"code": r.code, "name": r.name} for r in rows])


async def takers(request: Request) -> Response:
    """To whom the centre may give an order: people, their organisation and how many cases they have."""
    actor, _ = await actor_of(request)
    if actor.role is not Role.CENTRE:
        raise NotFound("no_page", "There is no such page")
    orgs = {o.id: o for o in await Organisation.all().using_db(reads())}
    rows = await Account.filter(role__in=[Role.MEDIATOR, Role.GRID_WORKER], region__startswith=actor.region, disabled=False).using_db(
        reads()
    )
    load = await house(request).reader.load_by_mediator()
    return JSONResponse(
        [
            {
                "id": a.id,
                "name": a.name,
                "role": a.role,
                "org": orgs[a.org].name if a.org in orgs else "",
                "load": load.get(a.id, 0),
                "speciality": a.speciality,
            }
            for a in rows
        ]
    )


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    """The report's form. What Starlette finds wrong with it is told in our own words, with the code that a page translates."""
    try:
        form = await request.form(max_files=PHOTO_LIMIT, max_fields=4, max_part_size=BODY_LIMIT)
    except HTTPException as error:
        if "files" in error.detail:
            raise Invalid("too_many_photos", f"At most {PHOTO_LIMIT} photographs", field="photos", limit=PHOTO_LIMIT) from None
        if "size" in error.detail:
            raise Invalid("too_long", "The report's text is too long", field="report", limit=BODY_LIMIT) from None
        raise Invalid("malformed", "The form cannot be read") from None
    try:
        yield form
    finally:
        await form.close()


async def report(request: Request) -> Response:
    """我要反映: a form with the JSON field `report` and up to nine files `photos`. `Idempotency-Key` makes a resend harmless."""
    at = house(request)
    at.rates.spend("report", _address(request))
    key = request.headers.get("Idempotency-Key", "")
    if not 8 <= len(key) <= 64:
        raise Invalid("bad_key", "The header Idempotency-Key has 8 to 64 characters", field="Idempotency-Key")
    size = request.headers.get("Content-Length", "")
    if not size.isdigit():
        raise Invalid("length_missing", "The request must say how long it is (Content-Length)", field="Content-Length")
    if int(size) > REPORT_LIMIT:
        raise TooMuch("too_large", "All photographs together have at most 90 MB")
    async with _form(request) as form:
        try:
            asked = msgspec.json.decode(str(form.get("report", "")), type=Report)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise Invalid("malformed", f"The report is malformed: {error}") from None
        files = []
        for file in form.getlist("photos"):
            if isinstance(file, str):
                continue
            if (file.size or 0) > photos.SIZE_LIMIT:
                raise Invalid("photo_size", "A photograph has at most 15 MB", field="photos", limit=photos.SIZE_LIMIT)
            files.append(await file.read())
    region = await Region.filter(code=asked.region).using_db(reads()).first()
    if region is None:
        raise Invalid("unknown_region", "Choose the township where it happened", field="region")
    for field in ("name", "other_name"):
        if getattr(asked, field).strip() or field == "name":
            at.check_glyphs(field, parse_name(getattr(asked, field), field))
    loop = asyncio.get_running_loop()
    prepared = [await loop.run_in_executor(at.pool, photos.prepare, data) for data in files]
    pictures = []
    for large, thumb, width, height in prepared:
        picture = Photo(secrets.token_hex(10), width, height)
        await at.blobs.put(f"photos/{picture.id}.jpg", large)
        await at.blobs.put(f"photos/{picture.id}.thumb.jpg", thumb)
        pictures.append((picture, hashlib.sha256(large).hexdigest(), len(large)))

    def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
        case, happened = open_case(asked, numbering, now, [p for p, _, _ in pictures], region.name, at.synthetic)
        files = [NewFile(p.id, "photo", f"photos/{p.id}.jpg", digest, size) for p, digest, size in pictures]
        return Dossier(case), Outcome(happened, {"case": case.id, "code": case.code}, files=files)

    # The key alone could be guessed, and whoever repeats it would be let in to somebody else's report.
    content = hashlib.sha256(b"|".join([key.encode(), msgspec.json.encode(asked), *(digest.encode() for _, digest, _ in pictures)]))
    result = await at.store.create(make, f"report:{content.hexdigest()}")
    grant = await at.doors.reporter(result["case"])
    response = _granted(request, grant)
    response.body = msgspec.json.encode({**result, "as": grant.handle, "url": f"{at.settings.base_url}/c/{result['code']}"})
    response.headers["Content-Length"] = str(len(response.body))
    return response


async def order(request: Request) -> Response:
    """What became of an order: who took it, for those to whom it was offered."""
    actor, _ = await actor_of(request)
    case = (await house(request).reader.dossier(request.path_params["case"])).case
    if Standing.OFFEREE not in standings(case, actor):
        raise NotFound("no_case", "There is no such case")
    return JSONResponse({"taken_by": case.mediator.name if case.mediator else ""})


async def photo(request: Request) -> Response:
    """A photograph, for those who may see its case."""
    actor, _ = await actor_of(request)
    at = house(request)
    row = await FileRow.filter(id=request.path_params["id"], kind="photo").using_db(reads()).first()
    dossier = await at.reader.dossier(row.case_id) if row else None
    if row is None or dossier is None or not at.may_see_files(actor, dossier):
        raise NotFound("no_photo", "There is no such photograph")
    name = row.blob.replace(".jpg", ".thumb.jpg") if request.query_params.get("size") == "thumb" else row.blob
    return Response(await at.blobs.get(name), media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


async def code_known(request: Request) -> Response:
    """Whether there is a case with this public code: a browser cannot see why its websocket was refused."""
    await house(request).doors.admit("", "", request.path_params["code"][:20], _address(request))
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
    if _address(request) not in {"127.0.0.1", "::1"}:
        raise NotFound("no_page", "There is no such page")
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def settings(request: Request) -> Response:
    at = house(request)
    return JSONResponse({"phone": at.settings.office_phone, "synthetic": at.synthetic})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    body = {"code": error.code, "message": error.message, "detail": error.detail, "retry": error.retry}
    return JSONResponse(body, status_code=error.status)


async def failed(request: Request, error: Exception) -> Response:
    """Our own mistake: written down with its trace, told without it. A database that is away is said to be."""
    if is_outage(error):
        log.warning("database away", path=request.url.path, reason=type(error).__name__)
        return await refused(request, Unavailable("storage_away", "The database does not answer at present; please try again in a moment"))
    log.exception("request failed", path=request.url.path, exc_info=error)
    body = {"code": "internal", "message": "Something went wrong on our side; it was written down. Please try again", "retry": True}
    return JSONResponse(body, status_code=500)


ROUTES = [
    Route("/api/sign-in", sign_in, methods=["POST"]),
    Route("/api/sign-out", sign_out, methods=["POST"]),
    Route("/api/links/exchange", exchange, methods=["POST"]),
    Route("/api/me", me),
    Route("/api/settings", settings),
    Route("/api/regions", regions),
    Route("/api/takers", takers),
    Route("/api/reports", report, methods=["POST"]),
    Route("/api/orders/{case}", order),
    Route("/api/photos/{id}", photo),
    Route("/api/codes/{code}", code_known),
    Route("/qr/{code}.svg", qr),
    Route("/healthz", health),
    Route("/metrics", metrics),
]
