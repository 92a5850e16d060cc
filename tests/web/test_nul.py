"""The character NUL, which PostgreSQL keeps in no text: at every door it is taken out or refused, and nothing fails by it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from cases.actor import Actor
from cases.commands.casework import Accept, Classify, Dispatch
from cases.errors import Refusal
from cases.vocabulary import Role
from realtime.messages import Do, decode
from storage.models.cases import CaseRow
from tests.schema import Cluster
from tests.web.live_session import OWN
from web.composition import open_house
from web.demonstration import plant
from web.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.services]
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
REPORT = {"title": "漏\x00水", "facts": "楼上\x00漏水", "region": "139901001", "name": "郑\x00某", "phone": "13800005555"}


@pytest.fixture
async def place(tmp_path: Path, cluster: Cluster) -> AsyncIterator[Any]:
    async with open_house(
        Settings(data=str(tmp_path / "data"), database=cluster.database(), media=False, log_level="error"), synthetic=True
    ) as (house, config):
        await plant(house)
        await house.refresh()
        yield house, config.app


async def client(place: Any, account: str = "") -> httpx.AsyncClient:
    house, app = place
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=OWN, headers={"Origin": OWN})
    if account:
        token = await house.doors.links.issue("account", timedelta(hours=1), account=account)
        http.headers["X-Heyi-As"] = (await http.post("/api/links/exchange", json={"token": token, "take_over": False})).json()["as"]
    return http


async def test_in_addresses(place: Any) -> None:
    stranger, centre, system, audit = [await client(place, who) for who in ("", "centre", "system", "audit")]
    for http, paths in (
        (stranger, ["/api/codes/%00", "/c/HY%00", "/calendar/%00.ics", "/own/%00", "/api/photos/%00"]),
        (
            centre,
            [
                "/api/photos/%00",
                "/api/receipts/photos/%00",
                "/api/wall/139901?number=mediator&of=%00",
                "/api/wall/139901?number=other_kinds&of=%00",
                "/api/cases?q=%00",
                "/api/cases/%00/file",
                "/api/experts?words=%00",
            ],
        ),
        (system, ["/api/administration/accounts?q=%00", "/api/administration/retention/%00/due?days=3"]),
        (audit, ["/api/administration/log?who=%00"]),
    ):
        for path in paths:
            answer = await http.get(path)
            assert answer.status_code == 404, path
    for http, path in ((centre, "/api/sign-ins/%00"), (system, "/api/administration/accounts/%00/sign-ins")):
        assert (await http.delete(path)).status_code == 404, path
    assert (await system.post("/api/administration/accounts/%00", json={})).status_code == 404


async def test_in_what_is_sent(place: Any) -> None:
    stranger, system = await client(place), await client(place, "system")
    answer = await stranger.post("/api/sign-in", json={"login": "\x00", "password": "x" * 12})
    assert answer.status_code < 500, answer.text
    for region, status in (("1399\x00", 422), ("139901001\x00", 200)):
        form = {"report": json.dumps({**REPORT, "region": region})}
        answer = await stranger.post("/api/reports", data=form, files={"none": b""}, headers={"Idempotency-Key": f"nul-{status}-key"})
        assert answer.status_code == status, answer.text
    wanted = {"login": "li", "name": "李\x00某", "role": "mediator", "organisation": "commit\x00tee", "region": "139901\x00"}
    answer = await system.post("/api/administration/accounts", json=wanted)
    assert answer.status_code < 500, answer.text


async def test_in_commands(place: Any) -> None:
    house, _ = place
    case = (await CaseRow.filter(stage="reported").order_by("id").first()).id  # type: ignore[union-attr]
    for command in (
        Accept(f"{case}\x00"),
        Dispatch(case, ["wang\x00"], note="请\x00联系"),
        Classify(case, "邻里\x00", region="139901001\x00"),
    ):
        message = decode(msgspec.msgpack.encode(Do("nul-key-1", command)))
        assert isinstance(message, Do)
        try:
            await house.desk.do(message.command, CENTRE, "")
        except Refusal:
            continue
