"""Joint mediation at the server: who may be asked, two at once, what the desks are shown, and that nothing stays open to whoever has left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cases.actor import Actor
from cases.commands.joint import AskJoint, JoinCase, LeaveJoint, ReleaseJoint
from cases.errors import Conflict, Refusal
from cases.vocabulary import Role
from realtime.audience import view_of
from rooms.commands import Knock, Say
from storage.models.people import Account
from tests.web.test_experts import Place, demonstration, live
from web.filed import file_facts

__all__ = ["demonstration"]
pytestmark = pytest.mark.anyio
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
CHEN = Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901")
GRID2 = Actor("account", "grid2", "何网格员", Role.GRID_WORKER, "liulin", "139901002")
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")


async def code_of(what: Any) -> str:
    with pytest.raises(Refusal) as refused:
        await what
    return refused.value.code


async def desk_of(at: Place, account: str) -> dict[str, Any]:
    return (await at.house.reader.snapshot(f"desk/{account}|own", None))[2]


async def test_the_whole_way_and_nothing_stays_open(demonstration: Place) -> None:
    at, case = demonstration, await live(demonstration)
    do = at.house.desk.do
    ask = AskJoint(case, "liulin", "涉及两镇的地界", to=["centre", "wang"], org_name="随便写的")
    assert await code_of(do(ask, CHEN, "")) == "not_allowed"
    assert await code_of(do(AskJoint(case, "nowhere", "x"), WANG, "")) == "no_organisation"
    assert await code_of(do(AskJoint(case, "centre", "x"), WANG, "")) == "joint_nobody", "the centre's people take no cases"
    asked = await do(ask, WANG, "key-1")
    assert asked == await do(ask, WANG, "key-1") == {"share": "j1"}
    share = (await at.house.reader.dossier(case)).case.joint[0]
    assert (share.org_name, sorted(share.asked)) == ("柳林镇人民调解委员会", ["chen", "grid2"]), "the server says who"

    # both desks have the request, people masked; the page is open to them as an offer is
    for account in ("chen", "grid2"):
        request = (await desk_of(at, account))["requests"][case]
        assert (
            request["why"] == "涉及两镇的地界"
            and request["lead"] == "安和县人民调解委员会"
            and request["reporter"] == "李*"
            and "1380" not in str(request)
        )
    assert view_of(CHEN, f"case/{case}", await at.house.reader.dossier(case)) == "offer"

    # two at once
    both = await asyncio.gather(do(JoinCase(case, "j1"), CHEN, ""), do(JoinCase(case, "j1"), GRID2, ""), return_exceptions=True)
    assert sorted(type(one) for one in both if isinstance(one, Exception)) == [Conflict]
    winner, loser = (CHEN, GRID2) if not isinstance(both[0], Exception) else (GRID2, CHEN)
    dossier = await at.house.reader.dossier(case)
    assert view_of(winner, f"case/{case}", dossier) == "staff" and view_of(loser, f"case/{case}", dossier) is None
    mine = await desk_of(at, winner.id)
    assert mine["cases"][case]["assisting"] and case not in mine.get("requests", {}) and case not in str(await desk_of(at, loser.id))
    assert f"{winner.name}（柳林镇人民调解委员会，协办）" in file_facts(dossier, [], {}).mediators

    # in the room by the own account
    await do(Knock(case), winner, "")
    await do(Say(case, "我补充一句"), winner, "")
    assert dossier.room is not None
    reading = [f"case/{case}", f"room/{dossier.room.id}", f"live/{dossier.room.id}", f"here/{case}"]
    dossier = await at.house.reader.dossier(case)
    assert all(view_of(winner, topic, dossier) for topic in reading)
    assert at.house.may_see_file(winner, dossier, "f1")

    # released: at once nothing of it is open, in any topic, file or list, and the seat is gone
    await do(ReleaseJoint(case, "j1", "已经谈妥"), CENTRE, "")
    dossier = await at.house.reader.dossier(case)
    assert [view_of(winner, topic, dossier) for topic in reading] == [None] * 4
    assert not at.house.may_see_file(winner, dossier, "f1") and case not in str(await desk_of(at, winner.id))
    assert await code_of(do(Say(case, "还在吗"), winner, "")) == "not_seated"
    assert await code_of(do(LeaveJoint(case, "x"), winner, "")) == "not_allowed"
    kinds = [entry.kind for entry, _, _ in await at.house.reader.ledger(case)]
    assert [kind for kind in kinds if kind.startswith("joint.")] == ["joint.asked", "joint.joined", "joint.released"]


@asynccontextmanager
async def signed_in(at: Place, account: str) -> AsyncIterator[httpx.AsyncClient]:
    http = await at.client()
    token = await at.house.doors.links.issue("account", timedelta(hours=1), account=account)
    http.headers["X-Heyi-As"] = (await http.post("/api/links/exchange", json={"token": token})).json()["as"]
    yield http


async def test_who_assisted_reads_why_that_is_over_and_nobody_else(demonstration: Place) -> None:
    at, case = demonstration, await live(demonstration)
    do = at.house.desk.do
    await do(AskJoint(case, "liulin", "涉及两镇的地界"), WANG, "")
    await do(JoinCase(case, "j1"), CHEN, "")
    room = (await at.house.reader.dossier(case)).room
    assert room is not None
    path = f"/api/sessions/{room.id}/parting"
    async with signed_in(at, "chen") as http:
        assert (await http.get(path)).json()["code"] == "no_session", "who assists has not parted"
        await do(ReleaseJoint(case, "j1", "已经谈妥"), WANG, "")
        assert (await http.get(path)).json() == {"role": "co_mediator", "state": "released", "why": "已经谈妥"}
        assert (await http.get(f"/api/sessions/{case}-00000000/parting")).json()["code"] == "no_session"
        ended = await http.get(path, headers={"X-Heyi-As": "0123456789abcdef"})
        assert (ended.status_code, ended.json()["code"]) == (404, "no_session"), "a link that has ended meanwhile"
    for account in ("wang", "grid2"):
        async with signed_in(at, account) as http:
            answer = await http.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "no_session")


async def test_whom_to_ask_is_told_to_who_may_ask(demonstration: Place) -> None:
    at, case = demonstration, await live(demonstration)
    await Account.filter(id="grid2").update(name="赵某")
    async with signed_in(at, "wang") as wang, signed_in(at, "chen") as chen, signed_in(at, "centre") as centre:
        assert (await chen.get(f"/api/cases/{case}/joint")).status_code == 404
        told = (await wang.get(f"/api/cases/{case}/joint")).json()
        assert told == (await centre.get(f"/api/cases/{case}/joint")).json()
        assert told["organisations"] == [{"id": "liulin", "name": "柳林镇人民调解委员会", "region": "139901", "people": ["陈调解员"]}]
        assert [(one["name"], one["code"], one["org"]) for one in told["left_out"]] == [("赵某", "is_party", "柳林镇人民调解委员会")]
        await at.house.desk.do(AskJoint(case, "liulin", "两镇"), WANG, "")
        assert (await wang.get(f"/api/cases/{case}/joint")).json()["organisations"] == [], "asked already"
        found = (await chen.get("/api/cases", params={"q": "屋檐雨水"})).json()
        assert found["total"] == 0
        await at.house.desk.do(JoinCase(case, "j1"), CHEN, "")
        found = (await chen.get("/api/cases", params={"q": "屋檐雨水"})).json()
        assert [(key, row["assisting"]) for key, row in found["rows"]] == [(case, True)], "found among the own cases"
        await at.house.desk.do(LeaveJoint(case, "与当事人相识", conflict=True), CHEN, "")
        assert (await chen.get("/api/cases", params={"q": "屋檐雨水"})).json()["total"] == 0
        again = (await wang.get(f"/api/cases/{case}/joint")).json()
        assert again["organisations"] == [] and {one["code"] for one in again["left_out"]} == {"is_party", "declared"}


async def test_the_counts_of_the_wall_are_of_leads_alone(demonstration: Place) -> None:
    at, case = demonstration, await live(demonstration)
    before = await at.house.reader.load_by_mediator()
    await at.house.desk.do(AskJoint(case, "liulin", "两镇"), WANG, "")
    await at.house.desk.do(JoinCase(case, "j1"), CHEN, "")
    assert await at.house.reader.load_by_mediator() == before
