"""Reports of residents with their photographs and what they tell by voice, and what became of an order."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.case import PHOTO_LIMIT, Case, Numbering, Photo, open_case, standings
from cases.commands.casework import OwnReport, Report
from cases.errors import Invalid, NotFound, Refusal, TooMuch
from cases.identity import parse_name
from cases.permissions import may
from cases.ports import Happened
from cases.spoken import SIZE_LIMIT as SPOKEN_LIMIT
from cases.spoken import Spoken
from cases.terms import lapsed_for
from cases.vocabulary import Action, Standing
from storage.database import reads
from storage.dossier import Dossier
from storage.models.agreements import FileRow
from storage.models.people import Region
from storage.regions import region_of
from storage.work import NewFile, Outcome
from web import photos
from web.house import House
from web.ranged import ranged
from web.request import BODY_LIMIT, actor_of, address_of, decoded, granted, house, idempotency_key, resident_here
from web.resident_doors import RESIDENT
from web.spoken_reports import KIND as SPOKEN
from web.spoken_reports import blob_of as spoken_blob

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
        form = await request.form(max_files=PHOTO_LIMIT + 1, max_fields=4, max_part_size=BODY_LIMIT)
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


class Received(NamedTuple, Generic[T]):
    """A report as it was sent, its township, its photographs, what was told by voice, and under what it is made only once."""

    asked: T
    region: Region
    pictures: list[Picture]
    spoken: Spoken | None
    once: str


class Form(NamedTuple, Generic[T]):
    """What was sent as a form: the JSON field `report`, up to nine files `photos`, and a file `spoken`, empty where there is none."""

    asked: T
    photos: list[bytes]
    sound: bytes


async def read_form(request: Request, kind: type[T]) -> Form[T]:
    """Raises `Invalid`."""
    async with _form(request) as form:
        asked = decoded(str(form.get("report", "")).encode(errors="surrogatepass"), kind)
        files = []
        for file in form.getlist("photos"):
            if isinstance(file, str):
                continue
            if (file.size or 0) > photos.SIZE_LIMIT:
                raise Invalid("photo_size", "A photograph has at most 15 MB", field="photos", limit=photos.SIZE_LIMIT)
            files.append(await file.read())
        told = form.get("spoken")
        if isinstance(told, UploadFile) and (told.size or 0) > SPOKEN_LIMIT:
            raise Invalid("spoken_size", "What is told here has at most 4 MB", field="spoken", limit=SPOKEN_LIMIT)
        return Form(asked, files, await told.read() if isinstance(told, UploadFile) else b"")


async def kept(request: Request, pictures: list[bytes], sound: bytes, by: str) -> tuple[list[Picture], Spoken | None]:
    """In the vault, before the case that names them. `by`: on whose rate a voice is looked into. Raises `Refusal`."""
    taken = [await _kept(request, data) for data in pictures]
    if sound:
        house(request).rates.spend("spoken", by)
    return taken, await house(request).spoken.keep(sound) if sound else None


async def received(request: Request, kind: type[T], phone: str = "") -> Received[T]:
    """`phone` stands in for one that is not given. Raises `Refusal`."""
    key = idempotency_key(request)
    size = request.headers.get("Content-Length", "")
    if not size.isdigit():
        raise Invalid("length_missing", "The request must say how long it is (Content-Length)", field="Content-Length")
    if int(size) > REPORT_LIMIT:
        raise TooMuch("too_large", "All photographs together have at most 90 MB")
    asked, files, sound = await read_form(request, kind)
    asked.phone = asked.phone if asked.phone.strip() else phone
    region = await region_of(asked.region)
    demand_printable(request, asked)
    pictures, spoken = await kept(request, files, sound, address_of(request))
    # The key alone could be guessed, and whoever repeats it would be let in to somebody else's report.
    digests = [*(one.digest for one in pictures), *([spoken.sha256] if spoken is not None else [])]
    # By what is reported: a page of another version may send it again, from which an earlier notice was sent.
    said = {name: value for name, value in msgspec.to_builtins(asked).items() if name != "privacy"}
    content = hashlib.sha256(b"|".join([key.encode(), msgspec.json.encode(said), *(one.encode() for one in digests)]))
    return Received(asked, region, pictures, spoken, content.hexdigest())


def demand_printable(request: Request, asked: Report) -> None:
    """Names stand in documents that are printed. Raises `Invalid`."""
    for field in ("name", "other_name"):
        if getattr(asked, field).strip() or field == "name":
            house(request).check_glyphs(field, parse_name(getattr(asked, field), field))


async def _kept(request: Request, data: bytes) -> Picture:
    """Made smaller, upright and without what else the phone wrote into it, and laid into the vault."""
    at = house(request)
    large, thumb, width, height = await asyncio.get_running_loop().run_in_executor(at.pool, photos.prepare, data)
    picture = Photo(secrets.token_hex(10), width, height)
    await at.blobs.put(f"photos/{picture.id}.jpg", large)
    await at.blobs.put(f"photos/{picture.id}.thumb.jpg", thumb)
    return Picture(picture, hashlib.sha256(large).hexdigest(), len(large))


def made(case: Case, happened: list[Happened], pictures: list[Picture], trial: bool) -> tuple[Dossier, Outcome]:
    """A new case with its files, as the store takes it. `trial`: its region is on trial."""
    case.trial = trial
    files = [NewFile(one.photo.id, "photo", f"photos/{one.photo.id}.jpg", one.digest, one.size) for one in pictures]
    if (spoken := case.spoken) is not None:
        files.append(NewFile(spoken.id, SPOKEN, spoken_blob(spoken.id), spoken.sha256, spoken.size))
    return Dossier(case), Outcome(happened, {"case": case.id, "code": case.code}, files=files)


async def create(
    at: House, make: Callable[[Numbering, datetime], tuple[Dossier, Outcome]], key: str, spoken: Spoken | None
) -> dict[str, Any]:
    """The case, or the one that the same report has made before. What was told by voice is kept in no other: of a report that is refused, or was there
    already, it is deleted. Where nobody knows whether it was taken, since the database went away, it stays."""
    try:
        result = await at.store.create(make, key)
    except Refusal as refusal:
        if spoken is not None and not refusal.retry:
            await at.spoken.drop(spoken)
        raise
    if spoken is not None and (await at.reader.dossier(result["case"])).case.spoken != spoken:
        await at.spoken.drop(spoken)
    return result


async def _own_number(request: Request) -> str:
    """Of the resident whose session and account the request names; empty for guests. A report may have waited on the device, and somebody else have signed
    in there meanwhile. Raises `Invalid`."""
    account = request.headers.get("X-Heyi-Account", "")
    if request.headers.get("X-Heyi-As") != RESIDENT or not account:
        return ""
    resident = await resident_here(request)
    if resident is None or resident.id != account:
        raise Invalid("other_account", "Whoever wrote this is not signed in here any more; write the telephone", field="phone")
    return (await house(request).doors.residents.person(resident.id)).phone


async def report(request: Request) -> Response:
    """我要反映. `Idempotency-Key` makes a resend harmless. Who is signed in need not give the account's number again."""
    at = house(request)
    at.rates.spend("report", address_of(request))
    asked, region, pictures, spoken, once = await received(request, OwnReport, await _own_number(request))

    def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
        photographs = [one.photo for one in pictures]
        return made(
            *open_case(
                *(asked, numbering, now, photographs, region.name, at.synthetic),
                spoken=spoken,
                digests=[one.digest for one in pictures],
                privacy=asked.privacy,
            ),
            pictures,
            region.trial,
        )

    result = await create(at, make, f"report:{once}", spoken)
    grant = await at.doors.reporter(result["case"])
    response = granted(request, grant)
    response.body = msgspec.json.encode({**result, "as": grant.handle, "url": f"{at.settings.base_url}/c/{result['code']}"})
    response.headers["Content-Length"] = str(len(response.body))
    return response


async def order(request: Request) -> Response:
    """What became of an order: who took it, or that its time is over, for those to whom it was offered."""
    actor, _ = await actor_of(request)
    case = (await house(request).reader.dossier(request.path_params["case"])).case
    lapsed = actor.kind == "account" and lapsed_for(case, actor.id)
    if Standing.OFFEREE not in standings(case, actor) and not lapsed:
        raise NotFound("no_case", "There is no such case")
    return JSONResponse({"taken_by": case.mediator.name if case.mediator and not lapsed else "", "lapsed": lapsed})


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


async def spoken(request: Request) -> Response:
    """What the report of a case tells by voice, as it came, by ranges."""
    actor, _ = await actor_of(request)
    at = house(request)
    at.rates.spend("statement_play", f"{actor.case_id}{actor.ledger_name}")
    case = (await at.reader.dossier(request.path_params["case"])).case
    if case.spoken is None or not may(standings(case, actor), Action.HEAR_REPORT, case.stage):
        raise _nothing_spoken()
    try:
        return await ranged(request, case.spoken.size, case.spoken.type, partial(at.spoken.play, case.spoken))
    except KeyError:
        raise _nothing_spoken() from None


def _nothing_spoken() -> NotFound:
    return NotFound("no_spoken", "Nothing was told by voice in this case, or it is not for you")


REPORT_ROUTES = [
    Route("/api/reports", report, methods=["POST"]),
    Route("/api/orders/{case}", order),
    Route("/api/photos/{id}", photo),
    Route("/api/cases/{case}/spoken", spoken),
]
