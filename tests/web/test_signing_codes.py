"""One-time codes before signatures, in a house: both ways by one suite, and what is refused, kept and told."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agreements import commands as a
from agreements.acts import Way
from cases.actor import Actor
from cases.errors import Refusal
from cases.vocabulary import SessionStage
from realtime.audience import fragments
from rooms import commands as c
from rooms.handling import taken_over
from storage.work import Outcome
from tests.web.agreeing import Agreeing, agreeing
from tests.web.live_session import WANG
from tests.web.sms_gateway import TOKEN, SmsGateway

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]


@pytest.fixture(scope="module")
def gateway() -> Iterator[SmsGateway]:
    there = SmsGateway()
    yield there
    there.end()


@asynccontextmanager
async def at_signing(folder: Path, way: str, gateway: SmsGateway) -> AsyncIterator[tuple[Agreeing, str]]:
    token = folder / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    sms: dict[str, Any] = {"sms_url": gateway.url, "sms_token_file": str(token)} if way == "sms" else {}
    async with agreeing(folder / "data", sign_code=way, **sms) as at:
        yield at, await at.open_signing()


async def read(at: Agreeing, way: str, party: Actor, gateway: SmsGateway) -> str:
    """The code, as it comes to people."""
    if way == "screen":
        return (await at.shown_codes())[party.id]
    return re.findall(r"验证码 (\d{6})", gateway.told()[-1]["text"])[0]


async def refusal(at: Agreeing, command: Any, actor: Actor) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await at.session.do(command, actor)
    return refused.value


async def earlier(at: Agreeing, seconds: float) -> None:
    """As if every code had been asked for that much earlier."""

    def decide(dossier: Any, numbering: Any, now: Any) -> Outcome:
        for seat, asked in dossier.agreement.codes.items():
            dossier.agreement.codes[seat] = msgspec.structs.replace(asked, asked_at=asked.asked_at - timedelta(seconds=seconds))
        return Outcome()

    await at.session.house.store.execute(at.session.case, decide)


@pytest.mark.parametrize("way", ["screen", "sms"])
async def test_a_code_before_each_signature(tmp_path: Path, way: str, gateway: SmsGateway) -> None:
    async with at_signing(tmp_path, way, gateway) as (at, text):
        case, (one, two) = at.session.case, at.parties
        assert (await refusal(at, a.AnswerCode(case, text, "123456"), one)).code == "code_not_asked"
        assert (await refusal(at, a.AskCode(case, "0" * 64), one)).code == "other_text"
        assert (await refusal(at, a.AskCode(case, text), WANG)).code == "no_code_here"
        with pytest.raises(Refusal, match="one-time code"):
            await at.sign(one, "李某", text)

        assert (await at.session.do(a.AskCode(case, text), one))["way"] == way
        code = await read(at, way, one, gateway)
        assert (await refusal(at, a.AskCode(case, text), one)).code == "code_too_soon"
        # Another's code is no code, and a wrong one costs a try.
        wrong = f"{(int(code) + 1) % 10**6:06}"
        assert (await refusal(at, a.AnswerCode(case, text, code), two)).code == "code_not_asked"
        refused = await refusal(at, a.AnswerCode(case, text, wrong), one)
        assert (refused.code, refused.detail["left"]) == ("code_wrong", 4)
        for _ in range(2):  # sent again after a cut it is refused again, and counted once
            with pytest.raises(Refusal) as again:
                await at.session.house.desk.do(a.AnswerCode(case, text, wrong), one, "key-1")
            assert again.value.detail["left"] == 3
        await at.session.do(a.AnswerCode(case, text, code), one)
        if way == "screen":
            assert one.id not in await at.shown_codes(), "what was answered is shown no more"
        await at.sign(one, "李某", text)
        assert (await refusal(at, a.AskCode(case, text), one)).code == "already_signed"

        # Nothing of a code is kept or told but to whom it is for.
        dossier = await at.dossier()
        entries = [(entry.kind, payload) for entry, _, payload in await at.session.house.reader.ledger(case)]
        kinds = [kind for kind, _ in entries]
        assert [kind for kind in kinds if "code" in kind] == [
            "agreement.codeasked", "agreement.codewrong", "agreement.codewrong", "agreement.codeanswered"
        ]  # fmt: skip
        assert next(payload for kind, payload in entries if kind == "agreement.signed")["code"] == way  # type: ignore[index]
        everything = json.dumps([entries, msgspec.to_builtins(dossier), fragments(dossier)], default=str)
        assert not re.search(rf"(?<!\d){code}(?!\d)", everything)
        assert dossier.agreement is not None and dossier.agreement.codes == {}


async def test_it_ends_by_wrong_tries_by_time_and_by_another_text(tmp_path: Path, gateway: SmsGateway) -> None:
    async with at_signing(tmp_path, "screen", gateway) as (at, text):
        case, (one, two) = at.session.case, at.parties
        await at.session.do(a.AskCode(case, text), one)
        assert await at.shown_codes("chen") == {"refused": "not_allowed"}
        code = (await at.shown_codes())[one.id]
        wrong = a.AnswerCode(case, text, f"{(int(code) + 1) % 10**6:06}")
        for left in (4, 3, 2, 1, 0):
            assert (await refusal(at, wrong, one)).detail["left"] == left
        assert (await refusal(at, a.AnswerCode(case, text, code), one)).code == "code_spent"
        assert await at.shown_codes() == {}
        own = next(doc for name, doc in fragments(await at.dossier()).items() if name.endswith(f"|{one.id}"))["agreement"]["code"]
        assert own["left"] == 0 and own["way"] == "screen"
        others = next(doc for name, doc in fragments(await at.dossier()).items() if name.endswith(f"|{two.id}"))["agreement"]
        assert "code" not in others and "codes" not in others
        await earlier(at, 61)
        await at.session.do(a.AskCode(case, text), one)
        code = (await at.shown_codes())[one.id]
        await earlier(at, 300)
        assert (await refusal(at, a.AnswerCode(case, text, code), one)).code == "code_expired"
        assert await at.shown_codes() == {}
        await at.session.do(a.AskCode(case, text), one)
        code = (await at.shown_codes())[one.id]
        await at.session.do(a.AnswerCode(case, text, code), one)
        await earlier(at, 600)
        with pytest.raises(Refusal, match="too long ago"):
            await at.sign(one, "李某", text)

        # Answered on a device, and the seat is taken over by another one before the name is written.
        await at.answer_code(two, text)

        def taken(dossier: Any, numbering: Any, now: Any) -> Outcome:
            return Outcome(taken_over(dossier.room, two.id, now))

        await at.session.house.store.execute(case, taken)
        await at.session.do(c.Knock(case), two)
        await at.session.do(c.Admit(case, two.id))
        assert (await refusal(at, a.AskCode(case, text), two)).code == "not_verified"
        await at.session.do(c.VerifyIdentity(case, two.id))
        with pytest.raises(Refusal, match="one-time code"):
            await at.sign(two, "赵某", text)

        # Frozen anew, even of the same words: another revision, another code.
        await at.answer_code(one, text)
        await at.session.do(a.ObjectTo(case, "再看一遍"), two)
        text = await at.freeze(Way.ELECTRONIC)
        await at.confirm(text)
        await at.session.do(c.MoveStage(case, SessionStage.SIGNING))
        with pytest.raises(Refusal, match="one-time code"):
            await at.sign(one, "李某", text)


async def test_what_cannot_be_sent_is_told_at_the_desk(tmp_path: Path, gateway: SmsGateway) -> None:
    async with at_signing(tmp_path, "sms", gateway) as (at, text):
        case, (one, two) = at.session.case, at.parties
        gateway.mode("failing")
        try:
            assert await at.session.do(a.AskCode(case, text), one) == {"way": "screen", "failed": "answered_500"}
        finally:
            gateway.mode("ok")
        code = (await at.shown_codes())[one.id]
        await at.session.do(a.AnswerCode(case, text, code), one)
        # One whose telephone is elsewhere asks for it at the desk.
        await at.session.do(a.AskCode(case, text), two)
        assert await at.shown_codes() == {}
        await earlier(at, 61)
        assert (await at.session.do(a.AskCode(case, text, desk=True), two))["way"] == "screen"
        assert list(await at.shown_codes()) == [two.id]
        sent = gateway.told()[-1]["text"]
        assert not any(name in sent for name in ("李", "赵", "王", case))


async def test_where_none_is_asked_for(tmp_path: Path, gateway: SmsGateway) -> None:
    async with at_signing(tmp_path, "off", gateway) as (at, text):
        assert (await refusal(at, a.AskCode(at.session.case, text), at.parties[0])).code == "no_code_here"
        await at.sign(at.parties[0], "李某", text)
