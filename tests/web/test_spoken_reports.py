"""A report that is told by voice, at a real server: taken once, looked into, sealed, and heard by nobody whom the case does not concern."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from cases.spoken import SIZE_LIMIT
from storage.database import reads
from storage.models.agreements import FileRow
from tests.recordings import recording
from tests.serving import Server, Visitor, serving
from tests.web.town import NEW, own_code, sign_in, town

pytestmark = pytest.mark.anyio
VOICE = recording(picture="", seconds=3)
REPORT = {"title": "楼上漏水", "facts": "", "region": "139901001", "name": "郑某", "phone": "13800005555"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("county") / "data") as running:
        yield running


async def tell(http: httpx.AsyncClient, key: str, voice: bytes | None = VOICE, **changes: str) -> tuple[int, dict[str, Any]]:
    files = {"spoken": ("spoken", voice, "audio/webm")} if voice is not None else None
    answer = await http.post("/api/reports", data={"report": json.dumps(REPORT | changes)}, files=files, headers={"Idempotency-Key": key})
    return answer.status_code, answer.json()


async def test_it_is_taken_once_and_heard_by_whom_it_concerns(server: Server) -> None:
    guest, centre, wang, chen = (Visitor(server) for _ in range(4))
    for visitor, link in ((centre, "centre"), (wang, "mediator"), (chen, "second mediator")):
        await visitor.open(server.links[link])
    status, made = await tell(guest.http, "spoken-0001")
    assert status == 200 and (await tell(guest.http, "spoken-0001"))[1]["case"] == made["case"], "sent again, it is the same case"
    assert (await tell(guest.http, "spoken-0001", recording(picture="", seconds=2)))[1]["case"] != made["case"], (
        "another voice is another one"
    )
    guest.handle = made["as"]
    way = f"/api/cases/{made['case']}/spoken"

    async def heard(visitor: Visitor, **headers: str) -> httpx.Response:
        return await visitor.http.get(way, params={"as": visitor.handle}, headers=headers)

    whole = await heard(guest)
    assert (whole.status_code, whole.content, whole.headers["Content-Type"]) == (200, VOICE, "audio/webm")
    part = await heard(centre, Range="bytes=10-19")
    assert (part.status_code, part.content) == (206, VOICE[10:20])
    async with centre.connect() as client, guest.connect() as own:
        assert abs((await client.follow(f"case/{made['case']}"))["spoken"] - 3000) < 100
        assert (await own.follow(f"case/{made['case']}"))["spoken"]
        await client.do({"t": "dispatch", "case": made["case"], "to": ["wang"], "mode": "assign", "note": ""})
        assert (await heard(wang)).json()["code"] == "no_spoken", "not before it is accepted"
        async with wang.connect() as mediator:
            offered = await mediator.follow(f"case/{made['case']}")
            assert abs(offered["spoken"] - 3000) < 100 and not offered["people"], "that there is something to hear"
            await mediator.do({"t": "accept", "case": made["case"]})
            await mediator.do({"t": "write_down", "case": made["case"], "facts": "楼上漏水，找过两次。"})
    async with guest.connect() as own:
        told = await own.follow(f"case/{made['case']}")
        assert (told["facts"], told["written_by"]) == ("楼上漏水，找过两次。", "王调解员")
    assert (await heard(wang)).content == VOICE
    assert (await heard(chen)).json()["code"] == "no_spoken"
    assert (await Visitor(server).http.get(way)).status_code in {401, 403}
    async with Visitor(server).connect(code=made["code"]) as anybody:
        assert "spoken" not in await anybody.follow(f"code/{made['code']}")
    stored = list((server.data).rglob("spoken/*"))
    assert stored and all(VOICE[:64] not in file.read_bytes() for file in stored), "sealed"


@pytest.mark.parametrize(
    ("voice", "code"),
    [
        (None, "missing"),
        (b"", "missing"),
        (b"ID3" + bytes(5000), "spoken_unreadable"),
        (VOICE[: len(VOICE) // 8], "spoken_short"),
        (recording(picture="", seconds=0.5), "spoken_short"),
        (recording(), "spoken_picture"),
        (recording(picture="", seconds=4, stretch=50), "spoken_long"),
        (VOICE + bytes(SIZE_LIMIT), "spoken_size"),
    ],
    ids=["nothing", "empty", "no recording", "cut", "short", "with a picture", "long", "large"],
)
async def test_what_is_no_voice_is_named_and_no_case_comes_of_it(server: Server, voice: bytes | None, code: str) -> None:
    status, answer = await tell(Visitor(server).http, "spoken-wrong", voice)
    assert (status, answer["code"]) == (422, code)
    assert code == "missing" or answer["detail"]["field"] == "spoken"


async def test_of_what_is_refused_or_was_there_nothing_stays(folder: Any) -> None:
    async with town(folder) as at, at.client() as guest:
        for _ in range(3):
            assert (await tell(guest, "spoken-0020"))[0] == 200
        await asyncio.gather(*(tell(guest, "spoken-0021", title="另一件") for _ in range(3)))
        for wrong in ({"phone": "12"}, {"title": "长" * 61}, {"region": "139901"}):
            assert (await tell(guest, "spoken-0022", **wrong))[0] == 422
        assert len([file for file in at.house.settings.folder.rglob("spoken/*") if file.is_file()]) == 2


async def test_whoever_waits_too_long_is_told_to_come_again(folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.spoken_reports.PATIENCE", 0.05)
    async with town(folder) as at, at.client() as guest:
        await at.house.spoken._one.acquire()
        status, answer = await tell(guest, "spoken-0030")
        assert (status, answer["code"], answer["retry"]) == (503, "spoken_busy", True)
        at.house.spoken._one.release()
        assert (await tell(guest, "spoken-0030"))[0] == 200


async def test_a_report_without_a_subject_gets_one_until_the_office_writes_it(server: Server) -> None:
    guest, centre = Visitor(server), Visitor(server)
    await centre.open(server.links["centre"])
    status, made = await tell(guest.http, "spoken-0040", title="", place="东街3号")
    assert status == 200
    guest.handle = made["as"]
    case = f"case/{made['case']}"
    async with centre.connect() as client:
        told = await client.follow(case)
        assert (told["title"], told["title_made"]) == ("口述的纠纷（城关镇）", True)
        hints = (await centre.http.get(f"/api/cases/{made['case']}/guidance", params={"as": centre.handle})).json()
        assert hints["types"] == [] and not any("words" in one["reasons"] for one in hints["alike"])
        await client.do({"t": "write_down", "case": made["case"], "facts": "楼上漏水，找过两次。", "title": "楼上漏水"})
    async with centre.connect() as client:
        told = await client.follow(case)
        assert (told["title"], told.get("title_made"), told["titled_by"]) == ("楼上漏水", None, told["written_by"])
    async with guest.connect() as own:
        assert (await own.follow(case))["title"] == "楼上漏水"
    assert (await tell(guest.http, "spoken-0041", None, title="", facts="楼上漏水"))[1]["detail"]["field"] == "title"


async def test_staff_enter_what_was_told(server: Server) -> None:
    grid = Visitor(server)
    await grid.open(server.links["grid worker"])
    asked = {**REPORT, "title": "", "source": "网格员排查", "phone": ""}
    headers = {"Idempotency-Key": "spoken-0009", "X-Heyi-As": grid.handle, "Origin": server.url}
    answer = await grid.http.post(
        "/api/intake", data={"report": json.dumps(asked)}, files={"spoken": ("spoken", VOICE, "audio/webm")}, headers=headers
    )
    assert answer.status_code == 200
    way = f"/api/cases/{answer.json()['case']}/spoken"
    assert (await grid.http.get(way, params={"as": grid.handle})).status_code == 404, "whoever enters a case need not have it"


async def test_it_is_among_what_a_resident_takes_away(folder: Any) -> None:
    async with town(folder) as at, at.client() as own:
        await sign_in(own, NEW)
        account = (await own.get("/api/residents/me")).json()["id"]
        own.headers["X-Heyi-Account"] = account
        assert (await tell(own, "spoken-0010", phone=""))[0] == 200
        packed = await own.post("/api/residents/export", json={"code": await own_code(own)})
        with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
            told = next(case for case in json.loads(archive.read("data.json"))["cases"] if "spoken" in case)
            assert archive.read(told["spoken"]) == VOICE
        (row,) = await FileRow.filter(kind="spoken").using_db(reads())
        assert row.size == len(VOICE)
