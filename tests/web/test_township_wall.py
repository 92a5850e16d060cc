"""The wall of a township over the real protocol: a link that the centre makes opens it and nothing else, it moves by itself, and ends with the link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from cases.vocabulary import Role
from storage.audit_reading import ActKind, Sought, page
from storage.database import writes
from storage.models.people import Account
from tests.serving import Refused, Server, Visitor, serving
from tests.web.live_session import OWN
from web.composition import open_house
from web.demonstration import plant
from web.settings import Settings

pytestmark = pytest.mark.anyio
WALL, OTHER, COUNTY = "wall/139901001", "wall/139901002", "wall/139901"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    with serving(tmp_path_factory.mktemp("township") / "data") as running:
        yield running


async def link(centre: Visitor, region: str, way: str = "POST") -> httpx.Response:
    headers = {"X-Heyi-As": centre.handle, "Origin": centre.server.url}
    return await centre.http.request(way, f"/api/wall/{region}/link", headers=headers)


async def test_a_township_s_screen_shows_that_township_alone_until_its_link_ends(server: Server) -> None:
    centre, screen, county = Visitor(server), Visitor(server), Visitor(server)
    await centre.open(server.links["centre"])
    await county.open(server.links["wall"])
    assert (await link(centre, "139901001", "GET")).json() == {"on": False}
    made = [(await link(centre, "139901001")).json()["url"] for _ in range(2)]
    assert made[0] == made[1], "the same while it is in force"
    assert await screen.open(made[0]) == "/wall/"
    async with screen.connect() as shown, county.connect() as whole, centre.connect() as desk:
        assert shown.who["kind"] == "wall" and shown.who["region"] == "139901001"
        own = await shown.follow(WALL)
        assert own["name"] == "城关镇" and set(own) >= {"active", "kinds", "months", "funnel", "alerts", "updated_at"}
        assert not {"places", "townships", "today", "rooms", "types"} & set(own)
        for topic in (OTHER, COUNTY, "wall/139902001", "wall/139901001003", "centre/139901", "centre/139901001", "bell/centre"):
            assert await shown.follow(topic) == {} and shown.gone[topic] == "not_permitted", topic
        assert (await whole.follow(WALL))["name"] == "城关镇" and (await whole.follow(OTHER))["name"] == "柳林镇"
        await whole.follow(COUNTY)
        assert whole.docs[COUNTY]["townships"]["139901001"] == own["active"]
        cases = (await desk.follow("centre/139901"))["cases"]
        case = next(key for key, row in cases.items() if row["region"] == "城关镇" and row["stage"] == "accepted")
        before, former = whole.docs[OTHER], own["alerts"]["red"]
        await desk.do({"t": "report_risk", "case": case, "level": "red", "reason": "violence", "words": "扬言报复邻居"})
        for client in (shown, whole):
            await client.until(lambda client=client: client.docs[WALL]["alerts"]["red"] == former + 1)
        assert shown.docs[WALL] == whole.docs[WALL] and whole.docs[OTHER]["alerts"] == before["alerts"]
        assert not {one for one in shown.docs if one != WALL}
        for http, handle in ((screen.http, screen.handle), (county.http, county.handle)):
            for path in ("/api/wall/139901001?number=active", "/api/wall/139901001/link", "/api/wall/139901?number=active"):
                assert (await http.get(path, headers={"X-Heyi-As": handle})).status_code == 403, path
        assert (await link(centre, "139901001", "DELETE")).json() == {"on": False}
        await shown.socket.wait_closed()
        assert shown.socket.close_code == 4403
        with pytest.raises(Refused, match="link_revoked"):
            await Visitor(server).open(made[0])
        await whole.ping()
    assert (await link(centre, "139901001")).json()["url"] != made[0]


@asynccontextmanager
async def signed_in(app: object, house: object, account: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=OWN, headers={"Origin": OWN}) as http:  # type: ignore[arg-type]
        token = await house.doors.links.issue("account", timedelta(hours=1), account=account)  # type: ignore[attr-defined]
        http.headers["X-Heyi-As"] = (await http.post("/api/links/exchange", json={"token": token, "take_over": False})).json()["as"]
        yield http


async def test_who_makes_links_and_opens_lists_of_which_township(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error")
    async with open_house(settings, synthetic=True) as (house, config):
        await plant(house)
        await house.refresh()
        await Account.create(id="town", login="town", name="镇上", role=Role.CENTRE, region="139901001", using_db=writes())
        told = {}
        for who in ("centre", "town", "wang", "grid1", "system"):
            async with signed_in(config.app, house, who) as http:
                told[who] = {
                    region: (
                        (await http.get(f"/api/wall/{region}", params={"number": "active"})).status_code,
                        (await http.post(f"/api/wall/{region}/link")).status_code,
                    )
                    for region in ("139901", "139901001", "139901002", "139901999", "139902")
                }
                if who == "town":
                    own = (await http.get("/api/wall/139901001", params={"number": "active"})).json()
                    assert own["total"] == len(own["rows"]) and {row["region"] for _, row in own["rows"]} == {"城关镇"}
                    _, _, listed = await house.reader.snapshot("centre/139901001|staff", None)
                    assert {row["region"] for row in listed["cases"].values()} == {"城关镇"}, "and its desk has those of its township"
                    asked = {"number": "load", "of": "light"}
                    people = (await http.get("/api/wall/139901001", params=asked)).json()["people"]
                    assert "grid1" in {one["id"] for one in people} and "grid2" not in {one["id"] for one in people}
                    answers = [(await http.post("/api/wall/139901001/link")).status_code for _ in range(25)]
                    assert 429 in answers
        logged = [
            (one.act, one.by, one.subject)
            for one in reversed(await page("139901", Sought(kind=ActKind.PLACES)))
            if one.act.startswith("wall")
        ]
        assert logged == [("wall_link_made", "centre", name) for name in ("安和县", "城关镇", "柳林镇")], "once each, and by whom"
        no, yes = (403, 403), (200, 200)
        assert told["centre"] == {"139901": yes, "139901001": yes, "139901002": yes, "139901999": (200, 404), "139902": no}
        assert told["town"] == {"139901": no, "139901001": yes, "139901002": no, "139901999": no, "139902": no}
        assert all(set(told[who].values()) == {no} for who in ("wang", "grid1", "system"))
