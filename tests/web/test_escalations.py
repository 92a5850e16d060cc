"""A case before the centre, at the server: who reads what, what a taken-over case leaves open, and how the next mediator goes on."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdf
import pytest

from cases.actor import Actor
from cases.case import Numbering
from cases.commands.casework import Accept, Classify, Dispatch
from cases.commands.escalation import AnswerEscalation, Escalate, WithdrawEscalation
from cases.commands.matters import AnswerMatter
from cases.commands.scheduling import FixTime, Proposed, ProposeTimes
from cases.errors import Refusal
from cases.ports import Happened
from cases.vocabulary import Consent, DispatchMode, DisputeKind, MatterOutcome, Role, SeatRole
from realtime.audience import fragments, view_of
from rooms.commands import Admit, GiveConsent, Invite, Knock, OpenSession, Say
from storage.dossier import Dossier
from storage.models.recordings import SegmentRow
from storage.work import Outcome
from tests.web.live_session import until
from tests.web.test_experts import Place, demonstration, live
from tests.web.test_joint import signed_in

__all__ = ["demonstration"]
pytestmark = pytest.mark.anyio
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
CHEN = Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901")
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")


async def code_of(what: Any) -> str:
    with pytest.raises(Refusal) as refused:
        await what
    return refused.value.code


async def row_of(at: Place, topic: str, view: str, case: str) -> dict[str, Any]:
    return dict((await at.house.reader.snapshot(f"{topic}|{view}", None))[2].get("cases", {}).get(case, {}))


async def test_from_the_lead_to_the_next_one(demonstration: Place) -> None:
    at, case = demonstration, await live(demonstration)
    do = at.house.desk.do
    before = (await at.house.reader.dossier(case)).case
    due, session, number = before.due, before.session_id, before.number
    assert await code_of(do(Escalate(case, "x"), CHEN, "")) == "not_allowed"
    raised = await do(Escalate(case, "双方分歧太大"), WANG, "key-1")
    assert raised == await do(Escalate(case, "双方分歧太大"), WANG, "key-1"), "sent twice, done once"
    assert (await row_of(at, "centre/139901", "staff", case))["escalated"]
    await do(AnswerEscalation(case, "instruct", "请村委会一起到场"), CENTRE, "")
    assert "escalated" not in await row_of(at, "centre/139901", "staff", case)
    shown = fragments(await at.house.reader.dossier(case))
    assert shown[f"case/{case}|staff"]["escalations"]["e1"]["words"] == "请村委会一起到场"
    assert [name for name, doc in shown.items() if "分歧" in str(doc) or "村委会一起" in str(doc)] == [f"case/{case}|staff"]
    await do(Escalate(case, "还是谈不拢"), WANG, "")
    await do(WithdrawEscalation(case), WANG, "")
    await do(Escalate(case, "又谈了一次，还是谈不拢"), WANG, "")

    start = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT09:00")
    await do(ProposeTimes(case, [Proposed(start, 60)], 0), WANG, "")
    await do(FixTime(case, 0, 1), WANG, "")

    # a party is in the room: first it closes the page
    seat = (await do(Invite(case, SeatRole.PARTY, party="p1"), WANG, ""))["seat"]
    party = Actor("seat", seat, case_id=case, session_id=session)
    await do(GiveConsent(case, Consent.ONLINE, True), party, "")
    await do(Knock(case), party, "")
    await do(Admit(case, seat), WANG, "")
    topic, seen = f"room/{session}", f"live/{session}|mediator"
    at.house.hub.presence.came(topic, seat)
    await until(lambda: seat in at.house.nodes.live.merged(seen).get("seats", {}))
    assert await code_of(do(AnswerEscalation(case, "take"), CENTRE, "")) == "room_occupied"
    at.house.hub.presence.went(topic, seat)
    await until(lambda: seat not in at.house.nodes.live.merged(seen).get("seats", {}))
    await do(AnswerEscalation(case, "take", "由县里办"), CENTRE, "")
    dossier = await at.house.reader.dossier(case)
    assert (dossier.case.stage, dossier.case.mediator) == ("reported", None)
    assert await code_of(do(Say(case, "还在吗"), WANG, "")) == "not_seated"
    assert await code_of(do(Knock(case), party, "")) in {"not_allowed", "removed"}
    for actor in (WANG, party):
        assert [view_of(actor, topic, dossier) for topic in (f"case/{case}", f"room/{session}", f"live/{session}")] == [None] * 3
    assert await row_of(at, "desk/wang", "own", case) == {} and (await row_of(at, "centre/139901", "staff", case))["stage"] == "reported"

    # a party's own page says so, and goes on by itself
    page, link = f"own/{case}", Actor("party", "p1", case_id=case)
    told_party = fragments(dossier)[f"{page}|p1"]
    assert view_of(link, page, dossier) == "p1" and told_party["changing"] and told_party["off"]
    assert not {"mediator", "schedule", "afar"} & told_party.keys()

    # the next one goes on in the same session, within the same month
    await do(Dispatch(case, ["chen"], DispatchMode.ASSIGN), CENTRE, "")
    await do(Accept(case), CHEN, "")
    assert await code_of(do(Say(case, "不是我的了"), WANG, "")) == "not_seated"
    await do(Classify(case, "邻里", DisputeKind.MATTER), CHEN, "")
    assert await code_of(do(AnswerMatter(case, MatterOutcome.DONE, "办好了"), CHEN, "")) == "session_open", (
        "that of the one before has not ended"
    )
    await do(Classify(case, "邻里"), CHEN, "")
    assert await do(OpenSession(case), CHEN, "") == {"session": session}
    assert await do(OpenSession(case), CHEN, "") == {"session": session}
    dossier = await at.house.reader.dossier(case)
    told_party = fragments(dossier)[f"{page}|p1"]
    assert view_of(link, page, dossier) == "p1" and "changing" not in told_party and told_party["mediator"] == "陈调解员"
    assert dossier.room is not None and (dossier.case.stage, dossier.case.due, dossier.room.stage) == ("mediating", due, "identity")
    assert dossier.case.number and dossier.case.number != number
    assert (view_of(CHEN, f"room/{session}", dossier), view_of(WANG, f"room/{session}", dossier)) == ("m", None)
    again = await do(Invite(case, SeatRole.PARTY, party="p1"), CHEN, "")
    assert again["seat"] not in {seat, "m"}, "by a seat of its own anew"
    await do(Say(case, "我们接着谈"), CHEN, "")
    party = Actor("seat", again["seat"], case_id=case, session_id=session)
    await do(GiveConsent(case, Consent.ONLINE, True), party, "")
    await do(Knock(case), party, "")
    await do(Admit(case, again["seat"]), CHEN, "")
    async with signed_in(at, "chen") as chen:
        printed = io.BytesIO((await chen.get(f"/api/records/{case}/record.pdf")).content)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(printed).pages).replace("\n", "")
    assert "陈调解员（柳林镇人民调解委员会）；此前主持：王调解员（安和县人民调解委员会）" in text
    assert "赵某（未到场）" in text and text.count("当事人（签名或捺印）　李某") == 1
    kinds = [entry.kind for entry, _, _ in await at.house.reader.ledger(case)]
    told = [
        kind
        for kind in kinds
        if kind.split(".")[0] == "escalation"
        or kind in {"case.escalated", "case.instructed", "case.taken_over", "session.vacated", "session.taken_up"}
    ]
    assert told == [
        "case.escalated", "case.instructed", "case.escalated", "escalation.withdrawn", "case.escalated",
        "case.taken_over", "session.vacated", "session.taken_up",
    ]  # fmt: skip


async def test_a_link_of_before_tells_that_another_mediator_comes(demonstration: Place) -> None:
    at, case = demonstration, await live(demonstration)
    do, http = at.house.desk.do, await demonstration.client()
    ended: list[tuple[int, str]] = []
    end, at.house.nodes.hub.close_login = at.house.nodes.hub.close_login, lambda login, code, reason: ended.append((code, reason))
    token = (await do(Invite(case, SeatRole.PARTY, party="p1"), WANG, ""))["url"].partition("#")[2]
    assert (await http.post("/api/links/exchange", json={"token": token})).status_code == 200
    await do(Escalate(case, "双方分歧太大"), WANG, "")
    await do(AnswerEscalation(case, "take"), CENTRE, "")
    assert (4403, "handed_over") in ended, "who has the page open reads it at once"
    at.house.nodes.hub.close_login = end
    refused = await http.post("/api/links/exchange", json={"token": token})
    assert (refused.status_code, refused.json()["code"]) == (403, "handed_over")
    await do(Dispatch(case, ["chen"], DispatchMode.ASSIGN), CENTRE, "")
    await do(Accept(case), CHEN, "")
    await do(OpenSession(case), CHEN, "")
    assert (await http.post("/api/links/exchange", json={"token": token})).json()["code"] == "link_revoked", "now there is one to ask"


async def test_another_countys_centre_answers_nothing(demonstration: Place) -> None:
    at, case = demonstration, await live(demonstration)
    await at.house.desk.do(Escalate(case, "双方分歧太大"), WANG, "")
    far = Actor("account", "far", "外县", Role.CENTRE, "far", "139902")
    for what in ("instruct", "take"):
        assert await code_of(at.house.desk.do(AnswerEscalation(case, what, "好"), far, "")) == "not_allowed"
    assert view_of(far, f"case/{case}", await at.house.reader.dossier(case)) is None


async def test_a_private_talk_with_the_mediator_before_is_not_open_to_the_next(demonstration: Place) -> None:
    at, case = demonstration, await live(demonstration)
    do = at.house.desk.do
    talk = f"{case}-c12345678"
    await SegmentRow.create(id=f"{talk}/m-1", case_id=case, session_id=talk, seat="m", folder=talk, started_at="", state="closed")

    def told(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
        return Outcome([Happened("caucus.opened", {"caucus": talk, "seats": ["m", "s1"]})])

    await at.house.desk.store.execute(case, told)
    async with signed_in(at, "wang") as wang, signed_in(at, "chen") as chen:
        assert [one["id"] for one in (await wang.get(f"/api/cases/{case}/talks")).json()] == [talk]
        await do(Escalate(case, "双方分歧太大"), WANG, "")
        await do(AnswerEscalation(case, "take"), CENTRE, "")
        await do(Dispatch(case, ["chen"], DispatchMode.ASSIGN), CENTRE, "")
        await do(Accept(case), CHEN, "")
        await do(OpenSession(case), CHEN, "")
        assert (await chen.get(f"/api/cases/{case}/talks")).json() == []
        assert (await chen.get(f"/api/cases/{case}/bundle?profile=caucus&talk={talk}")).json()["code"] == "no_talk"
        assert (await wang.get(f"/api/cases/{case}/talks")).status_code in {403, 404}
