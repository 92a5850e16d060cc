"""A party's own page at the server: by a link before there is a room it reads the own part and answers times; the link is replaced, withdrawn, and leads on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases.actor import Actor
from cases.commands import scheduling as c
from cases.commands.statements import ClosePage, MakePage
from cases.errors import NotAllowed
from cases.vocabulary import CaseStage, Consent, SeatRole
from realtime.audience import view_of
from rooms.commands import EndSession, GiveConsent, Invite, OpenSession, RemoveSeat
from storage.database import reads
from storage.models.cases import CaseRow
from storage.models.doors import Link, Login
from tests.web.test_scheduling import WANG, Ground, at, ground

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def accepted(folder: Path) -> AsyncIterator[Ground]:
    """A case of Wang's that has no room yet."""
    async with ground(folder) as here:
        row = await CaseRow.filter(stage=CaseStage.ACCEPTED, mediator="wang").using_db(reads()).first()
        assert row is not None
        here.case = row.id
        yield here


async def came(http: httpx.AsyncClient, url: str, take_over: bool = False) -> httpx.Response:
    answer = await http.post("/api/links/exchange", json={"token": url.partition("#")[2], "take_over": take_over})
    if answer.status_code == 200:
        http.headers["X-Heyi-As"] = answer.json()["as"]
    return answer


async def test_a_party_answers_by_its_link_before_there_is_a_room(folder: Path) -> None:
    async with accepted(folder) as here, here.client() as phone:
        case, party = here.case, Actor("party", "p2", case_id=here.case)
        made = await here.do(MakePage(case, "p2"))
        assert made["days"] >= 14
        told = (await here.shown("case", "staff"))["people"]["p2"]
        assert told["page_sent"] and "page_opened" not in told
        assert (await came(phone, made["url"])).json()["where"] == f"/own/{case}"
        opened = (await here.shown("case", "staff"))["people"]["p2"]
        assert opened["page_opened"] >= opened["page_sent"] == told["page_sent"]
        assert (await phone.get("/api/me")).json()["kind"] == "party"
        assert (await phone.get(f"/api/cases/{case}/wechat")).json() == {"open": False, "since": None}
        assert (await phone.get("/api/cases/elsewhere/wechat")).json()["code"] == "no_case"
        await here.do(c.ProposeTimes(case, [c.Proposed(at(40), 60), c.Proposed(at(41), 60)], 0))
        assert (await Link.get(kind="party", case_id=case).using_db(reads())).expires_at > datetime.now(UTC) + timedelta(days=41)
        await here.do(c.AnswerTimes(case, [True, False], 1, "在外地打工"), party)
        await here.do(c.AnswerTimes(case, [False, True], 1, "在外地打工"), party)
        assert (await here.shown("case", "staff"))["schedule"]["answers"]["p2"]["fits"] == [False, True]
        own, theirs = await here.shown("own", "p2"), await here.shown("own", "p1")
        assert own["schedule"]["mine"]["fits"] == [False, True] and "在外地打工" not in str(theirs)
        dossier = await here.dossier()
        other = dossier.case.parties[0]
        assert other.name not in str(own) and other.phone not in str(own) and dossier.case.facts not in str(own)
        assert own["others"] == [f"{other.name[0]}*"] and own["me"] == dossier.case.parties[1].name
        await here.do(c.FixTime(case, 1, 1))
        with pytest.raises(Exception, match="No times wait"):
            await here.do(c.AnswerTimes(case, [True, True], 2), party)
        entry = await phone.get(f"/api/cases/{case}/appointment.ics")
        assert entry.status_code == 200 and f"/own/{case}" in entry.text.replace("\r\n ", "")


async def test_an_address_without_a_session_finds_the_one_of_this_browser(folder: Path) -> None:
    async with accepted(folder) as here, here.client() as phone:
        where = {"page": "own", "of": here.case}
        assert (await phone.get("/api/sessions/here", params=where)).json()["code"] == "no_session_here"
        await came(phone, (await here.do(MakePage(here.case, "p2")))["url"])
        handle = phone.headers.pop("X-Heyi-As")
        assert (await phone.get("/api/sessions/here", params=where)).json() == {"as": handle}
        for other in (
            {"page": "own", "of": "elsewhere"},
            {"page": "mine", "of": here.case},
            {"page": "join", "of": here.case},
            {"page": "own"},
            {},
        ):
            assert (await phone.get("/api/sessions/here", params=other)).json()["code"] == "no_session_here"
        await came(phone, (await here.do(MakePage(here.case, "p1")))["url"])
        second = phone.headers.pop("X-Heyi-As")
        assert (await phone.get("/api/sessions/here", params=where)).json()["code"] == "no_session_here", "two people at one device"
        named = {"X-Heyi-As": second}
        assert (await phone.get("/api/sessions/here", params=where, headers=named)).json() == {"as": second}
        await here.do(ClosePage(here.case, "p1"))
        assert (await phone.get("/api/sessions/here", params=where, headers=named)).json() == {"as": handle}, "the other is over"
        token = (await here.house.doors.reporter(here.case)).secret
        phone.cookies.set("heyi_r", token)
        assert (await phone.get("/api/sessions/here", params=where, headers={"X-Heyi-As": "r"})).json() == {"as": "r"}, "as who reported it"
        assert (await phone.get("/api/sessions/here", params=where | {"page": "mine"})).json() == {"as": "r"}


async def test_the_page_is_the_partys_alone(folder: Path) -> None:
    async with accepted(folder) as here:
        dossier, topic = await here.dossier(), f"own/{here.case}"
        await here.do(MakePage(here.case, "p2"))
        assert view_of(Actor("party", "p2", case_id=here.case), topic, dossier) == "p2"
        assert view_of(Actor("reporter", here.case, case_id=here.case), topic, dossier) == "p1"
        strangers = [
            WANG,
            Actor("party", "p2", case_id="elsewhere"),
            Actor("party", "p9", case_id=here.case),
            Actor("reporter", "elsewhere", case_id="elsewhere"),
            Actor("public", dossier.case.code),
        ]
        assert [view_of(one, topic, dossier) for one in strangers] == [None] * len(strangers)
        party = Actor("party", "p2", case_id=here.case)
        others = [f"case/{here.case}", f"data/{here.case}", f"ratings/{here.case}", f"risk/{here.case}", f"here/{here.case}"]
        assert [view_of(party, one, dossier) for one in others] == [None] * len(others)
        with pytest.raises(NotAllowed):
            await here.do(c.ProposeTimes(here.case, [c.Proposed(at(20), 60)], 0), party)


async def test_another_link_ends_the_first_and_so_does_withdrawing(folder: Path) -> None:
    async with accepted(folder) as here, here.client() as phone, here.client() as tablet:
        first = (await here.do(MakePage(here.case, "p2")))["url"]
        await came(phone, first)
        assert (await came(phone, first)).json()["where"] == f"/own/{here.case}", "again in the browser that has it"
        assert (await came(tablet, first)).json()["code"] == "link_used"
        assert (await came(tablet, first, take_over=True)).status_code == 200
        assert (await phone.get("/api/me")).json()["code"] == "session_ended"
        second = (await here.do(MakePage(here.case, "p2")))["url"]
        assert "page_opened" not in (await here.shown("case", "staff"))["people"]["p2"]
        assert (await tablet.get("/api/me")).json()["code"] == "session_ended"
        assert (await came(phone, first)).json()["code"] == "link_revoked"
        await came(phone, second)
        await here.do(ClosePage(here.case, "p2"))
        assert (await phone.get("/api/me")).json()["code"] == "session_ended"
        assert (await came(phone, second)).json()["code"] == "link_revoked"
        assert await Login.filter(kind="party", ended_at=None).using_db(reads()).count() == 0
        third = (await here.do(MakePage(here.case, "p2")))["url"]
        await Link.filter(kind="party", revoked_at=None).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        assert (await came(phone, third)).json()["code"] == "link_expired"
        kinds = [entry.kind for entry, _, _ in await here.house.reader.ledger(here.case)]
        assert [kind for kind in kinds if kind.startswith("page.")] == [
            "page.sent", "page.opened", "page.opened", "page.sent", "page.opened", "page.closed", "page.sent",
        ]  # fmt: skip


async def test_while_the_session_is_open_it_takes_its_place_once(folder: Path) -> None:
    async with accepted(folder) as here, here.client() as phone:
        case, way = here.case, f"/api/cases/{here.case}/enter"
        await came(phone, (await here.do(MakePage(case, "p2")))["url"])
        assert "open" not in await here.shown("own", "p2")
        session = (await here.do(OpenSession(case)))["session"]
        assert (await here.shown("own", "p2"))["open"] is True
        twice = await asyncio.gather(phone.post(way), phone.post(way))
        ways = [answer.json()["where"] for answer in twice if answer.status_code == 200]
        assert ways
        room = (await here.dossier()).room
        assert room is not None
        (seat,) = room.parties()
        assert (seat.party, seat.state, seat.verified, seat.present) == ("p2", "invited", False, False), "at the door, as by any link"
        own = await here.shown("own", "p2")
        assert own["seated"] is True and "open" not in own
        assert (await came(phone, ways[0])).json()["where"] == f"/join/{session}"
        await here.do(RemoveSeat(case, seat.id))
        own = await here.shown("own", "p2")
        assert "seated" not in own and "open" not in own
        async with here.client() as tablet:
            await came(tablet, (await here.do(MakePage(case, "p2")))["url"])
            assert (await tablet.post(way)).json()["code"] == "no_place", "what the mediator has withdrawn stays so"


async def test_it_leads_into_the_room_by_the_seats_link_alone(folder: Path) -> None:
    async with accepted(folder) as here, here.client() as phone:
        case, way = here.case, f"/api/cases/{here.case}/enter"
        await came(phone, (await here.do(MakePage(case, "p2")))["url"])
        assert (await phone.post(way)).json()["code"] == "wrong_stage"
        await here.do(OpenSession(case))
        made = await here.do(Invite(case, SeatRole.PARTY, party="p2"))
        assert (await here.shown("case", "staff"))["people"]["p2"]["seated"] is True
        assert (await here.shown("own", "p2"))["seated"] is True and "seated" not in await here.shown("own", "p1")
        where = (await phone.post(way)).json()["where"]
        assert (await came(phone, where)).json()["where"] == f"/join/{made['session']}"
        seat = Actor("seat", made["seat"], case_id=case, session_id=made["session"])
        await here.do(GiveConsent(case, Consent.ONLINE, True), seat)
        assert view_of(seat, f"own/{case}", await here.dossier()) == "p2", "by the seat too"
        await here.do(EndSession(case, "谈不拢"))
        party = Actor("party", "p2", case_id=case)
        assert view_of(party, f"own/{case}", await here.dossier()) is None, "nothing is to be done there any more"
        shown: list[Any] = [name for name in (await here.fragments()) if name.startswith("own/")]
        assert shown == []
