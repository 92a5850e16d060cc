"""From a report to the acceptance, over the real protocol: everybody's page moves by itself."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from tests.serving import Refused, Server, Visitor, serving

pytestmark = pytest.mark.anyio

REPORT = {
    "title": "楼上漏水",
    "facts": "楼上装修后漏水，天花板受损，物业协调未果。",
    "region": "139901001",
    "name": "郑某",
    "phone": "138 0000 5555",
    "other_name": "冯某",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("county") / "data") as running:
        yield running


def picture(color: str = "red") -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (800, 600), color)
    exif = image.getexif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "secret maker"
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


async def report(server: Server, key: str, photos: list[bytes] | None = None, **changes: str) -> tuple[Visitor, dict]:
    visitor = Visitor(server)
    files = [("photos", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(photos or [])]
    response = await visitor.http.post(
        "/api/reports", data={"report": json.dumps({**REPORT, **changes})}, files=files or None, headers={"Idempotency-Key": key}
    )
    if response.status_code != 200:
        raise Refused(response.json())
    visitor.handle = response.json()["as"]
    return visitor, response.json()


async def test_report_dispatch_accept(server: Server) -> None:
    centre, wang, chen = Visitor(server), Visitor(server), Visitor(server)
    await centre.open(server.links["centre"])
    await wang.open(server.links["mediator"])
    await chen.open(server.links["second mediator"])
    wall = Visitor(server)
    await wall.open(server.links["wall"])
    async with centre.connect() as c, wang.connect() as w, chen.connect() as e, wall.connect() as screen:
        await c.follow("centre/139901")
        await w.follow("desk/wang")
        await e.follow("desk/chen")
        numbers = await screen.follow("wall/139901")
        today = numbers["today"]

        resident, made = await report(server, "report-key-1", [picture(), picture("blue")])
        case = made["case"]
        await c.until(lambda: case in c.docs["centre/139901"]["cases"])
        await screen.until(lambda: screen.docs["wall/139901"]["today"] == today + 1)

        async with resident.connect() as own, Visitor(server).connect(code=made["code"]) as public:
            await own.follow(f"case/{case}")
            await public.follow(f"code/{made['code']}")
            assert public.docs[f"code/{made['code']}"]["stage"] == "reported"

            await c.do({"t": "classify", "case": case, "dispute_type": "损害赔偿"})
            # where it happened is put right; what the region is called is not the client's to say, and the lists and counts follow
            moved = {
                "t": "classify",
                "case": case,
                "dispute_type": "损害赔偿",
                "region": "139901002",
                "region_name": "假的镇",
                "place": "东街",
            }
            await c.do(moved)
            await c.until(lambda: c.docs["centre/139901"]["cases"][case]["region"] == "柳林镇")
            await own.until(lambda: (own.docs[f"case/{case}"]["region"], own.docs[f"case/{case}"]["place"]) == ("柳林镇", "东街"))
            with pytest.raises(Refused) as nowhere:
                await c.do(moved | {"region": "139901999"})
            assert nowhere.value.code == "unknown_region"
            with closing(sqlite3.connect(server.data / "heyi.sqlite3", timeout=20)) as books:
                ((county, region),) = books.execute("SELECT county, region FROM case_count WHERE id = ?", (case,)).fetchall()
            assert (county, region) == ("139901", "139901002")
            await c.do({"t": "dispatch", "case": case, "to": ["wang", "chen"], "mode": "assign", "note": "请尽快"})
            await w.until(lambda: case in w.docs["desk/wang"].get("orders", {}))
            await e.until(lambda: case in e.docs["desk/chen"].get("orders", {}))
            assert e.docs["desk/chen"]["orders"][case]["reporter"] == "郑*"

            answers = await asyncio.gather(w.do({"t": "accept", "case": case}), e.do({"t": "accept", "case": case}), return_exceptions=True)
            won = [a for a in answers if isinstance(a, dict)]
            lost = [a for a in answers if isinstance(a, Refused)]
            assert len(won) == len(lost) == 1
            assert lost[0].code == "already_accepted"
            assert lost[0].detail["by"].endswith("调解员")
            assert "人调字〔" in won[0]["number"]
            # whoever had the order on the desk may ask who was faster; a stranger learns nothing
            taken = await chen.http.get(f"/api/orders/{case}", params={"as": chen.handle})
            assert taken.json() == {"taken_by": lost[0].detail["by"], "lapsed": False}
            assert (await resident.http.get(f"/api/orders/{case}", params={"as": resident.handle})).status_code == 404

            await public.until(lambda: public.docs[f"code/{made['code']}"]["stage"] == "accepted")
            await own.until(lambda: own.docs[f"case/{case}"]["stage"] == "accepted")
            assert b"\xe9\x83\x91\xe6\x9f\x90" not in b"".join(public.frames), "the public page must not carry a name"
            assert case not in str(public.docs)


async def test_a_code_that_is_revoked_closes_the_pages_that_are_open(server: Server) -> None:
    resident, made = await report(server, "report-key-code")
    case, former = made["case"], made["code"]
    async with resident.connect() as own, Visitor(server).connect(code=former) as public:
        await own.follow(f"case/{case}")
        await public.follow(f"code/{former}")
        code = (await own.do({"t": "renew_code", "case": case}))["code"]
        await own.until(lambda: own.docs[f"case/{case}"]["code"] == code)
        await public.until(lambda: f"code/{former}" in public.gone)
        assert public.gone[f"code/{former}"] == "code_revoked"
        assert code.encode() not in b"".join(public.frames), "nobody learns the new one by the former"
        async with Visitor(server).connect(code=code) as anew:
            assert (await anew.follow(f"code/{code}"))["stage"] == "reported"
        for topic, why in ((f"code/{former}", "code_revoked"), (f"code/{code}", "not_permitted")):
            await public.follow(topic)
            assert public.gone[topic] == why


async def test_photographs_are_upright_and_carry_no_metadata(server: Server) -> None:
    resident, made = await report(server, "report-key-2", [picture()])
    async with resident.connect() as own:
        doc = await own.follow(f"case/{made['case']}")
    shown = doc["pictures"][0]
    assert (shown["width"], shown["height"]) == (600, 800)
    answer = await resident.http.get(f"/api/photos/{shown['id']}", params={"as": resident.handle})
    image = Image.open(io.BytesIO(answer.content))
    assert not image.getexif()
    assert b"secret maker" not in answer.content
    stranger = await Visitor(server).http.get(f"/api/photos/{shown['id']}")
    assert stranger.status_code in {403, 404}


async def test_who_reported_reads_the_own_words_and_of_the_other_side_a_masked_name(server: Server) -> None:
    resident, made = await report(server, "report-key-own", place="东街菜市场旁")
    async with resident.connect() as own, Visitor(server).connect(code=made["code"]) as public:
        doc = await own.follow(f"case/{made['case']}")
        assert (doc["region"], doc["place"], doc["others"], doc["facts"]) == ("城关镇", "东街菜市场旁", ["冯*"], REPORT["facts"])
        shown = await public.follow(f"code/{made['code']}")
        assert not {"place", "region", "others", "facts"} & set(shown)
        assert "东街" not in str(shown) and "冯" not in str(shown)
    alone, made = await report(server, "report-key-alone", other_name="")
    async with alone.connect() as own:
        assert not {"place", "others"} & set(await own.follow(f"case/{made['case']}"))


async def test_a_report_sent_twice_is_one_case(server: Server) -> None:
    _, first = await report(server, "report-key-3")
    _, second = await report(server, "report-key-3")
    assert first["case"] == second["case"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": ""}, "name_missing", "name"),
        ({"phone": "1381234567"}, "phone_length", "phone"),
        ({"id_number": "110105194912310020"}, "id_check_digit", "id_number"),
        ({"region": "999999"}, "unknown_region", "region"),
        ({"facts": "长" * 5001}, "too_long", "facts"),
        ({"name": "李\u202e某"}, "name_character", "name"),
    ],
)
async def test_bad_input_says_where(server: Server, change: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        await report(server, f"bad-{code}-{field}", **change)
    assert (refused.value.code, refused.value.detail["field"]) == (code, field)


async def test_a_text_file_named_jpg_is_refused(server: Server) -> None:
    with pytest.raises(Refused) as refused:
        await report(server, "report-key-4", [b"this is no picture"])
    assert refused.value.code == "not_a_photo"


async def test_resume_after_a_cut_needs_no_snapshot(server: Server) -> None:
    _, made = await report(server, "report-key-5")
    centre = Visitor(server)
    await centre.open(server.links["centre"])
    topic = f"case/{made['case']}"
    async with centre.connect() as first:
        before = await first.follow(topic)
        epoch, offset = first.positions[topic]
        await first.do({"t": "classify", "case": made["case"], "dispute_type": "物业"})
        await first.until(lambda: first.docs[topic]["type"] == "物业")
    async with centre.connect() as second:
        second.docs[topic], second.positions[topic] = before, (epoch, offset)
        resumed = await second.follow(topic, epoch, offset)
    async with centre.connect() as third:
        assert await third.follow(topic) == resumed


async def test_a_resent_command_is_answered_once(server: Server) -> None:
    _, made = await report(server, "report-key-6")
    centre, wang = Visitor(server), Visitor(server)
    await centre.open(server.links["centre"])
    await wang.open(server.links["mediator"])
    async with centre.connect() as c, wang.connect() as w:
        await c.do({"t": "dispatch", "case": made["case"], "to": ["wang"]})
        first = await w.do({"t": "accept", "case": made["case"]}, key="same-key")
        again = await w.do({"t": "accept", "case": made["case"]}, key="same-key")
        assert first == again


async def test_links_say_what_is_wrong(server: Server, tmp_path: Path) -> None:
    first = Visitor(server)
    await first.open(server.links["party 1"])
    with pytest.raises(Refused) as used:
        await Visitor(server).open(server.links["party 1"])
    assert used.value.code == "link_used"
    # in the browser that has the seat it leads back, and nothing is taken over
    handle, where = first.handle, await first.open(server.links["party 1"])
    assert (first.handle, where.startswith("/join/")) == (handle, True)
    second = Visitor(server)
    assert (await second.open(server.links["party 1"], take_over=True)).startswith("/join/")
    with pytest.raises(Refused) as ended:
        await first.open(server.links["party 1"])
    assert ended.value.code == "link_used", "its cookie is of a session that has ended"
    with pytest.raises(Refused) as forged:
        await second.open(server.links["party 1"][:-3] + "abc")
    assert forged.value.code == "link_forged"


async def test_ten_photographs_and_an_endless_name_are_refused_in_our_own_words(server: Server) -> None:
    with pytest.raises(Refused) as refused:
        await report(server, "report-key-many", [picture()] * 10)
    assert refused.value.code == "too_many_photos"
    with pytest.raises(Refused) as refused:
        await report(server, "report-key-endless", facts="长" * 40_000)
    assert refused.value.code == "too_long"


async def test_nobody_is_chosen_twice(server: Server) -> None:
    centre = Visitor(server)
    await centre.open(server.links["centre"])
    _, made = await report(server, "report-key-twice")
    async with centre.connect() as c:
        await c.do({"t": "classify", "case": made["case"], "dispute_type": "损害赔偿"})
        with pytest.raises(Refused) as refused:
            await c.do({"t": "dispatch", "case": made["case"], "to": ["wang", "wang"]})
        assert refused.value.code == "chosen_twice"


async def test_whom_the_centre_is_proposed(server: Server) -> None:
    centre, wang = Visitor(server), Visitor(server)
    await centre.open(server.links["centre"])
    await wang.open(server.links["mediator"])
    _, made = await report(server, "report-key-proposals", name="何网格员")
    path = f"/api/cases/{made['case']}/proposals"
    found = (await centre.http.get(path, params={"type": "邻里"}, headers={"X-Heyi-As": centre.handle})).json()
    assert [one["id"] for one in found["proposed"]] == ["wang", "chen", "grid1"], (
        "who is versed in it, the other mediator, the township's own grid worker"
    )
    assert [reason["code"] for reason in found["proposed"][0]["reasons"]] == ["county", "speciality", "office", "load"]
    matter = (await centre.http.get(path, params={"kind": "matter"}, headers={"X-Heyi-As": centre.handle})).json()
    assert matter["proposed"][0]["id"] == "grid1", "a matter of livelihood is first a grid worker's"
    assert found["left_out"] == [{"id": "grid2", "code": "is_party"}]
    assert (await centre.http.get(path, params={"type": "天气"}, headers={"X-Heyi-As": centre.handle})).json()["code"] == "unknown_type"
    assert (await centre.http.get(path, params={"kind": "else"}, headers={"X-Heyi-As": centre.handle})).json()["code"] == "unknown_kind"
    assert (await wang.http.get(path, headers={"X-Heyi-As": wang.handle})).status_code == 404
    as_wang = {"X-Heyi-As": wang.handle, "Origin": server.url}
    own = (await wang.http.get("/api/work", headers=as_wang)).json()
    assert own == {"speciality": "邻里、物业", "away_until": None}
    assert (await centre.http.get("/api/work", headers={"X-Heyi-As": centre.handle})).json()["code"] == "no_page"
    for wrong, code in (
        ({"speciality": "x" * 61}, "too_long"),
        ({"away_until": "soon"}, "malformed"),
        ({"away_until": "2020-01-01"}, "absence_over"),
    ):
        assert (await wang.http.post("/api/work", json={**own, **wrong}, headers=as_wang)).json()["code"] == code
    assert (await wang.http.post("/api/work", json={**own, "away_until": "2099-01-01"}, headers=as_wang)).status_code == 200
    found = (await centre.http.get(path, headers={"X-Heyi-As": centre.handle})).json()
    assert {"id": "wang", "code": "away", "word": "2099-01-01"} in found["left_out"]
    assert (await wang.http.post("/api/work", json=own, headers=as_wang)).status_code == 200


async def test_what_staff_finds_goes_to_the_centre_at_once(server: Server) -> None:
    centre, grid, guest = Visitor(server), Visitor(server), Visitor(server)
    await centre.open(server.links["centre"])
    await grid.open(server.links["grid worker"])
    asked = {
        "title": "楼道堆物",
        "facts": "三单元楼道堆满纸箱，两家为此吵过",
        "region": "139901001",
        "name": "孙某",
        "source": "网格员排查",
    }

    async def enter(key: str, visitor: Visitor = grid, account: str = "", **changes: str) -> tuple[int, dict]:
        data = {"report": json.dumps(asked | changes)}
        headers = {"Idempotency-Key": key, "X-Heyi-As": visitor.handle, "Origin": server.url}
        headers |= {"X-Heyi-Account": account} if account else {}
        files = [("photos", ("1.jpg", picture(), "image/jpeg"))]
        answer = await visitor.http.post("/api/intake", data=data, files=files, headers=headers)
        return answer.status_code, answer.json()

    may = await grid.http.get("/api/intake", params={"as": grid.handle})
    assert may.json()["sources"] == ["网格员排查"]
    async with centre.connect() as client:
        await client.follow("centre/139901")
        status, entered = await enter("intake-0001")
        assert status == 200
        await client.until(lambda: entered["case"] in client.docs["centre/139901"]["cases"])
        assert client.docs["centre/139901"]["cases"][entered["case"]]["title"] == "楼道堆物"
        assert (await client.follow(f"case/{entered['case']}"))["source"] == "网格员排查"
    assert (await enter("intake-0001"))[1] == entered, "sent again, it is the same case"
    own = (await grid.http.get("/api/me", params={"as": grid.handle})).json()["id"]
    assert (await enter("intake-0001", account=own))[1] == entered, "and so where it names its account"
    # It waited on a device where somebody else signed in meanwhile, whose cases it could be by role and region.
    status, answer = await enter("intake-0007", centre, account=own)
    assert (status, answer["code"]) == (403, "entered_by_another")
    status, answer = await enter("intake-0007", account="somebody else")
    assert (status, answer["code"]) == (403, "entered_by_another")
    listed = (await grid.http.get("/api/intake/entered", params={"as": grid.handle})).json()
    # The first of the list; the demonstration's own were found earlier.
    row, *earlier = listed["rows"]
    assert (listed["total"], listed["more"]) == (len(earlier) + 1, False)
    assert (row["code"], row["title"], row["stage"]) == (entered["code"], "楼道堆物", "reported") and set(row) == {
        "code",
        "title",
        "stage",
        "reported_at",
    }
    assert (await centre.http.get("/api/intake/entered", params={"as": centre.handle})).json()["total"] == 0, (
        "what others entered is not among it"
    )
    for page in ("0", "x", "１", "101", "2" * 9):
        assert (await grid.http.get("/api/intake/entered", params={"as": grid.handle, "page": page})).json()["code"] == "malformed"
    assert (await guest.http.get("/api/intake/entered")).json()["code"] in {"signed_out", "not_allowed"}
    assert (await guest.http.get(f"/c/{entered['code']}")).status_code == 200
    for key, changes, code in (
        ("intake-0002", {"source": "信访转办"}, "unknown_source"),
        ("intake-0003", {"name": " "}, "name_missing"),
        ("intake-0004", {"region": "139902001"}, "unknown_region"),
        ("intake-0005", {"phone": "12"}, "phone_length"),
    ):
        status, answer = await enter(key, **changes)
        assert (status, answer["code"]) == (422, code)
    status, answer = await enter("intake-0006", guest)
    assert status in {401, 403}, answer
