"""What is kept of a resident, to be taken away (个人信息保护法 45): a ZIP with a page to read, the same as JSON, the own photographs, and what was told by voice or recorded for an own statement.

It is written while it is sent, so that no copy of it lies anywhere, it begins at once however much it is, and any node can make it.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from functools import partial
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from cases import answering, privacy
from cases.case import Case, Person
from cases.clock import COUNTY_TIME, rfc3339
from cases.declining import told_reporter
from cases.identity import mask_id
from cases.matters import shown
from cases.satisfaction import rating_of
from cases.statement import Given
from cases.stating import given_by
from cases.vocabulary import Standing
from realtime.audience import public_document
from realtime.performance_document import party_performance
from storage import audit
from web.export_page import page
from web.matters import facts_of, own_cases, seat_of
from web.request import body_of, house, resident_of

log = structlog.get_logger("residents")


class Export(msgspec.Struct, forbid_unknown_fields=True):
    """`code` went to the account's number."""

    code: str


async def export(request: Request) -> Response:
    at = house(request)
    actor, login = await resident_of(request)
    at.rates.spend("export", actor.id)
    code = (await body_of(request, Export)).code
    await at.doors.residents.check((await at.doors.residents.person(actor.id)).phone, code)
    data, pictures, recordings = await gathered(request, actor.id, login)
    await at.doors.residents.exported(actor.id, code)
    day = at.clock.now().astimezone(COUNTY_TIME).date().isoformat()
    headers = {"Content-Disposition": f'attachment; filename="heyi-my-data-{day}.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(_packed(request, data, pictures, recordings), media_type="application/zip", headers=headers)


Pieces = Callable[[], AsyncGenerator[bytes, None]]


async def gathered(request: Request, resident: str, login: str) -> tuple[dict[str, Any], list[tuple[str, str]], list[tuple[str, Pieces]]]:
    """What the ZIP tells, (name in it, blob) of the photographs, and (name in it, what plays it) of recordings."""
    at, pictures, recordings = house(request), [], list[tuple[str, Pieces]]()
    desk = at.desk.statements
    assert desk is not None
    person = await at.doors.residents.person(resident)
    cases: list[dict[str, Any]] = []
    for _, party, dossier in await own_cases(request, resident):
        facts = facts_of(dossier, party, False, at.clock.now())
        if not shown(facts):
            continue
        case, reported = dossier.case, facts.standing is Standing.REPORTER
        names = [f"photographs/{case.code}/{n:02}.jpg" for n, _ in enumerate(case.photos, 1)] if reported else []
        pictures += [(name, f"photos/{photo.id}.jpg") for name, photo in zip(names, case.photos, strict=False)]
        place = seat_of(dossier, party)
        told = _case(case, party, facts.standing, names, whole=place is not None and place.verified)
        if (given := given_by(case, party)) is not None:
            told["statement"] = await _statement(request, given)
            if given.recording is not None:
                told["statement"]["recording"] = name = f"recordings/{case.code}.{given.recording.type.partition('/')[2]}"
                recordings.append((name, partial(desk.recorded, given.recording)))
        if reported and (spoken := case.spoken) is not None:
            told["spoken"] = name = f"spoken/{case.code}.{spoken.type.partition('/')[2]}"
            recordings.append((name, partial(at.spoken.play, spoken)))
        cases.append(told)
    data = {
        "made_at": rfc3339(at.clock.now()),
        "privacy_notice": {"version": privacy.VERSION, "date": privacy.DATE},
        "account": msgspec.to_builtins(person),
        "sign_ins": msgspec.to_builtins(await at.doors.sign_ins.of(resident, login, "resident")),
        "log": await audit.about(resident),
        "cases": cases,
    }
    return data, pictures, recordings


async def _statement(request: Request, given: Given) -> dict[str, Any]:
    """The own one, as its party reads it on the own page."""
    desk = house(request).desk.statements
    assert desk is not None
    return {"given_at": rfc3339(given.at), "text": (await desk.text(given)).decode(), "sha256": given.sha256}


def _case(case: Case, party: str, standing: Standing, names: list[str], whole: bool) -> dict[str, Any]:
    """Of a case what its party reads on the own page; of other people names alone, where the page has them. `whole`: the own identity was compared in the session; a
    telephone alone, which may be somebody else's by now, is not told the number of the identity card and the address."""
    rating, reported = rating_of(case, party), standing is Standing.REPORTER
    told: dict[str, Any] = {
        **{key: value for key, value in public_document(case).items() if value is not None and key != "performing"},
        "number": case.number,
        "reported_at": rfc3339(case.reported_at),
        "mediator": case.mediator.name if case.mediator else "",
        "me": _me(case.party(party), whole),
        "performance": party_performance(case, party, standing),
        "rating": {"score": rating.score, "marks": list(rating.marks), "words": rating.words} if rating else None,
    }
    if reported:
        told["requests"] = [msgspec.to_builtins(one) for one in case.requests]
        told |= {"title": case.title, "facts": case.facts, "place": case.place, "region": case.region_name, "photographs": names}
        told["declined"] = told_reporter(case)
        told["answer"] = answering.told(case)
    return {key: value for key, value in told.items() if value not in (None, "", [])}


def _me(person: Person, whole: bool) -> dict[str, Any]:
    told = {key: value for key, value in msgspec.to_builtins(person).items() if key != "id"}
    if not whole:
        hidden = {"id_number": mask_id(person.id_number), "address": "***"}
        told |= {key: mask for key, mask in hidden.items() if told.get(key)}
    return told


async def _packed(
    request: Request, data: dict[str, Any], pictures: list[tuple[str, str]], recordings: list[tuple[str, Pieces]]
) -> AsyncIterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", page(data))
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2))
        yield pipe.taken()
        for name, blob in pictures:
            try:
                picture = await house(request).blobs.get(blob)
            except KeyError:
                log.warning("a photograph is missing", blob=blob)
                continue
            archive.writestr(name, picture, zipfile.ZIP_STORED)  # JPEGs do not become smaller
            yield pipe.taken()
        for name, played in recordings:
            pieces = played()
            try:
                piece = await anext(pieces, b"")
            except KeyError:
                log.warning("a recording is missing", name=name)
                continue
            with archive.open(zipfile.ZipInfo(name), "w") as entry:
                while piece:
                    entry.write(piece)
                    yield pipe.taken()
                    piece = await anext(pieces, b"")
    yield pipe.taken()


class _Pipe:
    """What `zipfile` writes to where nothing can be sought: kept until it is taken."""

    def __init__(self) -> None:
        self._data = bytearray()

    def write(self, data: bytes, /) -> int:
        self._data += data
        return len(data)

    def flush(self) -> None:
        return None

    def close(self) -> None:
        return None

    def taken(self) -> bytes:
        data = bytes(self._data)
        self._data.clear()
        return data


EXPORT_ROUTES = [Route("/api/residents/export", export, methods=["POST"])]
