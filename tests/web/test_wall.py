"""The wall of a running house: it moves with each change, opens its lists to the centre alone, and catches up with what it was not told."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases.clock import SystemClock
from cases.tally import Tally
from cases.township_wall import KINDS_SHOWN
from cases.vocabulary import DISPUTE_TYPES
from storage import counting
from storage.database import reads, writes
from storage.models.people import Region
from tests.realtime.simulation import World
from tests.web.live_session import OWN, Session, signed_in
from web import wall
from web.composition import open_house
from web.settings import Settings
from web.wall import Wall
from web.wall_lists import OF_LIMIT

pytestmark = pytest.mark.anyio


async def test_the_centre_opens_what_a_number_counts_and_nobody_else_does(tmp_path: Path) -> None:
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        async with signed_in(config.app, session, "centre") as http:
            told = (await http.get("/api/wall/139901", params={"number": "active"})).json()
            listed = (await http.get("/api/cases")).json()
            assert session.case in {case for case, _ in told["rows"]} and 0 < told["total"] <= listed["total"]
            beyond = (await http.get("/api/wall/139901", params={"number": "active", "page": "99"})).json()
            assert beyond["rows"] == [] and beyond["total"] == told["total"]
            own = (await http.get("/api/wall/139901", params={"number": "mediator", "of": "wang"})).json()
            people = {}
            for load in ("light", "fair", "heavy"):
                people |= {
                    one["id"]: one for one in (await http.get("/api/wall/139901", params={"number": "load", "of": load})).json()["people"]
                }
            assert people["wang"]["count"] == own["total"] and people["wang"]["name"] == "王调解员"
            for wrong, code in (
                ({"number": "names"}, "unknown_number"),
                ({"number": "load", "of": "x"}, "unknown_number"),
                ({"number": "type", "of": "长" * (OF_LIMIT + 1)}, "too_long"),
                ({"number": "today", "page": "0"}, "malformed"),
                ({"number": "today", "page": "1001"}, "malformed"),
                ({"number": "today", "page": "²"}, "malformed"),
            ):
                refused = await http.get("/api/wall/139901", params=wrong)
                assert (refused.status_code, refused.json()["code"]) == (422, code), wrong
            longest = ",".join(sorted(DISPUTE_TYPES, key=len)[-KINDS_SHOWN:])
            rest = await http.get("/api/wall/139901001", params={"number": "other_kinds", "of": longest})
            assert rest.status_code == 200 and rest.json()["total"] > 0, "as many types as a wall can name"
            there = (await http.get("/api/wall/139901001", params={"number": "active"})).json()
            assert session.case in {case for case, _ in there["rows"]} and there["total"] <= told["total"]
            for elsewhere in ("139902", "1399", "139902001", "13990100", "139901%20"):
                assert (await http.get(f"/api/wall/{elsewhere}", params={"number": "today"})).status_code == 403
            answers = [(await http.get("/api/wall/139901", params={"number": "today"})).status_code for _ in range(35)]
            assert 429 in answers
        for who in ("wang", "chen"):
            async with signed_in(config.app, session, who) as http:
                assert (await http.get("/api/wall/139901", params={"number": "today"})).status_code == 403, who
        async with httpx.AsyncClient(transport=httpx.ASGITransport(config.app), base_url=OWN, headers={"Origin": OWN}) as http:
            token = await house.doors.links.issue("wall", timedelta(hours=1), account="139901", seat="")
            http.headers["X-Heyi-As"] = (await http.post("/api/links/exchange", json={"token": token, "take_over": False})).json()["as"]
            assert (await http.get("/api/wall/139901", params={"number": "today"})).status_code == 403, (
                "a screen that hangs there opens no list"
            )


async def counted_anew(synthetic: bool) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    async for rows in counting.everything(reads(), synthetic):
        for case, seq, one in rows:
            tallies.setdefault(one.region[:6], Tally()).put(case, seq, one)
    return tallies


def remembered(monkeypatch: pytest.MonkeyPatch) -> list[Wall]:
    """The walls that are put up from now on."""
    walls: list[Wall] = []
    begin = Wall.__init__

    def remember(self: Wall, *args: Any) -> None:
        begin(self, *args)
        walls.append(self)

    monkeypatch.setattr(Wall, "__init__", remember)
    return walls


async def test_what_a_session_does_is_counted_as_a_new_count_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walls = remembered(monkeypatch)
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, _config):
        (kept,) = walls
        session = Session(house)
        await session.begin()
        anew = await counted_anew(True)
        assert {county: tally.encoded() for county, tally in kept.tallies.items()} == {county: t.encoded() for county, t in anew.items()}
        late = Wall(house.hub, SystemClock(), True)
        await late.catch_up()
        # As after a cut of the backplane: one case was changed that this wall has heard nothing of.
        known = late.tallies["139901"]
        _, one = (await counting.read(reads(), [session.case], True))[session.case]
        known.put(session.case, 0, None)
        behind = Wall(house.hub, SystemClock(), True)
        behind.tallies["139901"] = missing = Tally()
        for case, (seq, other) in (await counting.read(reads(), [c for c in known.ids() if c != session.case], True)).items():
            missing.put(case, seq, other)
        await behind.catch_up()
        assert missing.encoded() == anew["139901"].encoded() and one.stage == "mediating"


async def test_what_another_node_changed_is_read_when_the_database_answers_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wall, "QUIET", 0.001)
    monkeypatch.setattr(wall, "RETRY", 0.001)
    screen, asked, told = Wall(World(1, 0).hub, SystemClock(), False), [], asyncio.Event()

    async def read(connection: Any, ids: list[str], synthetic: bool) -> dict[str, Any]:
        asked.append(ids)
        if len(asked) < 3:
            raise ConnectionError
        told.set()
        return {}

    monkeypatch.setattr(wall, "reads", lambda: None)
    monkeypatch.setattr(wall.counting, "read", read)
    screen.elsewhere("c1")
    screen.elsewhere("c2")
    await asyncio.wait_for(told.wait(), 5)
    assert asked == [["c1", "c2"]] * 3
    screen.stop()


async def test_cases_of_a_region_on_trial_are_treated_and_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walls = remembered(monkeypatch)
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        # The county is on trial: so is each of its townships.
        await Region.filter(code="139901").using_db(writes()).update(trial=True)
        report = {"title": "试运行的漏水", "facts": "楼上漏水。", "region": "139901001", "name": "郑某", "phone": "13800005555"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(config.app), base_url=OWN, headers={"Origin": OWN}) as http:
            answer = await http.post("/api/reports", data={"report": json.dumps(report)}, headers={"Idempotency-Key": "trial-report"})
        case = answer.json()["case"]
        async with signed_in(config.app, session, "centre") as http:
            listed = dict((await http.get("/api/cases", params={"q": "试运行"})).json()["rows"])
            assert listed[case]["trial"] is True
            today = (await http.get("/api/wall/139901", params={"number": "today"})).json()
            assert today["total"] > 0 and case not in dict(today["rows"])
        tallies = await counted_anew(True)
        assert case not in set(tallies["139901"].ids())
        _, _, document = await house.reader.snapshot("centre/139901|staff", None)
        assert document["cases"][case]["trial"] is True
        assert walls[0].tallies["139901"].encoded() == tallies["139901"].encoded()
