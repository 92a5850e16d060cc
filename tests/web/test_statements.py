"""A statement from afar at the server: asked for, agreed to, verified by a code, given once, read by nobody before its time, shown and read out in the room."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cases import commands as c
from cases.actor import Actor
from cases.errors import Invalid, NotAllowed, OutOfTurn
from cases.stating import TEXT_LIMIT
from cases.vocabulary import Role, SeatRole, SessionStage
from realtime.audience import reads_statement
from rooms.commands import Invite, OpenSession
from storage.work import Outcome
from tests.web.test_own_pages import accepted, came
from tests.web.test_scheduling import Ground
from web.rates import LIMITS

pytestmark = pytest.mark.anyio
WORDS = "去年十月他家翻修，雨水从屋檐流到我家墙上。\n我要求改排水，赔修补费 1,800 元。<b>𠮷</b>\u202e"


async def prove(here: Ground, office: Any, party: Actor) -> None:
    await here.do(c.AskIdentity(here.case, "p2"))
    codes = (await office.get(f"/api/cases/{here.case}/identity-codes")).json()["codes"]
    assert codes["p2"] not in str(await here.fragments()), "the code is in no document"
    await here.do(c.AnswerIdentity(here.case, f" {codes['p2'][:3]} {codes['p2'][3:]}"), party)


async def test_from_the_request_to_the_record(folder: Path) -> None:
    async with accepted(folder) as here, here.wang() as office, here.client() as phone, here.client() as stranger:
        case, party, reporter = here.case, Actor("party", "p2", case_id=here.case), Actor("reporter", here.case, case_id=here.case)
        await came(phone, (await here.do(c.MakePage(case, "p2")))["url"])

        async def give(text: str, key: str = "statement-key-1", **more: Any) -> Any:
            return await phone.post(f"/api/cases/{case}/statement", json={"text": text, **more}, headers={"Idempotency-Key": key})

        assert (await give(WORDS)).json()["code"] == "statement_unasked"
        await here.do(c.AskStatement(case, "在外地打工"), party)
        assert (await here.shown("own", "p1"))["afar"]["asked"] is True and "在外地打工" not in str(await here.shown("own", "p1"))
        assert (await give(WORDS)).json()["code"] == "statements_unagreed"
        with pytest.raises(OutOfTurn, match="agreed"):
            await here.do(c.AskIdentity(case, "p2"))
        await here.do(c.AgreeStatements(case, True), reporter)
        assert (await give(WORDS)).json()["code"] == "identity_first"
        assert (await phone.get(f"/api/cases/{case}/identity-codes")).json()["code"] == "not_allowed"
        await here.do(c.AskIdentity(case, "p2"))
        codes = (await office.get(f"/api/cases/{case}/identity-codes")).json()["codes"]
        with pytest.raises(Invalid, match="4 tries"):
            await here.do(c.AnswerIdentity(case, "000000" if codes["p2"] != "000000" else "111111"), party)
        await here.do(c.AnswerIdentity(case, codes["p2"]), party)

        for text, code in ((" ", "missing"), ("长" * (TEXT_LIMIT + 1), "too_long"), ("字" * 40_000, "too_long")):
            assert (await give(text)).json()["code"] == code
        first = (await give(WORDS)).json()
        assert (await give(WORDS)).json() == first, "a second tap"
        assert (await give("别的", "statement-key-2")).json()["code"] == "identity_first", "a code is good for one"
        shown = (await office.get(f"/api/cases/{case}/statements/p2")).json()
        assert first == {"sha256": hashlib.sha256(shown["text"].encode()).hexdigest(), "number": 1} and "<b>𠮷</b>" in shown["text"]
        assert (await phone.get(f"/api/cases/{case}/statements/p2")).json() == shown
        everything = str(await here.fragments())
        assert "雨水从屋檐" not in everything
        kept = [path.read_bytes() for path in (folder / "blobs").rglob("*") if path.is_file()]
        assert kept and not any("雨水".encode() in one for one in kept), "sealed at rest"

        token = await here.house.doors.issue("account", timedelta(hours=1), account="chen")
        await came(stranger, f"#{token}")
        for who in (stranger, here.client()):
            assert (await who.get(f"/api/cases/{case}/statements/p2")).json()["code"] in {"no_statement", "signed_out"}
        with pytest.raises(OutOfTurn, match="session alone"):
            await here.do(c.ReleaseStatement(case, "p2"))
        assert not await reads(here, reporter, "p2")

        with pytest.raises(Exception, match="no session"):
            await here.do(c.PresentStatement(case, "p2"))
        await here.do(OpenSession(case))
        await here.do(Invite(case, SeatRole.PARTY, party="p1"))
        with pytest.raises(OutOfTurn, match="identity"):
            await here.do(c.PresentStatement(case, "p2"))
        await at_stage(here, SessionStage.STATEMENTS)
        with pytest.raises(OutOfTurn, match="to everybody"):
            await here.do(c.HearStatement(case, "p2"))
        assert not await reads(here, reporter, "p2"), "before it is shown"
        await here.do(c.PresentStatement(case, "p2"))
        assert await reads(here, reporter, "p2")
        await here.do(c.HearStatement(case, "p2"))
        dossier = await here.dossier()
        assert dossier.room is not None
        (empty,) = [seat for seat in dossier.room.parties() if seat.party == "p2"]
        assert empty.spoken and not empty.present
        record = [line.text for line in dossier.room.record.standing()]
        assert any("宣读完毕" in line for line in record) and any(first["sha256"] in line for line in record)
        for command in (c.WithdrawStatement(case), c.AgreeStatements(case, False)):
            with pytest.raises(OutOfTurn, match="shown already"):
                await here.do(command, party)
        kinds = [entry.kind for entry, _, _ in await here.house.reader.ledger(case)]
        assert [kind for kind in kinds if kind.startswith("statement.")] == [
            "statement.asked", "statement.agreed", "statement.code_asked", "statement.code_wrong", "statement.verified", "statement.given",
            "statement.presented", "statement.heard",
        ]  # fmt: skip


async def test_it_is_withdrawn_or_given_before_the_session(folder: Path) -> None:
    async with accepted(folder) as here, here.wang() as office, here.client() as phone:
        case, party, reporter = here.case, Actor("party", "p2", case_id=here.case), Actor("reporter", here.case, case_id=here.case)
        await came(phone, (await here.do(c.MakePage(case, "p2")))["url"])
        await here.do(c.ProposeStatement(case, "p2"))
        for who in (party, reporter):
            await here.do(c.AgreeStatements(case, True), who)
        url = f"/api/cases/{case}/statement"
        for number in (1, 2):
            await prove(here, office, party)
            answer = await phone.post(url, json={"text": WORDS, "shared": True}, headers={"Idempotency-Key": f"statement-{number}"})
            assert answer.json()["number"] == number
            if number == 1:
                await here.do(c.WithdrawStatement(case), party)
                assert (await office.get(f"/api/cases/{case}/statements/p2")).json()["code"] == "no_statement"
        assert not await reads(here, reporter, "p2")
        await here.do(c.ReleaseStatement(case, "p2"))
        assert await reads(here, reporter, "p2") and (await here.shown("own", "p1"))["afar"]["others"]["p2"]["number"] == 2
        await here.do(OpenSession(case))
        await at_stage(here, SessionStage.EVIDENCE)
        with pytest.raises(OutOfTurn, match="evidence"):
            await here.do(c.PresentStatement(case, "p2"))
        made = [await phone.get(f"/api/cases/{case}/statements/p2") for _ in range(LIMITS["statement_read"][1] + 2)]
        assert made[-1].status_code == 429
        for who in (Actor("party", "p9", case_id=case), Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901")):
            with pytest.raises(NotAllowed):
                await here.do(c.AskStatement(case, "x"), who)


async def reads(here: Ground, actor: Actor, party: str) -> bool:
    return reads_statement(actor, await here.dossier(), party)


async def at_stage(here: Ground, stage: SessionStage) -> None:
    def decide(dossier: Any, numbering: Any, now: Any) -> Outcome:
        dossier.room.stage = stage
        return Outcome()

    await here.house.store.execute(here.case, decide)
