"""The pool of experts over HTTP, and invitations through the desk: who may, what is refused in words, two at once, and what an expert's link opens."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases.actor import Actor
from cases.case import Photo
from cases.commands.experts import DeclareInterest, InviteExpert, RateExpert, WithdrawExpert
from cases.errors import NotAllowed, NotFound, Refusal, TooMuch
from cases.vocabulary import CaseStage, Consent, ExpertKind, InvitationState, Mediation, Role, SeatRole, Tongue
from rooms.commands import Admit, GiveConsent, Invite, Knock, OpenSession
from storage.database import reads
from storage.models.experts import ExpertCall
from storage.models.people import Account
from storage.work import Outcome
from tests.documents import ROOT
from tests.web.test_administration import Place, served
from web.composition import open_house
from web.demonstration import COUNTY, plant
from web.settings import Settings

pytestmark = pytest.mark.anyio
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
LI = {
    "name": "李医生",
    "kind": "doctor",
    "mediation": "people",
    "region": "139901",
    "phone": "13800000001",
    "specialities": ["医疗"],
    "languages": ["mandarin"],
    "week": [[9, 10]] * 7,
}


async def told(answer: Any) -> tuple[int, str, str]:
    answer = await answer
    body = answer.json()
    return answer.status_code, str(body.get("code", "")), str(body.get("detail", {}).get("field", ""))


async def staffed(place: Place) -> dict[str, httpx.AsyncClient]:
    await Account.filter(id="sys2").update(role="centre")
    await Account.filter(id="aud").update(role="grid_worker")
    return {
        "centre": await place.enter("sys2"),
        "grid": await place.enter("aud"),
        **{who: await place.enter(who) for who in ("sys", "sec", "wang", "far")},
    }


async def test_who_keeps_who_reads_and_who_has_no_part(folder: Path) -> None:
    async with served(folder) as place:
        people = await staffed(place)
        for who, code in (("centre", ""), ("sys", "expert_known"), ("wang", "not_allowed"), ("grid", "not_allowed"), ("sec", "no_page")):
            assert (await told(people[who].post("/api/experts", json=LI)))[1] == code, who
        for who, seen in (("centre", 1), ("sys", 1), ("wang", 1), ("grid", 1), ("far", 0)):
            answer = (await people[who].get("/api/experts")).json()
            assert answer["total"] == seen and "13800000001" not in str(answer), who
        (row,) = (await people["wang"].get("/api/experts")).json()["rows"]
        assert (row["phone"], row["rating"], row["open"], row["sessions"]) == ("138****0001", None, 0, 0)
        change = {"revision": row["revision"], "entry": {**LI, "phone": "", "listed": False}}
        for who, status in (("wang", 403), ("far", 403), ("sec", 404), ("centre", 200), ("sys", 409)):
            assert (await told(people[who].post(f"/api/experts/{row['id']}", json=change)))[0] == status, who
        assert (await people["wang"].get("/api/experts")).json()["total"] == 0, "who is not listed is seen by those who keep the pool"
        assert (await people["centre"].get("/api/experts")).json()["rows"][0]["phone"] == "138****0001", "the telephone stayed"
        nobody = await place.client()
        assert (await told(nobody.get("/api/experts")))[1] == "signed_out"
        reveal = f"/api/experts/{row['id']}/reveal"
        assert (await told(people["wang"].post(reveal, json={"reason": "curious"})))[1] == "reveal_reason"
        assert (await told(people["wang"].post(reveal, json={"reason": "other"})))[2] == "words"
        assert (await told(people["far"].post(reveal, json={"reason": "contact"})))[1] == "no_expert"
        assert (await told(people["sec"].post(reveal, json={"reason": "contact"})))[1] == "no_page"
        assert (await people["wang"].post(reveal, json={"reason": "contact"})).json() == {"phone": "13800000001"}
        await Account.filter(id="sys2").update(role="audit_admin")
        acts = [entry["act"] for entry in (await people["centre"].get("/api/administration/log")).json()]
        assert [act for act in acts if act.startswith("expert")] == ["expert_revealed", "expert_altered", "expert_entered"]


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"kind": "wizard"}, 422, "expert_choice", "kind"),
        ({"mediation": ""}, 422, "expert_choice", "mediation"),
        ({"specialities": ["<script>"]}, 422, "expert_choice", "specialities"),
        ({"week": [[25]] * 7}, 422, "expert_hours", "week"),
        ({"week": [["nine"]] * 7}, 422, "malformed", ""),
        ({"name": "医" * 10_000}, 422, "too_long", "name"),
        ({"name": "李𓀀"}, 422, "missing_glyph", "name"),
        ({"name": None}, 422, "malformed", ""),
        ({"phone": "12345"}, 422, "phone_length", "phone"),
        ({"region": "139902"}, 422, "no_region", "region"),
        ({"region": "' OR 1=1"}, 422, "no_region", "region"),
        ({"away_until": "tomorrow"}, 422, "expert_away", "away_until"),
        ({"away_until": "2020-01-01"}, 422, "absence_over", "away_until"),
        ({"load": 0}, 422, "malformed", ""),
        ({"rating": 5}, 422, "malformed", ""),
    ],
)
async def test_bad_input_is_refused_in_words(folder: Path, changes: dict[str, object], status: int, code: str, field: str) -> None:
    async with served(folder) as place:
        http = await place.enter("sys")
        answer = await told(http.post("/api/experts", json={**LI, **changes}))
        assert answer[:2] == (status, code) and (not field or answer[2] == field)
        assert (await http.get("/api/experts")).json()["total"] == 0


async def test_filters_and_pages(folder: Path) -> None:
    async with served(folder) as place:
        http = await place.enter("sys")
        for number in range(21):
            asked = {**LI, "name": f"医生{number:02}", "kind": "doctor" if number % 2 else "lawyer", "employer": "<b>所</b>"}
            assert (await told(http.post("/api/experts", json=asked)))[0] == 200
        first, second = [(await http.get(f"/api/experts?page={page}")).json() for page in (1, 2)]
        assert (first["total"], len(first["rows"]), [row["name"] for row in second["rows"]]) == (21, 20, ["医生20"])
        assert (await http.get("/api/experts?kind=doctor")).json()["total"] == 10
        assert (await http.get("/api/experts", params={"words": "<b>", "speciality": "医疗", "language": "mandarin"})).json()["total"] == 21
        assert (await http.get("/api/experts", params={"free": "1", "at": "2026-03-18T09:30:00+08:00"})).json()["total"] == 21
        assert (await http.get("/api/experts", params={"free": "1", "at": "2026-03-18T08:30:00+08:00"})).json()["total"] == 0
        for query in ("page=0", "page=x", "page=101", "page=%D9%A1"):
            assert (await told(http.get(f"/api/experts?{query}")))[1] == "malformed"
        assert (await told(http.get("/api/experts", params={"at": "noon"})))[1] == "expert_when"
        assert (await told(http.get("/api/experts", params={"words": "x" * 41})))[2] == "words"
        assert (await told(http.get("/api/experts", params={"case": "nothing"})))[0] == 404


@pytest.fixture
async def demonstration(folder: Path) -> AsyncIterator[Place]:
    async with (
        open_house(Settings(data=str(folder), media=False, log_level="error"), synthetic=True) as (house, config),
        AsyncExitStack() as stack,
    ):
        await plant(house)
        yield Place(house, config.app, stack)


async def live(place: Place) -> str:
    """The demonstration's case, whose session is open; 王调解员 has it."""
    found = [d for d in await place.house.reader.mediating() if d.case.mediator and d.case.mediator.account == "wang" and d.room]
    return str(found[0].case.id)


async def entry(place: Place, name: str) -> str:
    kept = await place.house.doors.experts.of_county(COUNTY)
    return next(one.candidate.id for one in kept if one.candidate.entry.name == name)


async def seat_of(place: Place, case: str, seat: str) -> Actor:
    dossier = await place.house.reader.dossier(case)
    return Actor("seat", seat, case_id=case, session_id=dossier.room.id)


async def code_of(what: Any) -> str:
    with pytest.raises(Refusal) as refused:
        await what
    return refused.value.code


async def test_an_invitation_goes_its_way_and_feeds_the_pool(demonstration: Place) -> None:
    at = demonstration
    desk, case = at.house.desk, await live(at)
    liu = await entry(at, "刘正平")

    def photographed(dossier: Any, numbering: Any, now: Any) -> Outcome:
        dossier.case.photos = [Photo("f1", 1, 1), Photo("f2", 1, 1)]
        return Outcome()

    await at.house.store.execute(case, photographed)
    for party in ("p1", "p2"):
        await desk.do(Invite(case, SeatRole.PARTY, party=party), WANG, "")
    asked = InviteExpert(case, liu, "屋檐滴水怎么分担", files=["f1"])
    invited = await desk.do(asked, WANG, "key-1")
    again = await desk.do(asked, WANG, "key-1")
    assert again["invitation"] == invited["invitation"] == "x1" and invited["also"] == []
    seat = await seat_of(at, case, invited["seat"])
    counted = {one.candidate.id: one.candidate.tally for one in await at.house.doors.experts.of_county(COUNTY)}
    assert [key for key, tally in counted.items() if tally.open] == [liu]
    assert await code_of(desk.do(Knock(case), seat, "")) == "declare_first"
    await desk.do(DeclareInterest(case, "none"), seat, "")
    await desk.do(Knock(case), seat, "")
    assert await code_of(desk.do(Admit(case, invited["seat"]), WANG, "")) == "no_expert_consent"
    for party in ("s1", "s2"):
        await desk.do(GiveConsent(case, Consent.EXPERT, True), await seat_of(at, case, party), "")
    dossier = await at.house.reader.dossier(case)
    assert not at.house.may_see_file(seat, dossier, "f1"), "not before the seat is taken"
    await desk.do(Admit(case, invited["seat"]), WANG, "")
    dossier = await at.house.reader.dossier(case)
    assert [at.house.may_see_file(seat, dossier, file) for file in ("f1", "f2")] == [True, False]
    await desk.do(WithdrawExpert(case, "x1"), WANG, "")
    dossier = await at.house.reader.dossier(case)
    assert not at.house.may_see_file(seat, dossier, "f1") and dossier.case.experts[0].state is InvitationState.WITHDRAWN
    with pytest.raises(NotAllowed):
        await at.house.doors.exchange(invited["url"].partition("#")[2], False)
    await desk.do(RateExpert(case, "x1", 5), WANG, "")
    assert await code_of(desk.do(RateExpert(case, "x1", 5), WANG, "")) == "expert_rated"
    (row,) = await ExpertCall.filter(case_id=case).using_db(reads())
    assert (row.state, row.score, row.expert) == ("withdrawn", 5, liu) and row.seated_at is not None
    kinds = [item.kind for item, _, _ in await at.house.reader.ledger(case)]
    assert [kind for kind in kinds if kind.startswith("expert.")] == [
        "expert.invited",
        "expert.accepted",
        "expert.seated",
        "expert.withdrawn",
        "expert.rated",
    ]


async def test_of_two_who_invite_one_expert_at_once_the_second_is_told(demonstration: Place) -> None:
    at = demonstration
    desk, case = at.house.desk, await live(at)
    sun = await entry(at, "孙桂兰")
    others = [one async for one in at.house.reader.in_stage(CaseStage.ACCEPTED)]
    chen = Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", COUNTY)
    taken_by = {(await at.house.reader.dossier(key)).case.mediator.account: key for key in others}
    other = taken_by["chen"]
    await desk.do(OpenSession(other), chen, "")
    results = await asyncio.gather(desk.do(InviteExpert(case, sun, "甲"), WANG, ""), desk.do(InviteExpert(other, sun, "乙"), chen, ""))
    assert sorted(len(one["also"]) for one in results) == [0, 1], "both are sent, the second is told"
    assert all("甲" not in str(one["also"]) and "乙" not in str(one["also"]) for one in results)
    assert await code_of(desk.do(InviteExpert(other, sun, "丙"), chen, "")) == "expert_invited"
    assert await code_of(desk.do(InviteExpert(case, sun, "丙"), chen, "")) == "not_allowed"
    stranger = Actor("account", "far", "远调解员", Role.MEDIATOR, "other", "139902")
    with pytest.raises(NotFound):
        await desk.do(InviteExpert(case, sun, "丁"), stranger, "")
    with pytest.raises(NotAllowed):
        await desk.do(InviteExpert(case, sun, "丁"), await seat_of(at, case, "e1"), "")
    refused = 0
    for _ in range(20):
        try:
            await desk.do(InviteExpert(case, "nobody", "戊"), WANG, "")
        except TooMuch:
            refused += 1
        except NotFound:
            pass
    assert refused, "invitations have a rate"


async def test_who_did_not_answer_in_time_is_let_go_by_the_clock(demonstration: Place) -> None:
    at = demonstration
    desk, case = at.house.desk, await live(at)
    result = await desk.do(InviteExpert(case, await entry(at, "周大工"), "事由"), WANG, "")
    assert await desk.experts.look_at_the_clock() == 0

    def late(dossier: Any, numbering: Any, now: Any) -> Outcome:
        dossier.case.experts[0].until = now + timedelta(milliseconds=1)
        return Outcome()

    await at.house.store.execute(case, late)
    await asyncio.sleep(0.01)
    assert await desk.experts.look_at_the_clock() == 1 and await desk.experts.look_at_the_clock() == 0
    dossier = await at.house.reader.dossier(case)
    assert dossier.case.experts[0].state is InvitationState.EXPIRED and dossier.room.seats[result["seat"]].revoked


async def test_the_list_for_a_case_proposes_with_reasons_and_leaves_out_with_one(demonstration: Place) -> None:
    at = demonstration
    case = await live(at)
    token = await at.house.doors.links.issue("account", timedelta(days=1), account="wang")
    http = await at.client()
    handle = (await http.post("/api/links/exchange", json={"token": token, "take_over": False, "code": ""})).json()["as"]
    answer = (await http.get(f"/api/experts?case={case}&as={handle}")).json()
    assert answer["type"] == "邻里" and answer["rows"][0]["name"] == "孙桂兰"
    assert [reason["code"] for reason in answer["rows"][0]["reasons"]] == ["speciality", "same_place", "available", "load"]
    assert {(one["name"], one["code"]) for one in answer["left_out"]} == {("赵某", "is_party"), ("高明远", "away")}
    token = await at.house.doors.links.issue("account", timedelta(days=1), account="chen")
    other = (await http.post("/api/links/exchange", json={"token": token, "take_over": False, "code": ""})).json()["as"]
    assert (await told(http.get(f"/api/experts?case={case}&as={other}")))[1] == "not_allowed"


def test_the_pages_choose_from_the_same_words() -> None:
    page = (ROOT / "web/client/src/experts/experts.ts").read_text(encoding="utf-8")
    for name, kind in (("KINDS", ExpertKind), ("MEDIATIONS", Mediation), ("TONGUES", Tongue)):
        found = re.search(rf"export const {name} = \[(.*?)\]", page)
        assert found and [word.strip().strip("'") for word in found[1].split(",")] == list(kind), name
