"""What the centre is told before it dispatches: of its own cases alone, and nobody else is told anything."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.web.live_session import OWN, Session, signed_in
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio

REPORT = {
    "title": "楼上漏水",
    "facts": "楼上邻居家水管漏水，天花板掉皮，要求修好。",
    "region": "139901001",
    "name": "郑某",
    "phone": "13800005555",
}


async def test_types_and_cases_alike_are_proposed_with_reasons(tmp_path: Path) -> None:
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        made = []
        async with httpx.AsyncClient(transport=httpx.ASGITransport(config.app), base_url=OWN, headers={"Origin": OWN}) as http:
            reports = {
                "first-report": {},
                "second-report": {"title": "天花板漏水"},
                "third-report": {"title": "路灯", "facts": "夜里全黑。", "name": "孔某", "place": "柳林东街", "phone": "13800006666"},
            }
            for key, changes in reports.items():
                answer = await http.post("/api/reports", data={"report": json.dumps(REPORT | changes)}, headers={"Idempotency-Key": key})
                made.append(answer.json()["case"])
        async with signed_in(config.app, session, "centre") as http:
            told = (await http.get(f"/api/cases/{made[1]}/guidance")).json()
            assert told["types"][0]["type"] == "邻里" and {"漏水", "楼上", "邻居"} <= set(told["types"][0]["words"])
            (first,) = told["alike"]
            assert (first["case"], first["title"], first["stage"]) == (made[0], "楼上漏水", "reported")
            assert first["reasons"] == ["phone", "words"]
            assert told["places"] == [] and told["region"] == "139901001" and told["regions"]["139901002"] == "柳林镇"
            near = (await http.get(f"/api/cases/{made[2]}/guidance")).json()
            assert near["places"] == [{"region": "139901002", "words": ["柳林"]}], "and nothing of it is applied"
            answers = [await http.get(f"/api/cases/{made[2]}/proposals", params=where) for where in ({}, {"region": "139901002"})]
            own = [{one["id"] for one in answer.json()["proposed"] if one["reasons"][0]["code"] == "own_region"} for answer in answers]
            assert own[0] != own[1], "who is near is asked of the township that the centre is about to choose"
            elsewhere = await http.get(f"/api/cases/{made[2]}/proposals", params={"region": "139902001"})
            assert elsewhere.json()["code"] == "unknown_region"
            assert "郑某" not in json.dumps(told, ensure_ascii=False) and "13800005555" not in json.dumps(told)
            assert (await http.get(f"/api/cases/{session.case}/guidance")).status_code == 404, "it is dispatched already"
            answers = [(await http.get(f"/api/cases/{made[0]}/guidance")).status_code for _ in range(35)]
            assert 429 in answers
        async with signed_in(config.app, session, "wang") as http:
            assert (await http.get(f"/api/cases/{made[1]}/guidance")).status_code == 404
