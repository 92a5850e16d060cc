"""The paper file over HTTP: who has it, what is in it of a whole case, what never is, and what is entered when somebody opens it."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest

from agreements import commands as a
from agreements import file_pages
from cases.actor import Actor
from cases.calendar import county_day
from cases.case import Case, Photo
from cases.commands import casework as c
from cases.commands.archiving import ArchiveFile, TakeOutFile
from cases.commands.performance import NoteReceipt
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn
from cases.form_filling import CHAIN
from cases.vocabulary import CaseStage, DisputeKind, Role, SeatRole, SeatState, SessionStage
from evidence.verifier import verify_file
from rooms import commands as r
from rooms import oral_agreement
from rooms.room import Room, Seat
from storage.dossier import Dossier
from storage.work import Outcome
from tests.agreements.filed import jpeg
from tests.web.agreeing import Agreeing, agreeing
from tests.web.live_session import WANG, signed_in
from tests.web.test_acting import seated
from tests.web.test_oral import TEXT
from web import filing
from web.filed import filing_facts

pytestmark = pytest.mark.anyio

SECRET = "底价两万块"
CHEN = Actor("account", "chen")
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")


async def states(http: Any, case: str) -> dict[str, tuple[str, str]]:
    listed = (await http.get(f"/api/cases/{case}/file")).json()
    assert [item["n"] for item in listed["items"]] == list(range(1, 14))
    return {item["doc"]: (item["state"], item["reason"]) for item in listed["items"]}


def text_of(pdf: bytes) -> list[str]:
    return [re.sub(r"\s", "", page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


async def agree(at: Agreeing) -> None:
    session = at.session
    text = await at.open_signing()
    for party, name in zip(at.parties, ("李某", "赵某"), strict=True):
        await at.answer_code(party, text)
        await at.sign(party, name, text)
    await at.sign(WANG, "王调解员", text)
    await session.do(a.SealAgreement(session.case, text))


async def photographed(at: Agreeing) -> None:
    """Two photographs with the report."""
    names = ("0a0b0c0d", "1a1b1c1d")
    for name in names:
        await at.session.house.blobs.put(f"photos/{name}.jpg", jpeg())

    def decide(dossier: Dossier, numbering: Any, now: Any) -> Outcome:
        dossier.case.photos += [Photo(name, 2000, 1500) for name in names]
        return Outcome()

    await at.session.house.store.execute(at.session.case, decide)


async def test_from_the_session_to_the_bound_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with agreeing(tmp_path / "data") as at:
        session, case = at.session, at.session.case
        where = f"/api/cases/{case}/file"
        await photographed(at)
        # What is said in a private talk, and what is only offered, is no part of it.
        await session.do(r.OpenCaucus(case, [session.party.id]))
        await session.media.settled(session.id)
        await session.do(r.Say(case, SECRET), session.party)
        await session.close()
        async with signed_in(at.app, session, "wang") as wang, signed_in(at.app, session, "centre") as centre:
            early = await states(wang, case)
            assert early["identity"] == ("present", "verified") and early["rights"] == ("present", "confirmed")
            assert early["record"] == ("missing", "record_open") and early["agreement"] == ("missing", "not_yet")
            assert early["authority"] == ("none", "nobody_acts") and early["evidence"] == ("present", "photographs")
            refused = await wang.get(f"{where}/8.pdf")
            assert (refused.status_code, refused.json()["code"]) == (404, "no_item")
            assert (await wang.get(f"{where}/14.pdf")).status_code == 404

            # Filled in by the mediator; the centre reads it.
            done = await session.do(c.FillForm(case, "people", {"p1.nation": "汉族", "p2.work": "木匠"}, 0))
            assert done == {"revision": 1}
            with pytest.raises(Conflict) as stale:
                await session.do(c.FillForm(case, "people", {"p1.nation": "回族"}, 0))
            assert stale.value.code == "form_stale" and stale.value.detail["revision"] == 1
            await session.do(c.FillForm(case, "investigation", {"notes": "走访邻居孙某，称去年修过屋檐。"}, 0))
            listed = (await centre.get(where)).json()
            assert listed["forms"]["people"]["fields"] == {"p1.nation": "汉族", "p2.work": "木匠"} and not listed["may_fill"]
            assert listed["forms"]["people"]["by"] == "王调解员" and listed["forms"]["people"]["limits"]["p1.nation"] == 20
            (application,) = text_of((await centre.get(f"{where}/1.pdf")).content)
            assert all(word in application for word in ("李某", "汉族", "木匠", "13800001234"))

            await agree(at)
            assert (await states(wang, case))["record"] == ("missing", "record_open")
            with pytest.raises(Invalid) as incomplete:
                await session.do(c.CloseCase(case))
            assert incomplete.value.code == "file_incomplete" and incomplete.value.detail["missing"] == ["record"]
            await session.do(r.CloseRecord(case, "当事人已离开"))
            await session.do(NoteReceipt(case, "o1", county_day((await at.dossier()).case.agreed_at).isoformat(), "1800.00"))  # type: ignore[union-attr]
            took = await wang.post(
                f"/api/cases/{case}/receipts/o1/r1/photo", content=jpeg(), headers={"Idempotency-Key": "receipt-photo-1"}
            )
            assert took.status_code == 200, took.text
            register, photographs = text_of((await wang.get(f"{where}/9.pdf")).content)
            assert "1800.00" in register and "照片1" in photographs and "未印入" not in photographs
            monkeypatch.setattr(filing, "MOST", 1)
            assert "另有1张照片未印入本卷" in text_of((await wang.get(f"{where}/6.pdf")).content)[0]
            monkeypatch.undo()
            late = await states(wang, case)
            assert [doc for doc, (state, _) in late.items() if state == "missing"] == ["visits"]

            whole = await wang.get(f"{where}.pdf")
            assert whole.status_code == 200, whole.text
            pages = text_of(whole.content)
            everything = "".join(pages)
            assert SECRET not in everything and "11010519491231002X" not in everything.replace("".join(pages[_span(whole.content, 8)]), "")
            assert "必须归卷的材料齐全" in pages[1] and "缺尚未回访" in pages[1]
            order = [
                "人民调解申请书",
                "人民调解当事人权利义务告知书",
                "当事人身份证明",
                "人民调解调查记录",
                "人民调解证据材料",
                "人民调解笔录",
                "人民调解协议书",
                "履行情况登记",
                "卷宗情况说明",
            ]
            starts = [next(index for index, page in enumerate(pages[2:], 2) if title in page[:60]) for title in order]
            assert starts == sorted(starts)
            assert "调解员在视频中将身份证件与本人比对一致" in pages[starts[2]] and "110105********002X" in pages[starts[2]]
            assert "女" in pages[starts[0]], "as the number tells that the agreement has"
            agreement, _ = await at.present()
            (enclosed,) = pypdf.PdfReader(io.BytesIO(whole.content)).attachment_list
            assert enclosed.content == agreement
            (tmp_path / "agreement.pdf").write_bytes(enclosed.content)
            assert verify_file(tmp_path / "agreement.pdf", at.app.state.bundles.fingerprint).ok
            assert hashlib.sha256(agreement).hexdigest() in pages[starts[6]]

            # Paper that lies in the file alone has a page to be put on.
            await session.do(c.FillForm(case, "enclosed", {"visits": "回访笔录 1 页，周主任记"}, 0))
            assert (await states(wang, case))["visits"] == ("present", "enclosed")
            assert "回访笔录1页，周主任记" in text_of((await wang.get(f"{where}.pdf")).content)[1]

            await _refused_to_others(at, where)
            ledger = [
                (entry.kind, payload) for entry, _, payload in await session.house.reader.ledger(case) if entry.chain == f"{case}/{CHAIN}"
            ]
            taken = [payload for kind, payload in ledger if kind == "file.taken"]
            assert len(taken) == 2 and taken[0] is not None and taken[0]["sha256"] == hashlib.sha256(whole.content).hexdigest()
            assert [(p["by"], p["item"]) for kind, p in ledger if kind == "file.opened" and p] == [
                ("account:centre", 1),
                ("account:wang", 9),
                ("account:wang", 6),
            ]

            await session.do(c.CloseCase(case))
            assert (await at.dossier()).case.stage is CaseStage.CLOSED
            with pytest.raises(OutOfTurn) as going_on:
                await session.do(ArchiveFile(case))
            assert going_on.value.code == "session_open"
            await session.do(r.EndSession(case))
            kept = await session.do(ArchiveFile(case, "档案室 3 柜"), CENTRE)
            bound = (await wang.get(f"{where}.pdf")).content
            assert hashlib.sha256(bound).hexdigest() == kept["sha256"] and kept["pages"] == len(text_of(bound))
            assert "检查人周主任" in text_of(bound)[-1] and bound == (await centre.get(f"{where}.pdf")).content, (
                "as it was archived, to the byte"
            )
            held = (await at.dossier()).case.archived
            assert held is not None and (held.sha256, held.pages) == (kept["sha256"], kept["pages"])
            shut = (await wang.get(where)).json()
            assert not shut["may_fill"]
            with pytest.raises(OutOfTurn) as archived:
                await session.do(c.FillForm(case, "cover", {"kept": "长期"}, 0))
            assert archived.value.code == "file_archived"
            (back,) = text_of((await wang.get(f"{where}/13.pdf")).content)
            assert "检查人周主任" in back and "归档日期20" in back
            await session.do(TakeOutFile(case, "补保管期限"), CENTRE)
            await session.do(c.FillForm(case, "cover", {"kept": "长期"}, 0))
            assert (await wang.get(f"{where}.pdf")).content != bound


def _span(pdf: bytes, n: int) -> slice:
    """Where the pages of an item lie, by the outline."""
    read = pypdf.PdfReader(io.BytesIO(pdf))
    starts = [(str(one.title), read.get_destination_page_number(one)) for one in read.outline]  # type: ignore[union-attr]
    at = next(index for index, (title, _) in enumerate(starts) if title.startswith(f"{n}\u3000"))
    return slice(starts[at][1], starts[at + 1][1])


async def _refused_to_others(at: Agreeing, where: str) -> None:
    session = at.session
    for somebody in ({"account": "chen"}, {"account": "grid1"}, {"account": "liu"}, {"seat": session.party.id}):
        async with signed_in(at.app, session, **somebody) as http:
            for path in (where, f"{where}.pdf", f"{where}/1.pdf", f"{where}/0.pdf"):
                answer = await http.get(path)
                assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), (somebody, path)
    with pytest.raises(NotAllowed):
        await session.do(c.FillForm(session.case, "statement", {"words": "x"}, 0), session.party)
    with pytest.raises(NotAllowed):
        await session.do(c.FillForm(session.case, "statement", {"words": "x"}, 0), CHEN)


async def test_a_file_that_changes_while_it_is_bound_is_archived_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with agreeing(tmp_path / "data") as at:
        session, case = at.session, at.session.case

        def over(dossier: Dossier, numbering: Any, now: Any) -> Outcome:
            dossier.case.stage = CaseStage.CLOSED
            assert dossier.room is not None
            dossier.room.ended_at = now
            return Outcome()

        await session.house.store.execute(case, over)
        binding = filing.FilingDesk.bound

        async def meanwhile(desk: Any, house: Any, dossier: Dossier) -> Any:
            await session.do(c.FillForm(case, "cover", {"kept": "长期"}, len((await at.dossier()).case.forms)))
            return await binding(desk, house, dossier)

        monkeypatch.setattr(filing.FilingDesk, "bound", meanwhile)
        with pytest.raises(Conflict) as changed:
            await session.do(ArchiveFile(case, reason="被申请人没有来"))
        assert changed.value.code == "file_changed" and (await at.dossier()).case.archived is None
        monkeypatch.undo()
        monkeypatch.setattr(file_pages, "PAGES", 2)
        session.house.pool, pool = None, session.house.pool  # type: ignore[assignment]
        assert await session.do(ArchiveFile(case, reason="被申请人没有来")) == {}, "too large for one volume, it is archived all the same"
        session.house.pool = pool
        archived = (await at.dossier()).case.archived
        assert archived is not None and (archived.sha256, archived.pages) == ("", 0)


async def test_too_many_pages_and_every_form_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with agreeing(tmp_path / "data") as at:
        where = f"/api/cases/{at.session.case}/file"
        # In this process, where the limit can be made small.
        monkeypatch.setattr(file_pages, "PAGES", 2)
        at.session.house.pool, pool = None, at.session.house.pool  # type: ignore[assignment]
        async with signed_in(at.app, at.session, "wang") as wang:
            answer = await wang.get(f"{where}.pdf")
            assert (answer.status_code, answer.json()["code"]) == (409, "file_too_large")
            assert answer.json()["detail"] == {"what": "pages", "limit": 2}
            at.session.house.pool = pool
            for n, title in {
                0: "人民调解卷宗",
                2: "人民调解当事人权利义务告知书",
                5: "人民调解调查记录",
                7: "人民调解笔录",
                12: "卷宗情况说明",
                13: "卷号",
            }.items():
                opened = await wang.get(f"{where}/{n}.pdf")
                assert opened.status_code == 200 and title.replace(" ", "") in "".join(text_of(opened.content)).replace("　", ""), n


async def test_an_agent_an_oral_agreement_and_the_court(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data") as at, signed_in(at.app, at.session, "wang") as wang:
        session, case = at.session, at.session.case
        where = f"/api/cases/{case}/file"
        agent = await seated(at, "p2", name="孙某", acts="agent", authority="special")
        at.parties = [at.parties[0], agent]
        lacks = await states(wang, case)
        assert lacks["authority"] == ("missing", "acts") and lacks["identity"] == ("present", "verified")
        power = "".join(text_of((await wang.get(f"{where}/4.pdf")).content))
        assert all(word in power for word in ("授权委托书", "委托代理人孙某", "特别授权", "代为签署调解协议"))
        (identity,) = text_of((await wang.get(f"{where}/3.pdf")).content)
        assert "委托代理人孙某（代赵某）" in identity and "并查看授权委托书" in identity

        await session.do(r.WriteOral(case, **TEXT))
        await session.do(r.ReadOral(case, 1))
        room = (await at.dossier()).room
        assert room is not None
        digest = oral_agreement.text_hash(room)
        for party in at.parties:
            await session.do(r.ConfirmOral(case, digest), party)
        form = (await session.do(r.ConcludeOral(case, digest)))["form"]
        spoken = await states(wang, case)
        assert spoken["agreement"] == ("present", "spoken") and spoken["receipts"] == ("none", "nothing_owed")
        assert spoken["confirmation"] == ("none", "not_sought")
        assert hashlib.sha256((await wang.get(f"{where}/8.pdf")).content).hexdigest() == form

        package = await wang.get(f"/api/cases/{case}/confirmation.zip", params={"court": "安和县人民法院"})
        assert package.status_code == 200
        await session.do(c.FillForm(case, "confirmation", {"court": "安和县人民法院", "outcome": "裁定有效"}, 0))
        await session.do(c.FillForm(case, "enclosed", {"authority": "授权委托书原件 1 页", "record": "手写笔录 3 页"}, 0))
        done = await states(wang, case)
        assert (done["confirmation"], done["authority"], done["record"]) == (
            ("present", "sought"),
            ("present", "enclosed"),
            ("present", "enclosed"),
        )
        assert [page[:7] for page in text_of((await wang.get(f"{where}/11.pdf")).content)][::2] == ["司法确认申请书", "人民调解证明编"]
        whole = (await wang.get(f"{where}.pdf")).content
        pages = text_of(whole)
        order = ["授权委托书", "人民调解记录卷号", "人民调解口头协议登记表", "司法确认申请书", "人民调解证明", "卷宗情况说明"]
        starts = [next(index for index, page in enumerate(pages[2:], 2) if title in page[:60]) for title in order]
        assert starts == sorted(starts) and "手写笔录3页" in pages[starts[1]] and "裁定有效" in pages[starts[-1]]
        assert "此致安和县人民法院" in "".join(pages[starts[3] :])
        assert list(pypdf.PdfReader(io.BytesIO(whole)).attachment_list) == [], "nothing of it was signed electronically"


def test_a_changed_device_undoes_no_verification() -> None:
    """Facts are those of the session as it was passed."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    case = Case("k", "c", DisputeKind.DISPUTE, CaseStage.MEDIATING, "", "", "", "", "", "", now)
    seat = Seat("s1", SeatRole.PARTY, "李某", SeatState.INVITED, "p1", notice=True, verified=False)
    room = Room("r", "k", now, SessionStage.NOTICE, seats={"s1": seat})
    assert filing_facts(Dossier(case, room)).verified == 0
    room.stage = SessionStage.EVIDENCE
    assert filing_facts(Dossier(case, room)).verified == 1
