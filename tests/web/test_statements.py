"""Statements from afar at the server: the code on the telephone, the sealed content, who reads it and when, shown and heard in the session, in the minutes."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases.actor import Actor
from cases.commands import statements as c
from cases.commands.casework import CorrectParty
from cases.errors import Invalid, NotAllowed, OutOfTurn
from cases.vocabulary import Consent, Role, SeatRole, SessionStage
from realtime.audience import reads_statement
from rooms import commands as r
from storage.database import reads
from storage.models.agreements import FileRow
from tests.web.test_own_pages import accepted, came
from tests.web.test_scheduling import Ground

pytestmark = pytest.mark.anyio
TEXT = "墙是2024年砌的。<script>alert(1)</script>\n雨水不是从我家来的。"


async def give(http: httpx.AsyncClient, case: str, text: str = TEXT, key: str = "statement-1", **more: Any) -> httpx.Response:
    return await http.post(f"/api/cases/{case}/statement", json={"text": text, **more}, headers={"Idempotency-Key": key})


async def asked(here: Ground) -> tuple[Actor, Actor]:
    """Party 2 cannot come, and both agree."""
    await here.do(CorrectParty(here.case, "p2", "本人来电", phone="13700137001"))
    first, second = (Actor("party", party, case_id=here.case) for party in ("p1", "p2"))
    await here.do(c.AskStatement(here.case, "在外地打工"), second)
    await here.do(c.AgreeStatements(here.case, True), first)
    return first, second


async def verified(here: Ground, wang: httpx.AsyncClient, party: Actor) -> str:
    """The mediator calls, reads out the code, and the party enters it."""
    await here.do(c.AskIdentity(here.case, party.id))
    code = (await wang.get(f"/api/cases/{here.case}/identity-codes")).json()["codes"][party.id]
    await here.do(c.AnswerIdentity(here.case, f"{code[:3]} {code[3:]}"), party)
    return str(code)


async def test_from_the_request_to_the_minutes(folder: Path) -> None:
    async with accepted(folder) as here, here.wang() as wang, here.client() as phone, here.client() as other:
        case = here.case
        for http, party in ((phone, "p2"), (other, "p1")):
            await came(http, (await here.do(c.MakePage(case, party)))["url"])
        assert (await give(phone, case)).json()["code"] == "statement_unasked"
        _, second = await asked(here)
        assert (await here.shown("own", "p1"))["afar"]["way"] == "open"
        assert (await give(phone, case)).json()["code"] == "identity_first"
        assert (await phone.get(f"/api/cases/{case}/identity-codes")).json()["code"] == "not_allowed"
        code = await verified(here, wang, second)
        assert (await wang.get(f"/api/cases/{case}/identity-codes")).json()["codes"] == {}
        for wrong in ("", " \n ", "\u200f\u200b"):
            assert (await give(phone, case, wrong)).json()["code"] == "missing"
        assert (await give(phone, case, "墙" * 10_000)).json()["code"] == "too_long"

        twice = await asyncio.gather(give(phone, case), give(phone, case))
        told = twice[0].json()
        assert told == twice[1].json() == {"sha256": hashlib.sha256(TEXT.encode()).hexdigest(), "number": 1}, "a double tap"
        assert (await give(phone, case, key="another-tab")).json()["code"] == "identity_first"
        assert (await give(phone, case, text=f"{TEXT}改")).json()["code"] == "identity_first", (
            "under the same key, but not the same statement"
        )
        row = await FileRow.get(kind="statement", case_id=case).using_db(reads())
        assert row.sha256 == told["sha256"]
        assert TEXT[:6].encode() not in await here.house.blobs.get(row.blob), "sealed at rest"

        way = f"/api/cases/{case}/statements/p2"
        assert (await phone.get(way)).json()["text"] == (await wang.get(way)).json()["text"] == TEXT
        assert (await other.get(way)).json()["code"] == "no_statement", "not before it is shown"
        for document in (await here.fragments()).values():
            assert "雨水不是从我家来的" not in str(document) and code not in str(document)
        assert "sha256" not in str(await here.shown("own", "p1"))

        await here.do(r.OpenSession(case))
        made = await here.do(r.Invite(case, SeatRole.PARTY, party="p1"))
        one = Actor("seat", made["seat"], case_id=case, session_id=made["session"])
        await here.do(r.GiveConsent(case, Consent.ONLINE, True), one)
        await here.do(r.Knock(case), one)
        await here.do(r.Admit(case, one.id))
        await here.do(r.VerifyIdentity(case, one.id))
        absent = await here.do(r.Invite(case, SeatRole.PARTY, party="p2"))
        with pytest.raises(OutOfTurn):
            await here.do(c.PresentStatement(case, "p2"))  # not in this stage
        await here.do(r.MoveStage(case, SessionStage.NOTICE))
        await here.do(r.ConfirmNotice(case), one)
        await here.do(r.MoveStage(case, SessionStage.STATEMENTS))
        await here.do(r.GiveFloor(case, one.id))
        await here.do(r.SpeakDone(case), one)
        assert "statements" not in await here.shown("room", one.id)
        with pytest.raises(NotAllowed):
            await here.do(c.PresentStatement(case, "p2"), one)
        with pytest.raises(OutOfTurn):
            await here.do(r.MoveStage(case, SessionStage.EVIDENCE))
        await here.do(c.PresentStatement(case, "p2"))
        shown = (await here.shown("room", one.id))["statements"]["p2"]
        assert shown["sha256"] == told["sha256"] and reads_statement(one, await here.dossier(), "p2")
        assert (await other.get(way)).json()["code"] == "no_statement", "shown in the session alone: not on the page at home"
        assert not reads_statement(Actor("seat", absent["seat"], case_id=case, session_id=one.session_id), await here.dossier(), "p1")
        await here.do(r.LeaveRoom(case), one)
        assert not reads_statement(one, await here.dossier(), "p2"), "who has left sits there no more"
        await here.do(r.Knock(case), one)
        await here.do(c.HearStatement(case, "p2"))
        await here.do(r.MoveStage(case, SessionStage.EVIDENCE))
        room = (await here.dossier()).room
        assert room is not None and room.seats[absent["seat"]].spoken and not room.seats[absent["seat"]].present
        minutes = [line.text for line in room.record.lines]
        assert any("非同步陈述" in text and told["sha256"] in text for text in minutes) and any("宣读完毕" in text for text in minutes)
        assert await _code(here.do(c.WithdrawStatement(case), second)) == "statement_shown"
        entries = [
            (entry.kind, payload) for entry, _, payload in await here.house.reader.ledger(case) if entry.kind.startswith("statement.")
        ]
        assert [kind for kind, _ in entries] == [
            "statement.asked", "statement.agreed", "statement.code_asked", "statement.verified", "statement.given", "statement.done",
            "statement.presented", "statement.heard",
        ]  # fmt: skip
        assert TEXT[:6] not in str(entries), "the chain has the hash, not the words"


async def _code(doing: Any) -> str:
    with pytest.raises((OutOfTurn, NotAllowed, Invalid)) as refused:
        await doing
    return refused.value.code


async def test_who_reads_it(folder: Path) -> None:
    async with accepted(folder) as here, here.wang() as wang, here.client() as phone:
        await came(phone, (await here.do(c.MakePage(here.case, "p2")))["url"])
        first, second = await asked(here)
        await verified(here, wang, second)
        assert (await give(phone, here.case, shared=True)).status_code == 200
        readers = {
            "own": second, "mediator": Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901"),
            "centre": Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901"), "other": first,
            "another mediator": Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901"),
            "stranger": Actor("party", "p2", case_id="elsewhere"), "public": Actor("public", (await here.dossier()).case.code),
        }  # fmt: skip

        async def reading() -> set[str]:
            dossier = await here.dossier()
            return {name for name, actor in readers.items() if reads_statement(actor, dossier, "p2")}

        assert await reading() == {"own", "mediator"}
        await here.do(c.ReleaseStatement(here.case, "p2"))
        assert await reading() == {"own", "mediator", "other"}
        assert (await here.shown("own", "p1"))["afar"]["others"]["p2"]["kind"] == "text"
        assert await _code(here.do(c.WithdrawStatement(here.case), second)) == "statement_shown"


async def test_a_wrong_code_counts_and_another_device_begins_anew(folder: Path) -> None:
    async with accepted(folder) as here, here.wang() as wang, here.client() as phone, here.client() as tablet:
        url = (await here.do(c.MakePage(here.case, "p2")))["url"]
        await came(phone, url)
        first, second = await asked(here)
        await here.do(c.AskIdentity(here.case, "p2"))
        code = (await wang.get(f"/api/cases/{here.case}/identity-codes")).json()["codes"]["p2"]
        wrong = str((int(code) + 1) % 10**6).zfill(6)
        with pytest.raises(Invalid) as refused:
            await here.do(c.AnswerIdentity(here.case, wrong), second)
        assert (refused.value.code, refused.value.detail["left"]) == ("code_wrong", 4)
        assert await _code(here.do(c.AnswerIdentity(here.case, code), first)) == "statement_unasked"
        await here.do(c.AnswerIdentity(here.case, code), second)
        assert (await here.shown("own", "p2"))["afar"]["mine"]["verified"]
        assert (await came(tablet, url, take_over=True)).status_code == 200
        assert "verified" not in (await here.shown("own", "p2"))["afar"]["mine"]
        assert (await give(tablet, here.case)).json()["code"] == "identity_first"
        assert (await give(phone, here.case)).json()["code"] == "session_ended"


async def test_one_no_says_so_kindly_and_not_whose_it_was(folder: Path) -> None:
    async with accepted(folder) as here:
        first, _ = await asked(here)
        await here.do(c.AgreeStatements(here.case, False), first)
        own = (await here.shown("own", "p2"))["afar"]
        assert own["way"] == "refused" and "p1" not in str(own)
        assert (await here.shown("case", "staff"))["afar"]["agreed"] == {"p1": False, "p2": True}
        assert await _code(here.do(c.AskIdentity(here.case, "p2"))) == "statements_refused"


async def test_withdrawn_nobody_reads_it(folder: Path) -> None:
    async with accepted(folder) as here, here.wang() as wang, here.client() as phone:
        await came(phone, (await here.do(c.MakePage(here.case, "p2")))["url"])
        _, second = await asked(here)
        await verified(here, wang, second)
        told = (await give(phone, here.case)).json()
        row = await FileRow.get(kind="statement", case_id=here.case).using_db(reads())
        assert await here.do(c.WithdrawStatement(here.case), second) == {}
        with pytest.raises(KeyError):
            await here.house.blobs.get(row.blob)
        assert (await give(phone, here.case)).json() == told, "a resend is answered, and changes nothing"
        for http in (wang, phone):
            assert (await http.get(f"/api/cases/{here.case}/statements/p2")).json()["code"] == "no_statement"


async def test_a_party_without_a_place_gets_one_that_stays_empty_and_whoever_is_there_speaks_itself(folder: Path) -> None:
    async with accepted(folder) as here, here.wang() as wang, here.client() as phone:
        case = here.case
        await came(phone, (await here.do(c.MakePage(case, "p2")))["url"])
        _, second = await asked(here)
        await verified(here, wang, second)
        await give(phone, case)
        await here.do(r.OpenSession(case))
        made = await here.do(r.Invite(case, SeatRole.PARTY, party="p1"))
        one = Actor("seat", made["seat"], case_id=case, session_id=made["session"])
        await here.do(r.GiveConsent(case, Consent.ONLINE, True), one)
        await here.do(r.Knock(case), one)
        await here.do(r.Admit(case, one.id))
        await here.do(r.VerifyIdentity(case, one.id))
        await here.do(r.MoveStage(case, SessionStage.NOTICE))
        await here.do(r.ConfirmNotice(case), one)
        await here.do(r.MoveStage(case, SessionStage.STATEMENTS))
        assert await _code(here.do(c.HearStatement(case, "p2"))) == "not_presented"
        await here.do(c.PresentStatement(case, "p2"))
        room = (await here.dossier()).room
        seat = next(seat for seat in room.parties() if seat.party == "p2")  # type: ignore[union-attr]
        two = Actor("seat", seat.id, case_id=case, session_id=made["session"])
        await here.do(r.GiveConsent(case, Consent.ONLINE, True), two)
        await here.do(r.Knock(case), two)
        await here.do(r.Admit(case, two.id))
        assert await _code(here.do(c.HearStatement(case, "p2"))) == "speaks_itself"


async def test_another_device_is_not_the_one_that_was_verified(folder: Path) -> None:
    async with accepted(folder) as here, here.wang() as wang, here.client() as phone, here.client() as other:
        case = here.case
        await came(phone, (await here.do(c.MakePage(case, "p2")))["url"])
        _, second = await asked(here)
        await verified(here, wang, second)
        await came(other, (await here.do(c.MakePage(case, "p2")))["url"])
        assert "verified" not in (await here.shown("own", "p2"))["afar"]["mine"]
        assert (await give(other, case)).json()["code"] == "identity_first"
        assert (await other.post(f"/api/cases/{case}/statement/recordings", json={"size": 100})).json()["code"] == "identity_first"


async def test_a_place_in_the_room_is_verified_in_the_browser_of_the_page_alone(folder: Path) -> None:
    async with accepted(folder) as here, here.wang() as wang, here.client() as phone, here.client() as other:
        case = here.case
        await came(phone, (await here.do(c.MakePage(case, "p2")))["url"])
        _, second = await asked(here)
        await verified(here, wang, second)
        await here.do(r.OpenSession(case))
        url = (await here.do(r.Invite(case, SeatRole.PARTY, party="p2")))["url"]
        await came(phone, url)
        assert "verified" in (await here.shown("own", "p2"))["afar"]["mine"], "the same browser"
        await came(other, (await here.do(r.Invite(case, SeatRole.PARTY, party="p2")))["url"], take_over=True)
        assert "verified" not in (await here.shown("own", "p2"))["afar"]["mine"]


async def test_digits_that_were_wrong_too_often_are_gone_from_both_pages(folder: Path) -> None:
    async with accepted(folder) as here, here.wang() as wang:
        _, second = await asked(here)
        await here.do(c.AskIdentity(here.case, "p2"))
        code = (await wang.get(f"/api/cases/{here.case}/identity-codes")).json()["codes"]["p2"]
        wrong = "000000" if code != "000000" else "000001"
        answers = [await _code(here.do(c.AnswerIdentity(here.case, wrong), second)) for _ in range(6)]
        assert answers == ["code_wrong"] * 4 + ["code_over"] * 2
        office, own = (await here.shown("case", "staff"))["afar"]["statements"]["p2"], (await here.shown("own", "p2"))["afar"]["mine"]
        assert office["spent"] and own["spent"] and "code_asked" not in office and "code" not in own
        phone = (await here.dossier()).case.parties[1].phone
        assert own["phone"] != phone and own["phone"][:3] == phone[:3], "masked"
