"""What is kept of a resident, to be taken away (个人信息保护法 45): a ZIP with a page to read, the same as JSON, the own photographs, and what was told by voice or recorded for an own statement.

It is written while it is sent, so that no copy of it lies anywhere, it begins at once however much it is, and any node can make it.
"""

from __future__ import annotations

import html
import json
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from cases import privacy
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
from web.matters import facts_of, own_cases, seat_of
from web.request import body_of, house, resident_of

log = structlog.get_logger("residents")

TITLES = {
    "account": "账号 Account",
    "sign_ins": "登录 Sign-ins",
    "log": "记录 Log",
    "id": "编号 Id",
    "phone": "电话 Telephone",
    "name": "姓名 Name",
    "consent": "同意的告知版本 Privacy notice agreed to",
    "consent_at": "同意时间 Agreed at",
    "registered_at": "注册时间 Registered at",
    "cases": "事项 Cases",
    "code": "编号 Code",
    "number": "案号 Case number",
    "stage": "进展 Stage",
    "title": "事由 Subject",
    "facts": "内容 What was reported",
    "spoken": "口述 Told by voice",
    "place": "地点 Place",
    "region": "乡镇 Township",
    "type": "类型 Type",
    "kind": "类别 Kind",
    "me": "我的信息 My particulars in the file",
    "history": "经过 Course",
    "performance": "履行 Performance",
    "rating": "评价 Rating",
    "photographs": "照片 Photographs",
    "statement": "先交的陈述 Statement from afar",
    "text": "内容 Words",
    "recording": "录像或录音 Recording",
    "sha256": "SHA-256",
    "given_at": "提交时间 Given at",
    "reported_at": "反映时间 Reported at",
    "mediator": "调解员 Mediator",
    "capacity": "身份 Capacity",
    "id_number": "证件号 Id number",
    "address": "住址 Address",
    "requests": "个人信息申请 Requests about my data",
    "wish": "申请什么 Wish",
    "words": "内容 Words",
    "due": "答复期限 To be answered by",
    "answer": "答复 Answer",
    "at": "时间 At",
    "act": "事情 Act",
    "detail": "说明 Detail",
    "browser": "浏览器 Browser",
}
HEAD = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>和议：我的个人信息 My personal data</title><style>body{font:16px/1.6 sans-serif;max-width:46rem;margin:1rem auto;padding:0 1rem}"
    "dt{font-weight:600}dd{margin:0 0 .4rem;overflow-wrap:anywhere}dl dl,ul{margin-left:1rem}img{max-width:100%}</style>"
)


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


def page(data: dict[str, Any]) -> str:
    """The same to be read, in both languages."""
    return HEAD + "<h1>我的个人信息 My personal data</h1>" + "".join(_told(data)) + "</html>"


def _told(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        yield "<dl>"
        for name, inner in value.items():
            if inner in (None, "", [], {}):
                continue
            yield f"<dt>{html.escape(TITLES.get(str(name), str(name)))}</dt><dd>"
            yield from _told(inner, name)
            yield "</dd>"
        yield "</dl>"
    elif isinstance(value, list):
        yield "<ul>"
        for inner in value:
            yield "<li>"
            yield from _told(inner, key)
            yield "</li>"
        yield "</ul>"
    elif key == "recording":
        yield f'<a href="{html.escape(str(value))}">{html.escape(str(value))}</a>'
    elif key == "photographs":
        yield f'<a href="{html.escape(str(value))}"><img src="{html.escape(str(value))}" alt="" width="240"></a>'
    else:
        yield html.escape(str(value))


EXPORT_ROUTES = [Route("/api/residents/export", export, methods=["POST"])]
