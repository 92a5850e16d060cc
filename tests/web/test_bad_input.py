"""Bad input in a session: each gets a clear answer, and costs nobody else anything."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import msgpack
import pytest

from rehearsal import clip
from rehearsal.client import Refused, Visitor
from rehearsal.hand import scribble
from rehearsal.play import Play
from rehearsal.script import until
from rehearsal.steps import meeting, signing
from tests.serving import serving

pytestmark = pytest.mark.anyio


async def refusal(work: object) -> Refused:
    with pytest.raises(Refused) as refused:
        await work  # type: ignore[misc]
    return refused.value


async def test_links_seats_and_signatures(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        async with Play(server, clip.load(), tmp_path) as play:
            assert await play.run(until(meeting.see_each_other)), play.steps[-1]
            mediator, one, two = play.seats["m"], play.seats["s1"], play.seats["s2"]

            # a party may not do what the mediator may
            assert (await refusal(one.do("move_stage", to="notice"))).code == "not_allowed"
            assert (await refusal(one.do("open_caucus", seats=["s2"]))).code == "not_allowed"
            assert (await refusal(one.do("freeze"))).code in {"not_allowed", "wrong_stage"}
            # a link of this session opens no other case
            assert (await refusal(one.client.do({"t": "knock", "case": "0123456789abcdef"}))).code == "no_case"
            # stages are not skipped
            skipped = await refusal(mediator.do("move_stage", to="signing"))
            assert skipped.code == "gate_closed" and skipped.detail["missing"]
            # a malformed offer is refused and costs nobody anything
            assert (await refusal(one.ask("publish", sdp="v=0\r\nnonsense"))).code == "media_bad_sdp"
            assert (await refusal(one.ask("answer", sdp="v=0", revision=99))).code.startswith("media_")
            assert (await refusal(one.ask("dance"))).code == "unknown_request"

            # an expert only with everybody's consent
            made = await mediator.do("invite", role="expert", name="刘律师")
            await two.do("consent", point="expert", given=False)
            expert = await play.visit("e1", made["url"])
            await expert.do({"t": "knock", "case": play.case})
            assert (await refusal(mediator.do("admit", seat="e1"))).code == "no_expert_consent"
            assert (await refusal(mediator.do("invite", role="expert", name="久坐", minutes=600))).code == "minutes"

            # a second device on the same seat asks first, then takes over and the first one is told
            link = (await mediator.do("invite", role="party", party="p2"))["url"]
            second = play.visitor()
            assert (await refusal(second.open(link))).code == "link_used"
            await second.open(link, take_over=True)
            await asyncio.wait_for(two.client.socket.wait_closed(), 5)
            assert two.client.socket.close_code == 4409
            # whoever took a seat over waits in the lobby again, and the card is compared anew
            await mediator.client.until(lambda: mediator.doc["seats"]["s2"]["state"] == "invited")
            assert mediator.doc["seats"]["s2"]["verified"] is False
            assert (await refusal(Visitor(server).open(link))).code == "link_used"

            # a withdrawn seat is cut at once, and its link stays shut
            async with second.connect() as taken:
                await mediator.do("remove_seat", seat="s2")
                await asyncio.wait_for(taken.socket.wait_closed(), 5)
                assert taken.socket.close_code == 4403
            assert (await refusal(second.open(link, take_over=True))).code == "link_revoked"


async def test_drafts_and_signatures(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        async with Play(server, clip.load(), tmp_path, recording=False) as play:
            skipped = {meeting.see_each_other, meeting.caucus, meeting.expert}
            assert await play.run(step for step in until(signing.sign) if step[1] not in skipped), play.steps[-1]
            mediator, one, two = play.seats["m"], play.seats["s1"], play.seats["s2"]
            name = mediator.doc["agreement"]["signers"]["s1"]
            # an outdated hash, a wrong name, an empty scribble, the mediator before the parties
            assert (await refusal(one.do("sign", hash=play.hash, strokes=scribble(), name=name))).code == "intent_needed"
            assert (await refusal(one.do("sign", hash="0" * 64, strokes=scribble(), name=name, intent=True))).code == "other_text"
            assert (await refusal(one.do("sign", hash=play.hash, strokes=scribble(), name="别人", intent=True))).code == "other_name"
            empty = json.dumps({"width": 600, "height": 200, "strokes": [[[1, 1, 0], [2, 2, 1]]]})
            assert (await refusal(one.do("sign", hash=play.hash, strokes=empty, name=name, intent=True))).code.startswith("strokes_")
            assert (await refusal(one.do("sign", hash=play.hash, strokes="not json", name=name, intent=True))).code == "strokes_malformed"
            who = mediator.doc["agreement"]["signers"]["m"]
            assert (await refusal(mediator.do("sign", hash=play.hash, strokes=scribble(), name=who, intent=True))).code == "too_early"
            assert (await refusal(mediator.do("seal", hash=play.hash))).code == "wrong_stage"
            # the frozen text is not edited
            await two.open_draft()
            assert two.hand is not None
            two.hand.write("terms-1", "再加一句。")
            assert (await refusal(two.save())).code == "draft_wrong_stage"
            # two sign at once, each with a code of the own: both signatures are in the file
            for seat in ("s1", "s2"):
                await signing.answer_code(play, seat)
            names = mediator.doc["agreement"]["signers"]
            await asyncio.gather(
                one.do("sign", hash=play.hash, strokes=scribble(), name=names["s1"], intent=True),
                two.do("sign", hash=play.hash, strokes=scribble(), name=names["s2"], intent=True),
            )
            await mediator.client.until(lambda: sorted(mediator.doc["agreement"]["signed"]) == ["s1", "s2"])
            # an objection voids everything
            await one.do("object", reason="金额写错了")
            await mediator.client.until(lambda: mediator.doc["agreement"]["stage"] == "drafting")
            assert mediator.doc["stage"] == "drafting" and mediator.doc["agreement"]["void_reason"] == "金额写错了"


async def test_a_name_that_no_font_can_print(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        visitor = Visitor(server)
        report = {"title": "漏水", "facts": "楼上漏水。", "region": "139901001", "name": "李\U0003134a", "phone": "13800001234"}
        answer = await visitor.http.post("/api/reports", data={"report": json.dumps(report)}, headers={"Idempotency-Key": "rare-name"})
        await visitor.http.aclose()
        body = answer.json()
        assert answer.status_code == 422 and body["code"] == "missing_glyph"
        assert body["detail"]["field"] == "name" and body["detail"]["code_point"] == "U+3134A"


async def test_a_malformed_message_costs_nobody_else_anything(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        first, second = Visitor(server), Visitor(server)
        await first.open(server.links["centre"])
        await second.open(server.links["mediator"])
        async with second.connect() as healthy:
            await healthy.follow("desk/wang")
            async with first.connect() as broken:
                await broken.socket.send(msgpack.packb({"t": "do", "key": "x", "command": {"t": "explode"}}))
                await broken.socket.wait_closed()
                assert broken.socket.close_code == 4400
            await healthy.settle()
            assert healthy.docs["desk/wang"]["cases"]
        await first.http.aclose()
        await second.http.aclose()
