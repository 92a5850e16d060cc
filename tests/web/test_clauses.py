"""Clauses to begin with, over HTTP: for those who write, with the parties' names; an organisation's own are kept without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases.vocabulary import SeatRole
from rooms import commands as c
from storage import clauses as kept_clauses
from tests.web.live_session import Session, signed_in
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def drafting(folder: Path) -> AsyncIterator[tuple[Session, Any]]:
    async with open_house(Settings(data=str(folder), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        await session.do(c.Invite(session.case, SeatRole.PARTY, party="p2"))
        yield session, config.app


async def listed(http: httpx.AsyncClient, session: Session) -> dict[str, Any]:
    answer = await http.get(f"/api/agreements/{session.case}/clauses")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_they_name_the_parties_and_are_for_those_who_write(tmp_path: Path) -> None:
    async with drafting(tmp_path) as (session, app):
        async with signed_in(app, session, "wang") as http:
            found = await listed(http, session)
            assert len(found["kind"]) >= 3 and len(found["common"]) >= 5 and found["own"] == []
            names = {party.name for party in (await session.house.reader.dossier(session.case)).case.parties}
            values = {
                part["value"]
                for clause in found["common"]
                for block in clause["blocks"]
                if block["type"] == "paragraph"
                for part in block["content"]
                if part["type"] == "field" and part["field"] == "party"
            }
            assert values and values <= names
        async with signed_in(app, session, seat=session.party.id) as http:
            assert await listed(http, session)
            refused = await http.post(f"/api/agreements/{session.case}/clauses", json={"clause": "terms-1", "title": "x"})
            assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
        for other in ("chen", "centre"):
            async with signed_in(app, session, other) as http:
                assert (await http.get(f"/api/agreements/{session.case}/clauses")).status_code == 403


async def test_one_is_kept_for_other_cases_and_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_clauses, "LIMIT", 1)
    async with drafting(tmp_path) as (session, app), signed_in(app, session, "wang") as http:
        url = f"/api/agreements/{session.case}/clauses"
        for wrong, code in (
            ({"clause": "disputes", "title": " "}, "missing"),
            ({"clause": "nothing", "title": "x"}, "no_clause"),
            ({"clause": "terms-1", "title": "空的"}, "bad_clause"),
            ({"clause": "disputes"}, "malformed"),
            ({"clause": "disputes", "title": "长" * 61}, "too_long"),
            ({"clause": "disputes", "title": "看不\u200d见的"}, "forbidden_character"),
        ):
            assert (await http.post(url, json=wrong)).json()["code"] == code
        made = (await http.post(url, json={"clause": "disputes", "title": "争议怎么写"})).json()["id"]
        again = (await http.post(url, json={"clause": "disputes", "title": "争议的写法"})).json()["id"]
        assert made == again
        assert (await http.post(url, json={"clause": "copies", "title": "份数"})).json()["code"] == "too_many_clauses"
        (own,) = (await listed(http, session))["own"]
        assert (own["id"], own["title"]) == (made, "争议的写法")
        fields = [part for block in own["blocks"] for part in block["content"] if part["type"] == "field"]
        assert fields and all(field["value"] == "" for field in fields), "what was filled in stays behind"
        assert (await http.request("DELETE", f"{url}/{made}")).status_code == 200
        assert (await http.request("DELETE", f"{url}/{made}")).json()["code"] == "no_clause"
        assert (await listed(http, session))["own"] == []
