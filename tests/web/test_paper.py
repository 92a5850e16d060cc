"""A matter of personal status, signed on paper: printed, photographed back, looked at, in force; and what is refused on the way."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace

import httpx
import pypdf
import pytest
from PIL import Image

import web.rates
from agreements import commands as a
from agreements.acts import Way
from agreements.paper_scan import SIZE_LIMIT
from cases.commands.public_code import RenewCode
from cases.errors import Conflict, Invalid, OutOfTurn
from cases.vocabulary import CaseStage, SessionStage
from evidence.verifier import verify_file
from rooms import commands as c
from tests.agreements.photographed import photograph, printed_pages, signed
from tests.web.agreeing import Agreeing, agreeing
from tests.web.live_session import signed_in
from web.rates import LIMITS

pytestmark = pytest.mark.anyio


async def send(http: httpx.AsyncClient, at: Agreeing, data: bytes, key: str) -> httpx.Response:
    return await http.post(f"/api/agreements/{at.session.case}/paper", content=data, headers={"Idempotency-Key": key})


async def printed(http: httpx.AsyncClient, at: Agreeing) -> list[Image.Image]:
    answer = await http.get(f"/api/agreements/{at.session.case}/agreement.pdf")
    return printed_pages(answer.content)


async def test_from_the_printer_to_the_bundle(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data", "婚姻家庭") as at, signed_in(at.app, at.session, "wang") as http:
        session = at.session
        await at.write()
        with pytest.raises(OutOfTurn) as refused:
            await at.freeze(Way.ELECTRONIC)
        assert refused.value.code == "paper_only"
        old = await at.freeze()
        with pytest.raises(OutOfTurn) as refused:
            await session.do(RenewCode(session.case, "二维码被人拍走了"))
        assert refused.value.code == "code_being_signed", "the marks on the pages have it"
        old_pages = await printed(http, at)
        assert (await send(http, at, b"x", "before-signing")).json()["code"] == "wrong_stage"
        await session.do(a.ObjectTo(session.case, "写明账户"), at.parties[0])
        text = await at.freeze()
        assert text == old, "nothing was changed, but it is another document: the pages say so"
        await at.confirm(text)
        await session.do(c.MoveStage(session.case, SessionStage.SIGNING))
        pages = [signed(page, seed) for seed, page in enumerate(await printed(http, at))]
        assert len(pages) == 2

        for data, code in (
            (b"", "paper_empty"), (b"%PDF-nothing", "paper_not_a_picture"), (photograph(old_pages[0]), "sheet_other_text"),
        ):  # fmt: skip
            answer = await send(http, at, data, f"wrong-{code}")
            assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert (await send(http, at, b"x", "short")).json()["code"] == "bad_key"
        answer = await send(http, at, b"\xff" * (SIZE_LIMIT + 1), "too-large")
        assert (answer.status_code, answer.json()["code"]) == (429, "paper_size")
        async with signed_in(at.app, session, "centre") as centre:
            assert (await send(centre, at, b"x", "not-centre")).json()["code"] == "not_allowed"
        photo = photograph(pages[0], turn=1, seed=5)
        assert (await send(http, at, photo, "first-page")).json() == {"taken": [1], "unread": []}
        assert (await send(http, at, b"other", "first-page")).json() == {"taken": [1], "unread": []}, "answered once"
        leaves = await leaves_of(at)
        with pytest.raises(OutOfTurn) as missing:
            await session.do(a.FilePaper(session.case, text, leaves, True))
        assert (missing.value.code, missing.value.detail["missing"]) == ("pages_missing", [2])

        # Both pages and an empty back in one scan; the first page is thereby replaced.
        out = io.BytesIO()
        pages[0].save(out, "PDF", save_all=True, append_images=[Image.new("RGB", pages[0].size, "white"), pages[1]], resolution=200)
        answer = (await send(http, at, out.getvalue(), "whole-scan")).json()
        assert (answer["taken"], [(one["sheet"], one["code"]) for one in answer["unread"]]) == ([1, 2], [(2, "sheet_no_code")])
        now = await leaves_of(at)
        assert now[0] != leaves[0]
        with pytest.raises(Conflict) as replaced:
            await session.do(a.FilePaper(session.case, text, [leaves[0], now[1]], True))
        assert replaced.value.code == "other_page"
        await session.do(a.DropPage(session.case, 2, now[1]))
        assert (await send(http, at, photograph(pages[1], seed=9), "second-page")).json()["taken"] == [2]
        leaf = await http.get(f"/api/agreements/{session.case}/paper/2.jpg")
        assert Image.open(io.BytesIO(leaf.content)).size == (1654, 2339)

        # The parties have gone home; the mediator files it.
        for party in at.parties:
            await session.do(c.LeaveRoom(session.case), party)
        leaves = await leaves_of(at)
        with pytest.raises(Invalid) as unstated:
            await session.do(a.FilePaper(session.case, text, leaves))
        assert unstated.value.code == "statement_needed"
        await session.do(a.FilePaper(session.case, text, leaves, True))
        dossier = await at.dossier()
        assert dossier.agreement is not None and dossier.room is not None
        assert (dossier.case.stage, dossier.agreement.stage) == (CaseStage.AGREED, "effective")
        assert dossier.room.stage is SessionStage.ARCHIVE
        assert dossier.case.performance is not None
        assert [(one.debtor, one.creditor, one.amount) for one in dossier.case.performance.obligations] == [("p1", "p2", "1800.00")]
        with pytest.raises(OutOfTurn):
            await session.do(a.DropPage(session.case, 2, leaves[1]))

        pdf = tmp_path / "agreement.pdf"
        pdf.write_bytes((await http.get(f"/api/agreements/{session.case}/agreement.pdf")).content)
        report = verify_file(pdf, await anchor(http))
        assert report.ok and "signed_on_paper" in {check.code for check in report.checks if check.status == "warn"}
        filed = await http.get(f"/api/cases/{session.case}/file.pdf")
        (enclosed,) = pypdf.PdfReader(io.BytesIO(filed.content)).attachment_list
        assert enclosed.content == pdf.read_bytes(), "its pages are in the paper file, and it comes along as it is"
        bundle = tmp_path / "bundle.zip"
        bundle.write_bytes((await http.get(f"/api/cases/{session.case}/bundle")).content)
        report = verify_file(bundle, await anchor(http))
        assert report.ok, [check for check in report.checks if check.status == "fail"]
        entered = next(check for check in report.checks if check.code == "as_entered")
        with zipfile.ZipFile(bundle) as members:
            names = [name for name in members.namelist() if name.startswith("paper/")]
            assert len(names) == 5 and members.read(next(n for n in names if n.endswith(".pdf") and "source" in n)) == out.getvalue()
            read = pypdf.PdfReader(io.BytesIO(members.read("paper/printed.pdf")))
        assert entered.detail["compared"] >= len(names) + 1
        cited = next(check for check in report.checks if check.code == "recording_cited")
        assert (cited.status, cited.detail["segments"]) == ("ok", 0)
        assert "录音录像：本次调解至此时未录音录像。" in "".join(page.extract_text() for page in read.pages).replace("\n", "")


async def test_so_many_pages_at_once_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.rates, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    async with agreeing(tmp_path / "data") as at, signed_in(at.app, at.session, "wang") as http:
        await at.write()
        await at.confirm(await at.freeze())
        await at.session.do(c.MoveStage(at.session.case, SessionStage.SIGNING))
        answers = [await send(http, at, b"", f"page-{n:06}") for n in range(LIMITS["paper"][1] + 1)]
        assert [answer.json()["code"] for answer in answers] == ["paper_empty"] * LIMITS["paper"][1] + ["too_fast"]


async def leaves_of(at: Agreeing) -> list[str]:
    agreement = (await at.dossier()).agreement
    assert agreement is not None and agreement.ceremony is not None
    return list(agreement.ceremony.leaves)


async def anchor(http: httpx.AsyncClient) -> str:
    return str((await http.get("/api/anchor")).json()["fingerprint"])
