"""A report that is not taken up, at the server: which other case it is the same as is looked up there, also against another county; lists, pages and the way back follow."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from cases.actor import Actor
from cases.commands.casework import Dispatch
from cases.commands.declining import DeclineReport, TakeUp
from cases.errors import Refusal
from cases.vocabulary import CaseStage, DeclineReason, DispatchMode, Role
from tests.web.test_experts import Place, code_of, demonstration
from tests.web.test_joint import signed_in

__all__ = ["demonstration"]
pytestmark = pytest.mark.anyio
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
TOWN = Actor("account", "town", "镇综治中心", Role.CENTRE, "town", "139901002")
REPORT = {"title": "楼上漏水", "facts": "楼上邻居家水管漏水，天花板掉皮。", "region": "139901001", "name": "郑某", "phone": "13800005555"}


async def reported(at: Place, key: str, **changes: str) -> str:
    http = await at.client()
    answer = await http.post("/api/reports", data={"report": json.dumps(REPORT | changes)}, headers={"Idempotency-Key": key})
    assert answer.status_code in {200, 201}, answer.text
    return str(answer.json()["case"])


async def rows(at: Place) -> dict[str, Any]:
    return dict((await at.house.reader.snapshot("centre/139901|staff", None))[2]["cases"])


async def test_the_same_matter_twice(demonstration: Place) -> None:
    at, do = demonstration, demonstration.house.desk.do
    first, second = await reported(at, "first-report"), await reported(at, "second-report", title="天花板漏水")
    decline = DeclineReport(second, DeclineReason.SAME, same=first)
    assert await do(decline, CENTRE, "key-1") == await do(decline, CENTRE, "key-1") == {"stage": "declined"}, "sent twice, done once"
    case = (await at.house.reader.dossier(second)).case
    assert case.declined is not None and case.declined.same == first
    assert (await rows(at))[second]["stage"] == "declined"
    assert await code_of(do(Dispatch(second, ["wang"], DispatchMode.ASSIGN), CENTRE, "")) == "wrong_stage"
    assert await code_of(do(DeclineReport(first, DeclineReason.SAME, same=second), CENTRE, "")) == "same_is_over"
    assert await code_of(do(DeclineReport(first, DeclineReason.SAME, same="nowhere"), CENTRE, "")) == "unknown_same"
    async with signed_in(at, "centre") as http:
        assert (await http.get(f"/api/cases/{second}/same")).json()["case"] == first
        assert (await http.get(f"/api/cases/{first}/same")).status_code == 404, "of what was not declined"
    async with signed_in(at, "wang") as http:
        assert (await http.get(f"/api/cases/{second}/same")).status_code == 404, "mediators do not see both"

    # the other one has ended meanwhile: what was done is still answered so
    await do(DeclineReport(first, DeclineReason.UNCLEAR, "请打电话说清"), CENTRE, "")
    assert await do(decline, CENTRE, "key-1") == {"stage": "declined"}
    await do(TakeUp(second, "不是同一件"), CENTRE, "")
    await do(Dispatch(second, ["wang"], DispatchMode.ASSIGN), CENTRE, "")
    assert (await at.house.reader.dossier(second)).case.stage is CaseStage.DISPATCHED


async def test_a_case_of_elsewhere_is_like_none(demonstration: Place) -> None:
    at, do = demonstration, demonstration.house.desk.do
    other, own = await reported(at, "of-a-town"), await reported(at, "of-another", region="139901002")
    told = [await code_of(do(DeclineReport(own, DeclineReason.SAME, same=same), TOWN, "")) for same in (other, "k-none")]
    assert told == ["unknown_same", "unknown_same"]
    assert (await at.house.reader.dossier(own)).case.stage is CaseStage.REPORTED


async def test_given_to_somebody_and_not_taken_up_at_once_one_wins(demonstration: Place) -> None:
    at, do = demonstration, demonstration.house.desk.do
    case = await reported(at, "both-at-once")
    orders = [
        do(Dispatch(case, ["wang"], DispatchMode.ASSIGN), CENTRE, ""),
        do(DeclineReport(case, DeclineReason.UNCLEAR, "请打电话说清"), CENTRE, ""),
    ]
    done = await asyncio.gather(*orders, return_exceptions=True)
    assert [isinstance(one, Refusal) for one in done].count(True) == 1
    assert (await at.house.reader.dossier(case)).case.stage in {CaseStage.DISPATCHED, CaseStage.DECLINED}
