"""Reports of residents with their photographs, and what became of an order."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import PHOTO_LIMIT, Case, Numbering, Photo, open_case, standings
from cases.commands.casework import Report
from cases.errors import Invalid, NotFound, TooMuch
from cases.identity import parse_name
from cases.ports import Happened
from cases.vocabulary import Standing
from storage.database import reads
from storage.dossier import Dossier
from storage.models.agreements import FileRow
from storage.models.people import Region
from storage.work import NewFile, Outcome
from web import photos
from web.request import BODY_LIMIT, actor_of, address_of, granted, house, idempotency_key

REPORT_LIMIT = 90 * 1024 * 1024
T = TypeVar("T", bound=Report)


class Picture(NamedTuple):
    """A photograph in the vault, with the SHA-256 and size of its large form."""

    photo: Photo
    digest: str
    size: int


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


async def received(request: Request, kind: type[T]) -> tuple[T, Region, list[Picture], str]:
    """What was sent as a form with the JSON field `report` and up to nine files `photos`: the report, its township, its photographs, and under what it is
    made only once. Raises `Refusal`."""
    at = house(request)
    key = idempotency_key(request)
    size = request.headers.get("Content-Length", "")
    if not size.isdigit():
        raise Invalid("length_missing", "The request must say how long it is (Content-Length)", field="Content-Length")
    if int(size) > REPORT_LIMIT:
        raise TooMuch("too_large", "All photographs together have at most 90 MB")
    async with _form(request) as form:
        try:
            asked = msgspec.json.decode(str(form.get("report", "")), type=kind)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise Invalid("malformed", f"The report is malformed: {error}") from None
        files = []
        for file in form.getlist("photos"):
            if isinstance(file, str):
                continue
            if (file.size or 0) > photos.SIZE_LIMIT:
                raise Invalid("photo_size", "A photograph has at most 15 MB", field="photos", limit=photos.SIZE_LIMIT)
            files.append(await file.read())
    region = await _region(asked.region)
    for field in ("name", "other_name"):
        if getattr(asked, field).strip() or field == "name":
            at.check_glyphs(field, parse_name(getattr(asked, field), field))
    pictures = [await _kept(request, data) for data in files]
    # The key alone could be guessed, and whoever repeats it would be let in to somebody else's report.
    content = hashlib.sha256(b"|".join([key.encode(), msgspec.json.encode(asked), *(one.digest.encode() for one in pictures)]))
    return asked, region, pictures, content.hexdigest()


async def _kept(request: Request, data: bytes) -> Picture:
    """Made smaller, upright and without what else the phone wrote into it, and laid into the vault."""
    at = house(request)
    large, thumb, width, height = await asyncio.get_running_loop().run_in_executor(at.pool, photos.prepare, data)
    picture = Photo(secrets.token_hex(10), width, height)
    await at.blobs.put(f"photos/{picture.id}.jpg", large)
    await at.blobs.put(f"photos/{picture.id}.thumb.jpg", thumb)
    return Picture(picture, hashlib.sha256(large).hexdigest(), len(large))


async def _region(code: str) -> Region:
    """The region, on trial where it lies in one that is."""
    around = await Region.filter(code__in=[code[:digits] for digits in (6, 9, 12)]).using_db(reads())
    region = next((one for one in around if one.code == code), None)
    if region is None:
        raise Invalid("unknown_region", "Choose the township where it happened", field="region")
    region.trial = any(one.trial for one in around)
    return region


def made(case: Case, happened: list[Happened], pictures: list[Picture], trial: bool) -> tuple[Dossier, Outcome]:
    """A new case with its photographs, as the store takes it. `trial`: its region is on trial."""
    case.trial = trial
    files = [NewFile(one.photo.id, "photo", f"photos/{one.photo.id}.jpg", one.digest, one.size) for one in pictures]
    return Dossier(case), Outcome(happened, {"case": case.id, "code": case.code}, files=files)


async def report(request: Request) -> Response:
    """我要反映. `Idempotency-Key` makes a resend harmless."""
    at = house(request)
    at.rates.spend("report", address_of(request))
    asked, region, pictures, once = await received(request, Report)

    def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
        return made(*open_case(asked, numbering, now, [one.photo for one in pictures], region.name, at.synthetic), pictures, region.trial)

    result = await at.store.create(make, f"report:{once}")
    grant = await at.doors.reporter(result["case"])
    response = granted(request, grant)
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
    if row is None or dossier is None or not at.may_see_file(actor, dossier, row.id):
        raise NotFound("no_photo", "There is no such photograph")
    name = row.blob.replace(".jpg", ".thumb.jpg") if request.query_params.get("size") == "thumb" else row.blob
    # Who came by a seat's link has it no longer than the seat.
    kept = "no-store" if actor.kind == "seat" else "private, max-age=86400"
    return Response(await at.blobs.get(name), media_type="image/jpeg", headers={"Cache-Control": kept})


REPORT_ROUTES = [
    Route("/api/reports", report, methods=["POST"]),
    Route("/api/orders/{case}", order),
    Route("/api/photos/{id}", photo),
]
