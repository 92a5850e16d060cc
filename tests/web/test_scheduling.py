"""Appointments at the server: from the proposal to the calendar's file, who reads what, cautions, links that last, entry codes and the printed invitation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from cases.actor import Actor
from cases.calendar import STATUTORY, county_day
from cases.case import Mediator, Numbering
from cases.clock import COUNTY_TIME
from cases.commands import scheduling as c
from cases.errors import Conflict, NotAllowed
from cases.vocabulary import CaseStage, Channel, Role, SeatRole
from realtime.audience import fragments
from rooms.commands import Invite, OpenSession
from storage.database import reads
from storage.dossier import Dossier
from storage.models.appointments import AppointmentRow
from storage.models.cases import CaseRow
from storage.models.doors import Link
from storage.models.notices import OutboxRow
from storage.work import Outcome
from tests.web.post import Kept, opened
from tests.web.test_icalendar import read, unescaped
from web.composition import open_house
from web.demonstration import plant
from web.doors import Doors
from web.entry_codes import DIGITS, TRIES, digits_of, number_of
from web.house import House
from web.scheduling import SchedulingDesk
from web.settings import Settings

pytestmark = pytest.mark.anyio
OWN = "http://127.0.0.1:8420"
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")


def at(days: int, hour: int = 9) -> str:
    return f"{county_day(datetime.now(UTC)) + timedelta(days=days)}T{hour:02}:00"


def sunday() -> str:
    """One that is neither of a holiday nor made up for."""
    days = (county_day(datetime.now(UTC)) + timedelta(days=n) for n in range(21, 59))
    return f"{next(day for day in days if day.weekday() == 6 and day not in STATUTORY.days)}T09:00"


class Ground:
    def __init__(self, house: House, app: Any, case: str) -> None:
        self.house, self.app, self.case = house, app, case

    async def do(self, command: Any, actor: Actor = WANG) -> dict[str, Any]:
        return await self.house.desk.do(command, actor, "")

    def client(self, host: str = "203.0.113.77") -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app, client=(host, 40000)), base_url=OWN, headers={"Origin": OWN})

    @asynccontextmanager
    async def wang(self) -> AsyncIterator[httpx.AsyncClient]:
        async with self.client() as http:
            token = await self.house.doors.links.issue("account", timedelta(hours=1), account="wang")
            http.headers["X-Heyi-As"] = (await http.post("/api/links/exchange", json={"token": token})).json()["as"]
            yield http

    async def dossier(self) -> Dossier:
        return await self.house.reader.dossier(self.case)

    async def fragments(self) -> dict[str, dict[str, Any]]:
        return fragments(await self.dossier())

    async def shown(self, topic: str, view: str) -> dict[str, Any]:
        return next(doc for name, doc in (await self.fragments()).items() if name.startswith(f"{topic}/") and name.endswith(f"|{view}"))


@asynccontextmanager
async def ground(folder: Path) -> AsyncIterator[Ground]:
    async with open_house(Settings(data=str(folder), media=False, log_level="error")) as (house, config):
        await plant(house)
        row = await CaseRow.filter(stage=CaseStage.MEDIATING, mediator="wang").using_db(reads()).first()
        assert row is not None
        yield Ground(house, config.app, row.id)


async def test_from_the_proposal_to_the_calendar_of_each(folder: Path) -> None:
    async with ground(folder) as here, here.wang() as http, here.client() as phone:
        case = here.case
        made = await here.do(Invite(case, SeatRole.PARTY, party="p2"))
        seat = Actor("seat", made["seat"], case_id=case, session_id=made["session"])
        reporter = Actor("reporter", case, case_id=case)
        told = await here.do(c.ProposeTimes(case, [c.Proposed(at(20), 90), c.Proposed(sunday(), 60)], 0))
        assert told["revision"] == 1 and {"time": 1, "caution": "day_off", "name": ""} in told["cautions"]
        await here.do(c.AnswerTimes(case, [True, False], 1, "周日要上坟"), seat)
        await here.do(c.AnswerTimes(case, [True, True], 1), reporter)
        with pytest.raises(NotAllowed):
            await here.do(c.AnswerTimes(case, [True, True], 1), Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901"))
        assert (await here.shown("case", "staff"))["schedule"]["answers"]["p2"]["words"] == "周日要上坟"
        for document in (await here.shown("case", "reporter"), await here.shown("code", "public")):
            assert "周日要上坟" not in str(document)
        assert (await here.shown("room", seat.id))["schedule"]["mine"]["fits"] == [True, False]
        assert (await phone.get(f"/api/cases/{case}/appointment.ics")).json()["code"] == "signed_out"
        assert (await http.get(f"/api/cases/{case}/appointment.ics")).json()["code"] == "no_appointment"

        await here.do(c.FixTime(case, 0, 1))
        dossier = await here.dossier()
        slot = dossier.case.appointment.slot  # type: ignore[union-attr]
        assert slot is not None and (await here.shown("code", "public"))["appointment"].startswith(slot.start.strftime("%Y-%m-%dT%H:%M"))
        assert (await here.shown("desk", "own"))["cases"][case]["appointment"]["minutes"] == 90
        assert "schedule" not in await here.shown("room", "m"), "the mediator reads it on the case's page"

        entered = await phone.post(
            "/api/enter", json={"number": dossier.case.code.lower(), "code": f" {made['code'][:4]} {made['code'][4:]}"}
        )
        phone.headers["X-Heyi-As"] = entered.json()["as"]
        assert entered.json()["where"] == f"/join/{made['session']}"
        own, office = [await one.get(f"/api/cases/{case}/appointment.ics") for one in (phone, http)]
        assert own.headers["Content-Type"] == "text/calendar; charset=utf-8"
        entry = read(own.text)
        assert entry["DTSTART"] == slot.start.strftime("%Y%m%dT%H%M%SZ") and entry["URL"].endswith(f"/join/{made['session']}")
        assert read(office.text)["URL"].endswith(f"/case/{case}") and read(office.text)["UID"] == entry["UID"]
        names = [person.name for person in dossier.case.parties] + ["王调解员", dossier.case.title]
        assert not any(name in own.text.replace("\r\n ", "") for name in names)

        await here.do(c.MoveTime(case, at(30), 60, "调解员开会", 2))
        moved = read((await phone.get(f"/api/cases/{case}/appointment.ics")).text)
        assert moved["UID"] == entry["UID"] and int(moved["SEQUENCE"]) > int(entry["SEQUENCE"])
        slot_moved = (await here.shown("code", "public"))["appointment"]
        await here.do(c.CallOff(case, "再想想", 3))
        off = read((await phone.get(f"/api/cases/{case}/appointment.ics")).text)
        assert (off["METHOD"], off["UID"]) == ("CANCEL", entry["UID"]) and int(off["SEQUENCE"]) > int(moved["SEQUENCE"])
        shown = await here.shown("code", "public")
        assert "取消" in unescaped(off["DESCRIPTION"]) and "appointment" not in shown
        assert shown["called_off"] == slot_moved and "再想想" not in str(shown), "the hour, and not why"
        kinds = [entry.kind for entry, _, _ in await here.house.reader.ledger(case)]
        assert [kind for kind in kinds if kind.startswith("appointment.")] == [
            "appointment.proposed",
            "appointment.answered",
            "appointment.answered",
            "appointment.fixed",
            "appointment.moved",
            "appointment.called_off",
        ]


async def test_cautions_are_told_before_and_bad_times_refused(folder: Path) -> None:
    async with ground(folder) as here, here.wang() as http, here.client() as stranger:
        other = await CaseRow.filter(stage=CaseStage.AGREED).using_db(reads()).first()
        assert other is not None

        def accepted(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            dossier.case.stage, dossier.case.mediator = CaseStage.ACCEPTED, Mediator("wang", "王调解员", "committee", "县调委会")
            return Outcome()

        await here.house.store.execute(other.id, accepted)
        await here.do(c.ProposeTimes(other.id, [c.Proposed(at(10), 60)], 0))
        await here.do(c.FixTime(other.id, 0, 1))
        address = f"/api/cases/{here.case}/times"
        asked = {"times": [{"start": at(10).replace("T09:00", "T09:59"), "minutes": 30}, {"start": at(11, 20), "minutes": 30}]}
        found = (await http.post(address, json=asked)).json()["cautions"]
        number = (await here.house.reader.dossier(other.id)).case.number
        assert {"time": 0, "caution": "clash", "name": number} in found and {"time": 1, "caution": "hours", "name": ""} in found
        for times, code in (
            ([{"start": "2026-02-31T09:00", "minutes": 60}], "time_shape"),
            ([{"start": at(-1), "minutes": 60}], "time_past"),
            ([{"start": at(n), "minutes": 60} for n in range(1, 7)], "times_count"),
            ([{"start": at(1), "minutes": 60}] * 2, "times_overlap"),
            ([{"start": at(1), "minutes": "60"}], "malformed"),
        ):
            assert (await http.post(address, json={"times": times})).json()["code"] == code
        assert (await stranger.post(address, json=asked)).json()["code"] == "signed_out"
        row = await AppointmentRow.get(id=other.id, using_db=reads())
        assert row.mediator == "wang" and row.remind_at == row.starts_at - timedelta(days=1)
        begins = (await http.get(address)).json()["times"]
        assert len(begins) == 5 and (await http.post(address, json={"times": begins})).json()["cautions"] == []
        assert (await stranger.get(address)).json()["code"] == "signed_out"
        await here.do(c.MoveTime(other.id, begins[0]["start"], 60, "改到这时", 2))
        assert [one["start"] for one in (await http.get(address)).json()["times"]][:4] == [one["start"] for one in begins[1:]], (
            "what is taken is proposed to nobody"
        )


async def test_a_subscription_has_what_is_fixed_and_ends_when_it_is_ended(folder: Path) -> None:
    async with ground(folder) as here, here.wang() as http, here.client() as program:
        await here.do(c.ProposeTimes(here.case, [c.Proposed(at(5), 60)], 0))
        assert (await http.get("/api/calendar")).json() == {"on": False}
        first = (await http.post("/api/calendar")).json()["url"].removeprefix(OWN)
        assert "BEGIN:VEVENT" not in (await program.get(first)).text, "nothing is fixed yet"
        await here.do(c.FixTime(here.case, 0, 1))
        case = (await here.dossier()).case
        found = await program.get(first)
        assert found.headers["Content-Type"] == "text/calendar; charset=utf-8" and f"UID:{case.code}@" in found.text
        assert case.title not in found.text and not any(person.name in found.text for person in case.parties)
        second = (await http.post("/api/calendar")).json()["url"].removeprefix(OWN)
        assert (await program.get(first)).json()["code"] == "link_revoked"
        assert (await program.get(second.replace(".ics", "x.ics"))).json()["code"] == "link_forged"
        token = second.removeprefix("/calendar/").removesuffix(".ics")
        assert (await program.post("/api/links/exchange", json={"token": token})).json()["code"] == "link_forged", "it lets nobody in"
        seat = (await here.do(Invite(here.case, SeatRole.PARTY, party="p1")))["url"].partition("#")[2]
        assert (await program.get(f"/calendar/{seat}.ics")).json()["code"] == "link_forged", "nor does a seat's link read"
        assert (await http.get("/api/calendar")).json() == {"on": True}
        assert (await http.delete("/api/calendar")).json() == {"on": False}
        assert (await program.get(second)).json()["code"] == "link_revoked"
        assert (await program.get("/api/calendar")).json()["code"] == "signed_out"


async def test_of_two_who_fix_at_once_one_is_told_to_look_again(folder: Path) -> None:
    async with ground(folder) as here:
        await here.do(c.ProposeTimes(here.case, [c.Proposed(at(5), 60), c.Proposed(at(6), 60)], 0))
        both = await asyncio.gather(*(here.do(c.FixTime(here.case, n, 1)) for n in (0, 1)), return_exceptions=True)
        assert {type(one) for one in both} == {dict, Conflict}


async def test_a_link_opens_until_a_day_after_the_time(folder: Path) -> None:
    async with ground(folder) as here:
        before = await here.do(Invite(here.case, SeatRole.PARTY, party="p1"))
        await here.do(c.ProposeTimes(here.case, [c.Proposed(at(20), 60)], 0))
        until = (await here.dossier()).case.appointment.until  # type: ignore[union-attr]
        assert until is not None

        async def ends(seat: str) -> datetime:
            return (await Link.get(seat=seat, session_id=before["session"], revoked_at=None, using_db=reads())).expires_at

        assert await ends(before["seat"]) == until + timedelta(hours=24), "it was made before anything was arranged"
        await here.do(c.FixTime(here.case, 0, 1))
        await here.do(c.MoveTime(here.case, at(40), 60, "改到下个月", 2))
        assert await ends(before["seat"]) > until + timedelta(days=20)
        later = await here.do(Invite(here.case, SeatRole.PARTY, party="p2"))
        assert abs(await ends(later["seat"]) - await ends(before["seat"])) < timedelta(seconds=2)


async def test_guessing_an_entry_code_is_hopeless(folder: Path) -> None:
    """Twenty guesses against all codes of a case, from however many addresses and at once; then none of them is in force, and the links still are."""
    async with ground(folder) as here:
        made = [await here.do(Invite(here.case, SeatRole.PARTY, party=party)) for party in ("p1", "p2")]
        dossier = await here.dossier()
        doors, number = here.house.doors, dossier.case.code
        codes = [one["code"] for one in made]
        assert len(set(codes)) == 2 and all(len(code) == DIGITS and code.isdecimal() for code in codes)
        assert not await Link.filter(code_hash__in=codes).using_db(reads()).exists(), "kept as a hash"
        wrong = [f"{(int(codes[0]) + n) % 10**DIGITS:08}" for n in range(1, 60)]
        wrong = [code for code in wrong if code not in codes]

        async def guess(code: str, where: str = number) -> str:
            try:
                await doors.enter(where, code, False)
            except NotAllowed as refusal:
                return f"{refusal.code} {refusal.message} {refusal.detail}"
            return "in"

        assert await guess(codes[0], "HY-AAAA-AAAA") == await guess(codes[0], "") == await guess(wrong[0]) == await guess("") != "in"
        # two of these were guesses against this case
        answers = await asyncio.gather(*(guess(code) for code in wrong[: TRIES - 3]))
        assert set(answers) == {await guess("1", "HY-AAAA-AAAA")}, "one answer for whatever is wrong"
        assert await guess(codes[0]) == "in", "one guess is left"
        spent = OutboxRow.filter(case_id=here.case, kind="entry_codes_spent").using_db(reads())
        assert await spent.count() == 0
        await guess(wrong[-1])
        assert await spent.count() == 1, "the mediator is told, once"
        await guess(wrong[-2])
        assert await spent.count() == 1
        assert await guess(codes[1]) == answers[0], "spent, though it is right"
        assert len(dossier.case.parties) <= 12 and 12 * TRIES / 10**DIGITS < 1 / 400_000
        token = made[1]["url"].partition("#")[2]
        assert (await doors.exchange(token, False)).seat == made[1]["seat"], "the link still opens"
        anew = await here.do(Invite(here.case, SeatRole.PARTY, party="p2"))
        assert await guess(codes[1]) != "in" and await guess(anew["code"]) != "in", "the seat is taken: whoever has it is asked first"
        assert (await doors.enter(number, anew["code"], True)).seat == made[1]["seat"]


async def test_a_code_dies_with_its_link_and_its_time(folder: Path) -> None:
    async with ground(folder) as here:
        made = await here.do(Invite(here.case, SeatRole.PARTY, party="p2"))
        code = (await here.dossier()).case.code
        await here.house.doors.links.revoke_seat(made["session"], made["seat"])
        with pytest.raises(NotAllowed):
            await here.house.doors.enter(code, made["code"], False)
        made = await here.do(Invite(here.case, SeatRole.PARTY, party="p2"))
        await Link.filter(seat=made["seat"], revoked_at=None).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        with pytest.raises(NotAllowed):
            await here.house.doors.enter(code, made["code"], False)


async def test_codes_are_tried_slowly(folder: Path) -> None:
    async with ground(folder) as here, here.client() as http, here.client("198.51.100.9") as elsewhere:
        number = (await here.dossier()).case.code
        answers = [(await http.post("/api/enter", json={"number": number, "code": "12345678"})).json()["code"] for _ in range(11)]
        assert answers[:10] == ["entry_wrong"] * 10 and answers[10] == "too_fast"
        assert (await elsewhere.post("/api/enter", json={"number": number, "code": "12345678"})).json()["code"] == "too_fast", "of one case"
        assert (await elsewhere.post("/api/enter", json={"number": "x" * 5000, "code": "1"})).json()["code"] == "entry_wrong"


def test_what_people_type() -> None:
    assert {
        number_of(text) for text in ("HY-7K3M-92QF", " hy7k3m92qf", "7K3M 92QF", "ＨＹ－７Ｋ３Ｍ－９２ＱＦ", "ｈｙ７ｋ３ｍ９２ｑｆ")
    } == {"HY-7K3M-92QF"}
    assert number_of("7K3M92Q") == number_of("") == number_of("陈K3M92QF'--") == ""
    assert digits_of("１２３４ 5678") == digits_of("12-34-56-78") == "12345678" and digits_of("abc") == ""


async def test_the_invitation_is_printed_with_the_code_in_hand(folder: Path) -> None:
    async with ground(folder) as here, here.wang() as http, here.client() as stranger:
        made = await here.do(Invite(here.case, SeatRole.PARTY, party="p2"))
        await here.do(c.ProposeTimes(here.case, [c.Proposed(at(20), 60)], 0, "城关镇司法所二楼"))
        await here.do(c.FixTime(here.case, 0, 1))
        address = f"/api/cases/{here.case}/invitation.pdf"
        asked = {"token": made["url"].partition("#")[2], "code": made["code"]}
        answer = await http.post(address, json=asked)
        assert answer.headers["Content-Type"] == "application/pdf", answer.text
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
        case = (await here.dossier()).case
        day = county_day(case.appointment.slot.start)  # type: ignore[union-attr]
        for shown in (case.party("p2").name, case.code, made["code"][:4], f"{day.month}月{day.day}日", "司法所二楼"):
            assert shown in text.replace("\n", ""), shown
        assert case.party("p1").name not in text and case.title not in text
        assert (await http.post(address, json={**asked, "code": "00000000"})).json()["code"] == "link_forged"
        assert (await stranger.post(address, json=asked)).json()["code"] == "signed_out"


async def test_the_clock_reminds_once_through_every_way_also_after_a_restart(folder: Path) -> None:
    async with opened(folder, *Channel) as post:
        case_id = await post.order("wang")

        def accepted(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            dossier.case.stage, dossier.case.number = CaseStage.ACCEPTED, "安和人调字〔2026〕第00001号"
            dossier.case.mediator = Mediator("wang", "王某", "", "")
            return Outcome()

        await post.store.execute(case_id, accepted)
        begins = (post.clock.now() + timedelta(days=3)).astimezone(COUNTY_TIME)

        def desk() -> SchedulingDesk:
            return SchedulingDesk(post.store, post.reader, Doors(post.writer, post.clock, b"k" * 32, frozenset()), post.clock)

        await desk().do(c.ProposeTimes(case_id, [c.Proposed(begins.strftime("%Y-%m-%dT%H:%M"), 60)], 0), WANG)
        await desk().do(c.FixTime(case_id, 0, 1), WANG)
        counts = []
        for hours in (0, 47, 2, 21, 1.5, 3):
            post.clock.move(hours=hours)
            counts.append([await desk().look_at_the_clock(), await desk().look_at_the_clock()])
        assert counts == [[0, 0], [0, 0], [1, 0], [0, 0], [1, 0], [0, 0]]
        told = [(row.kind, row.channel, row.account, row.party) for row in await post.rows()]
        for kind in ("session_fixed", "session_tomorrow", "session_soon"):
            assert [row[1:] for row in told if row[0] == kind] == [("page", "wang", ""), ("email", "wang", ""), ("sms", "", "p1")], kind
        kept = Kept()
        await post.courier(Channel.SMS, kept).round()
        assert not [one for one in kept.letters if "调解在" in one.text], "it has begun meanwhile: no reminder comes too late"


async def test_a_reminder_waits_for_the_end_of_the_quiet_hours_and_says_when(folder: Path) -> None:
    async with opened(folder, *Channel) as post:
        case_id = await post.order("wang")

        def accepted(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            dossier.case.stage, dossier.case.mediator = CaseStage.ACCEPTED, Mediator("wang", "王某", "", "")
            return Outcome()

        await post.store.execute(case_id, accepted)
        desk = SchedulingDesk(post.store, post.reader, Doors(post.writer, post.clock, b"k" * 32, frozenset()), post.clock)
        await desk.do(c.ProposeTimes(case_id, [c.Proposed("2026-05-06T23:00", 60)], 0), WANG)
        await desk.do(c.FixTime(case_id, 0, 1), WANG)
        kept = Kept()
        await post.courier(Channel.SMS, kept).round()
        assert "约在5月6日23:00" in kept.letters[-1].text and kept.letters[-1].to == "13800005555"
        post.clock.move(hours=35.5)  # half past eleven at night
        assert await desk.look_at_the_clock() == 1
        await post.courier(Channel.SMS, kept).round()
        assert len(kept.letters) == 1
        post.clock.move(hours=9)
        await post.courier(Channel.SMS, kept).round()
        assert "提醒" in kept.letters[-1].text and len(kept.letters) == 2


async def test_who_opens_a_session_keeps_the_time_that_was_fixed_before(folder: Path) -> None:
    async with ground(folder) as here:
        row = await CaseRow.filter(stage=CaseStage.AGREED).using_db(reads()).first()
        assert row is not None

        def accepted(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            dossier.case.stage, dossier.case.mediator = CaseStage.ACCEPTED, Mediator("wang", "王调解员", "committee", "县调委会")
            dossier.room, dossier.agreement = None, None
            return Outcome()

        await here.house.store.execute(row.id, accepted)
        await here.do(c.ProposeTimes(row.id, [c.Proposed(at(3), 60)], 0))
        await here.do(c.FixTime(row.id, 0, 1))
        await here.do(OpenSession(row.id))
        assert (await here.house.reader.dossier(row.id)).case.appointment.slot is not None  # type: ignore[union-attr]
        assert await AppointmentRow.filter(id=row.id).using_db(reads()).exists()
