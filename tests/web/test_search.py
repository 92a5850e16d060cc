"""Cases sought over HTTP: only those of one's own list, in its rows, within limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.audit_reading import ActKind, Sought, page
from tests.web.live_session import Session, signed_in
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio


async def test_everybody_finds_what_the_own_list_has(tmp_path: Path) -> None:
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        async with signed_in(config.app, session, "wang") as http:
            found = (await http.get("/api/cases", params={"q": "屋檐雨水"})).json()
            (own,) = found["rows"]
            assert own[0] == session.case and own[1]["parties"] == "李某、赵某" and found["total"] == 1 and not found["more"]
            assert (await http.get("/api/cases", params={"q": "墙面受潮", "stage": "mediating"})).json()["total"] == 1
            assert (await http.get("/api/cases", params={"q": "墙面受潮", "stage": "closed"})).json()["total"] == 0
            code = found["rows"][0][1]["code"]
            for typed in (code, code.replace("-", ""), code.removeprefix("HY-").replace("-", "").lower()):
                assert [row[1]["code"] for row in (await http.get("/api/cases", params={"q": typed})).json()["rows"]] == [code], typed
            for telephone in ("138 0000 1234", "１３８００００１２３４"):
                by = (await http.get("/api/cases", params={"q": telephone})).json()
                assert [row[0] for row in by["rows"]] == [session.case] and by["total"] == 1, "a caller tells the own number"
            assert (await http.get("/api/cases", params={"q": "13800001"})).json()["total"] == 0, "part of a number finds nobody"
            assert (await http.get("/api/cases", params={"q": "，。"})).json() == {"rows": [], "total": 0, "more": False}
            assert (await http.get("/api/cases", params={"page": "100"})).json()["rows"] == []
            for wrong, code in (
                ({"q": "长" * 101}, "too_long"),
                ({"stage": "x"}, "malformed"),
                ({"page": "0"}, "malformed"),
                ({"page": "²"}, "malformed"),
                ({"page": "0001"}, "malformed"),
                ({"page": "9" * 5000}, "malformed"),
            ):
                refused = await http.get("/api/cases", params=wrong)
                assert (refused.status_code, refused.json()["code"]) == (422, code), wrong
            tab, where = http.headers.pop("X-Heyi-As"), {"page": "desk", "of": ""}
            assert (await http.get("/api/sessions/here", params=where)).json() == {"as": tab}, "as another tab of this browser asks"
            assert (await http.get("/api/sessions/here", params={"page": "own", "of": ""})).json()["code"] == "no_session_here"
        async with signed_in(config.app, session, "centre") as http:
            listed = (await http.get("/api/cases")).json()
            assert session.case in {case for case, _ in listed["rows"]} and listed["total"] >= 1
        async with signed_in(config.app, session, "chen") as http:
            for words in ("屋檐雨水", "13800001234"):
                assert (await http.get("/api/cases", params={"q": words})).json()["rows"] == []
        async with signed_in(config.app, session, seat="s1") as http:
            assert (await http.get("/api/cases", params={"q": "屋檐雨水"})).status_code == 404
        sought = [(one.by, one.detail) for one in reversed(await page("139901", Sought(kind=ActKind.PERSONAL)))]
        assert sought == [("wang", "phone 1"), ("wang", "phone 1"), ("chen", "phone 0")], (
            "who looks for a person is found in turn; the number stands nowhere"
        )


async def test_who_asks_too_often_waits(tmp_path: Path) -> None:
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        async with signed_in(config.app, session, "wang") as http:
            answers = [(await http.get("/api/cases", params={"q": "x"})).status_code for _ in range(35)]
        assert answers[:30] == [200] * 30 and 429 in answers
