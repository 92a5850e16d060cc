"""The way of one case, and of three more, on which every free text of the protocol is written once, with markup in it."""

from __future__ import annotations

from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from cases import privacy
from cases.clock import COUNTY_TIME
from rehearsal.hand import Hand
from rehearsal.leading_text import SAID
from tests.browser.speaking import REPORTER, TAG, Speaking
from tests.serving import Server, Visitor
from tests.web.test_spoken_reports import VOICE


class Tagged(Speaking):
    """`declined`: another report; `told`: one by voice."""

    def __init__(self, server: Server, stack: AsyncExitStack) -> None:
        super().__init__(server, stack)
        self.declined = self.told = self.session = self.code = ""

    @property
    def room(self) -> dict[str, Any]:
        return self.clients["wang"].docs[f"room/{self.session}"]

    async def reported(self) -> None:
        server = self.server
        for who, link in (("centre", "centre"), ("wang", "mediator"), ("chen", "second mediator")):
            await self.come(who, server.links[link])
        self.case, self.code = await self.report("reporter")

    async def offered(self) -> None:
        await self.do("centre", "dispatch", to=["wang", "chen"], note=TAG)

    async def before(self) -> None:
        """From the offer to the case in its mediator's hands."""
        await self.do("chen", "refuse", reason=TAG)
        await self.do("wang", "accept")
        await self.do("wang", "give_back", reason=TAG)
        await self.do("centre", "dispatch", to=["wang"])
        await self.do("wang", "accept")
        await self.do("wang", "classify", dispute_type="邻里", place=f"西街{TAG}")
        await self.do("wang", "add_party", name=f"钱某{TAG}", capacity="respondent", address=TAG)
        await self.do("wang", "correct_party", party="p3", name=f"孙某{TAG}", address=f"东{TAG}", reason=TAG)
        await self.do("wang", "escalate", reason=TAG)
        await self.do("centre", "answer_escalation", what="instruct", words=TAG)
        await self._jointly()
        await self._planned()
        await self.do("centre", "report_risk", level="blue", reason="threat", words=TAG)
        await self.do("centre", "withdraw_risk", reason=TAG)
        await self.do("centre", "place_hold", reason=TAG)
        await self.do("centre", "lift_hold", reason=TAG)
        await self.do("reporter", "ask_data", wish="access", words=TAG)
        await self.do("centre", "answer_data", request="d1", granted=True, reason=TAG)
        self.code = (await self.do("centre", "renew_code", why=TAG))["code"]

    async def _jointly(self) -> None:
        await self.do("centre", "ask_joint", org="liulin", reason=TAG)
        await self.do("centre", "release_joint", share="j1", reason=TAG)
        await self.do("centre", "ask_joint", org="liulin", reason=TAG)
        await self.do("chen", "join_case", share="j2")
        await self.do("chen", "leave_joint", reason=TAG)
        await self.do("centre", "ask_joint", org="liulin", reason=TAG)
        await self.do("chen", "decline_joint", share="j3", reason=TAG)

    async def _planned(self) -> None:
        """Times, and a statement from afar."""
        day = (datetime.now(UTC).astimezone(COUNTY_TIME) + timedelta(days=5)).date()
        await self.do("wang", "propose_times", times=[{"start": f"{day}T09:00", "minutes": 60}], revision=0, place=TAG)
        await self.do("reporter", "answer_times", fits=[True], revision=1, words=TAG)
        await self.do("wang", "note_times", party="p2", fits=[True], revision=1, words=TAG)
        await self.do("wang", "fix_time", time=0, revision=1)
        await self.do("wang", "move_time", start=f"{day}T10:00", minutes=60, revision=2, place=f"二楼{TAG}", reason=TAG)
        for party in ("p2", "p3"):
            await self.come(party, (await self.do("wang", "make_page", party=party))["url"])
        await self.do("p2", "ask_statement", why=TAG)
        for who in ("reporter", "p3"):
            await self.do(who, "agree_statements", agreed=True)
        await self.do("wang", "ask_identity", party="p2")
        code = (await self.get("wang", f"/api/cases/{self.case}/identity-codes"))["codes"]["p2"]
        await self.do("p2", "answer_identity", code=code)
        await self.post("p2", f"/api/cases/{self.case}/statement", text=TAG, shared=True)
        await self.do("wang", "call_off", revision=3, reason=TAG)

    async def meet(self) -> None:
        """Everything that is written in a room, up to a draft with remarks."""
        self.session = (await self.do("wang", "open_session"))["session"]
        await self.clients["wang"].follow(f"room/{self.session}")
        for who, party in (("s1", "p1"), ("s2", "p2")):
            made = await self.do("wang", "invite", role="party", party=party)
            await self._invited(made["url"].partition("#")[2], made["code"])
            await self.come(who, made["url"])
            for point in ("online", "recording", "expert", "signature"):
                await self.do(who, "consent", point=point, given=True)
            await self.do(who, "knock")
            await self.do("wang", "admit", seat=who)
            await self.do("wang", "verify_identity", seat=who)
        await self._experts()
        await self.do("wang", "move_stage", to="notice")
        for who in ("s1", "s2"):
            await self.do(who, "confirm_notice")
        await self.do("wang", "move_stage", to="statements")
        for who in ("s1", "s2"):
            await self.do("wang", "give_floor", seat=who)
            await self.do(who, "speak_done")
            await self.do(who, "say", text=TAG)
        await self.do("wang", "set_recording", on=False, why="other", reason=TAG)
        await self._recorded()
        await self.do("wang", "move_stage", to="drafting")
        await self._drafted()

    async def _invited(self, token: str, code: str) -> None:
        """On paper."""
        wang = self.visitors["wang"]
        address = f"/api/cases/{self.case}/invitation.pdf"
        answer = await wang.http.post(address, params={"as": wang.handle}, json={"token": token, "code": code})
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF-"), answer.text[:300]

    async def _experts(self) -> None:
        await self.do("wang", "invite", role="expert", name=f"刘{TAG}", speciality=TAG)
        rows = (await self.get("wang", "/api/experts", kind="lawyer"))["rows"]
        made = await self.do("wang", "invite_expert", expert=rows[0]["id"], brief=TAG)
        await self.come("expert", made["url"])
        with suppress(ConnectionError):  # whoever has an interest is let go at once
            await self.do("expert", "declare_interest", answer="conflict", reason=TAG)
        await self.clients["wang"].follow(f"case/{self.case}")
        await self.clients["wang"].until(lambda: TAG in str(self.clients["wang"].docs[f"case/{self.case}"]["experts"]))
        self.taken.add("declare_interest.reason")

    async def _recorded(self) -> None:
        """In the written record."""
        said = f"说了{TAG}"
        await self.do("wang", "write_line", text=said, seat="s1")
        await self.clients["wang"].until(lambda: any(one["text"] == said for one in self.room["record"]["lines"].values()))
        line, written = next((int(key), one) for key, one in self.room["record"]["lines"].items() if one["text"] == said)
        await self.do("wang", "change_line", line=line, revision=written["revision"], text=f"改{TAG}")
        await self.do("s1", "object_to_line", line=line, revision=written["revision"] + 1, text=TAG)

    async def _drafted(self) -> None:
        """A text with the tag in it, and what is said to it."""
        wang = self.clients["wang"]
        await wang.request({"t": "ask", "what": "draft_open", "session": self.session})
        state = next(message for message in reversed(wang.others) if message["t"] == "draft_state")
        hand = Hand(state["client"], state["state"])
        day = (datetime.now(UTC).astimezone(COUNTY_TIME) + timedelta(days=60)).date().isoformat()
        for field in (
            "party.1.id",
            "party.2.id",
            "party.2.address",
            "disputes.responsibility",
            "performance.manner",
            "performance.deadline",
        ):
            last = field.rpartition(".")[2]
            hand.set_field(field, day if last == "deadline" else SAID["id"] if last == "id" else TAG)
        hand.write("terms-1", f"给付{TAG}。")
        await wang.request({"t": "draft_update", "session": self.session, "document": state["document"], "update": hand.take()})
        await self.do("s1", "remark", clause="terms-1", quote=TAG, text=TAG, wording=f"{TAG}元")
        await self.do("s2", "answer_remark", remark=1, text=TAG)

    async def frozen(self) -> None:
        await self.do("wang", "freeze")

    async def orally(self) -> None:
        """Back to the draft, and an agreement by word of mouth that waits for the last word."""
        await self.do("s1", "object", reason=TAG)
        for _ in range(2):
            await self.do("wang", "write_oral", matters=TAG, facts=TAG, content=TAG, manner=TAG, deadline=TAG)
            await self.do("wang", "read_oral", revision=self.room["oral"]["revision"])
            if "doubt_oral.text" not in self.taken:
                await self.do("s1", "doubt_oral", text=TAG)
        await self.do("s2", "leave_room")
        await self.do("wang", "state_oral", seat="s2", hash=self.room["oral"]["hash"], reason=TAG)

    async def after(self) -> None:
        """What was agreed, performed, rated and filed; a report that is declined, one that was told, and a matter that is answered."""
        await self.do("s1", "confirm_oral", hash=self.room["oral"]["hash"])
        await self.do("wang", "conclude_oral", hash=self.room["oral"]["hash"])
        await self.do("wang", "close_record", reason=TAG)
        await self.do("wang", "end_session", reason=TAG)
        await self._performed()
        await self.do("wang", "fill_form", form="registration", fields={"remarks": TAG}, revision=0)
        await self.do("wang", "close_case", reason=TAG)
        await self.do("wang", "archive_file", shelf=TAG, reason=TAG)
        await self.do("centre", "take_out_file", reason=TAG)
        await self._elsewhere()

    async def _performed(self) -> None:
        today = datetime.now(UTC).astimezone(COUNTY_TIME).date().isoformat()
        for what in ("一", "二", "三"):
            await self.do("wang", "set_obligation", what=f"{what}{TAG}", manner=TAG, debtor="p1", creditor="p2", due=today)
        await self.clients["wang"].follow(f"case/{self.case}")
        doc = self.clients["wang"].docs[f"case/{self.case}"]["performance"]["obligations"]
        first, second, third = sorted(doc)[-3:]
        await self.do("s1", "tell_receipt", obligation=first, on=today, note=TAG)
        await self.do("s2", "answer_receipt", obligation=first, receipt="r1", agreed=False, note=TAG)
        await self.do("wang", "take_back_receipt", obligation=first, receipt="r1", reason=TAG)
        await self.do("wang", "note_receipt", obligation=first, on=today, note=TAG)
        await self.do("wang", "drop_obligation", obligation=second, reason=TAG)
        await self.do("wang", "state_breach", obligation=third, reason=TAG)
        await self.do("wang", "waive_obligation", obligation=third, reason=TAG)
        await self.do("wang", "plan_visit", on=today, how="visit")
        await self.do("wang", "note_visit", visit="v1", on=today, outcome=TAG, satisfied=True)
        token = (await self.get("s2", f"/api/cases/{self.case}/rating"))["url"].partition("#")[2]
        await self.post("s2", "/api/ratings", token=token, score=1, words=TAG)
        await self.do("centre", "answer_rating", party="p2", on=today, outcome=TAG, satisfied=False)
        await self.do("centre", "release_words", party="p2")

    async def _elsewhere(self) -> None:
        self.told, _ = await self.report("teller", VOICE, title="", facts="")
        await self.do("centre", "write_down", self.told, facts=TAG, title=TAG)
        await self.do("centre", "classify", self.told, dispute_type="其他", kind="matter")
        await self.do("centre", "dispatch", self.told, to=["wang"])
        await self.do("wang", "accept", self.told)
        await self.do("wang", "answer_matter", self.told, outcome="done", words=TAG)
        await self.do("wang", "ask_destruction", self.told, reason=TAG, what="file")
        await self.do("centre", "withdraw_destruction", self.told, reason=TAG, what="file")
        self.declined, _ = await self.report("other")
        for again in (True, False):
            await self.do("centre", "decline_report", self.declined, why="elsewhere", words=TAG)
            if again:
                await self.do("centre", "take_up", self.declined, reason=TAG)

    async def papers(self) -> dict[str, bytes]:
        """What is printed of the case, and what whoever reported it takes away, by its address."""
        case = self.case
        printed = [
            ("wang", f"/api/cases/{case}/file.pdf"),
            ("wang", f"/api/records/{case}/record.pdf"),
            ("wang", f"/api/agreements/{case}/oral.pdf"),
            ("wang", f"/api/cases/{case}/certificate.pdf"),
            ("wang", f"/api/cases/{self.told}/file.pdf"),
            *(("wang", f"/api/cases/{case}/file/{n}.pdf") for n in (0, 3)),
        ]
        found = {address: await self._fetched(who, address) for who, address in printed}
        found["/api/residents/export"] = await self._taken_away()
        return found

    async def _taken_away(self) -> bytes:
        """By whoever reported, with the telephone of the report."""
        resident = self.visitors["resident"] = Visitor(self.server)
        resident.handle = "me"
        code = (await self.post("resident", "/api/residents/code", phone=REPORTER))["shown"]
        await self.post("resident", "/api/residents/sign-in", phone=REPORTER, code=code, agreed=privacy.VERSION)
        code = (await self.post("resident", "/api/residents/me/code"))["shown"]
        answer = await resident.http.post("/api/residents/export", params={"as": "me"}, json={"code": code})
        assert answer.status_code == 200, answer.text
        return bytes(answer.content)

    async def _fetched(self, who: str, path: str) -> bytes:
        visitor = self.visitors[who]
        answer = await visitor.http.get(path, params={"as": visitor.handle})
        assert answer.status_code == 200, f"{path}: {answer.text[:300]}"
        return bytes(answer.content)
