"""An oral agreement at the server: its form, the case's end, the bundle."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import httpx
import pytest

from cases.errors import OutOfTurn
from cases.vocabulary import Act, CaseStage, SessionStage
from evidence.verifier import verify_file
from rooms import commands as c
from rooms import oral_agreement
from storage.database import reads
from storage.models.audit import AuditEntry
from tests.web.agreeing import Agreeing, agreeing
from tests.web.live_session import signed_in
from tests.web.test_records import text_of

pytestmark = pytest.mark.anyio
TEXT = {"matters": "屋檐滴水", "facts": "雨水流到邻家院墙。", "content": "李某装水落管。", "manner": "自行安装", "deadline": "本月底前"}


async def test_from_the_first_word_to_the_bundle(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data") as at, signed_in(at.app, at.session, "wang") as http:
        session = at.session
        address = f"/api/agreements/{session.case}/oral.pdf"
        await session.do(c.WriteOral(session.case, **TEXT))
        await session.do(c.ReadOral(session.case, 1))
        room = (await at.dossier()).room
        assert room is not None
        digest = oral_agreement.text_hash(room)
        await session.do(c.ConfirmOral(session.case, digest), at.parties[0])
        with pytest.raises(OutOfTurn) as early:
            await session.do(c.ConcludeOral(session.case, digest))
        assert early.value.code == "oral_unconfirmed"
        assert (await http.get(address)).json()["code"] == "no_oral"
        await session.do(c.LeaveRoom(session.case), at.parties[1])
        await session.do(c.StateOral(session.case, at.parties[1].id, digest, "没有手机"))
        form = (await session.do(c.ConcludeOral(session.case, digest)))["form"]
        dossier = await at.dossier()
        assert dossier.room is not None and (dossier.case.stage, dossier.room.stage) == (CaseStage.AGREED, SessionStage.ARCHIVE)
        assert hashlib.sha256((await http.get(address)).content).hexdigest() == form
        await session.do(c.EndSession(session.case))
        assert (await at.dossier()).case.stage is CaseStage.AGREED
        for profile, inside in (("full", True), ("court_failure", False)):
            bundle = tmp_path / f"{profile}.zip"
            bundle.write_bytes((await http.get(f"/api/cases/{session.case}/bundle?profile={profile}")).content)
            report = verify_file(bundle)
            assert report.ok, [check for check in report.checks if check.status == "fail"]
            with zipfile.ZipFile(bundle) as members:
                assert ("oral/registration.pdf" in members.namelist()) == inside
            cited = [(check.status, check.detail["segments"]) for check in report.checks if check.code == "recording_cited"]
            assert cited == ([("ok", 0)] if inside else [])
        assert "本次调解至此时未录音录像" in text_of((await http.get(address)).content)
        certificate = f"/api/cases/{session.case}/certificate.pdf"
        assert "口头协议" in text_of((await http.get(certificate)).content)
        async with signed_in(at.app, session, seat=at.parties[0].id) as party:
            assert (await party.get(certificate)).status_code == 200
            await own_copy(party, at, tmp_path / "own.zip")
            assert (await party.post(f"/api/cases/{session.case}/people/p2/reveal", json={"reason": "contact"})).json()[
                "code"
            ] == "not_allowed"
        await looked(http, session.case)
        async with signed_in(at.app, session, "chen") as other:
            assert (await other.get(f"/api/cases/{session.case}/looks")).json()["code"] == "not_allowed"
            assert (await other.get(address)).json()["code"] == "no_oral"
            assert (await other.get(certificate)).json()["code"] == "no_certificate"


async def looked(http: httpx.AsyncClient, case: str) -> None:
    """What is masked is shown for a reason, which is listed."""
    whole = (await http.post(f"/api/cases/{case}/people/p1/reveal", json={"reason": "contact"})).json()
    assert whole["name"] == "李某" and whole["phone"] == "13800001234"
    told = (await http.get(f"/api/cases/{case}/looks")).json()
    assert told["count"] == 1 and {key: told["looks"][0][key] for key in ("by", "party", "reason")} == {
        "by": "王调解员",
        "party": "李某",
        "reason": "contact",
    }
    # Who audits learns that, and of which case, and neither whose data it was nor a word of it.
    assert (await http.post(f"/api/cases/{case}/people/p1/reveal", json={"reason": "curious"})).status_code == 422
    (row,) = await AuditEntry.filter(act=Act.CASE_REVEALED).using_db(reads())
    assert (row.by, row.role, row.detail) == ("wang", "mediator", "contact") and row.subject.startswith("HY-")
    for _ in range(25):
        answer = await http.post(f"/api/cases/{case}/people/p1/reveal", json={"reason": "contact"})
        if answer.status_code != 200:
            break
    assert answer.json()["code"] == "too_fast"


async def own_copy(party: httpx.AsyncClient, at: Agreeing, path: Path) -> None:
    """A party takes its own copy, no other, and not without end."""
    address = f"/api/cases/{at.session.case}/bundle"
    for profile in ("full", "court_success"):
        assert (await party.get(f"{address}?profile={profile}")).json()["code"] == "not_allowed"
    # whose copy it is says the seat, whatever is asked for
    path.write_bytes((await party.get(f"{address}?party=p2")).content)
    assert verify_file(path).ok
    with zipfile.ZipFile(path) as members:
        assert [name for name in members.namelist() if name.startswith("consents/")] == [f"consents/{at.parties[0].id}.json"]
        assert "exported" in members.read("ledger.jsonl").decode()
    assert (await party.get(address)).json()["code"] == "too_fast"


async def test_not_in_matters_of_personal_status(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data", "婚姻家庭") as at:
        with pytest.raises(OutOfTurn) as refused:
            await at.session.do(c.WriteOral(at.session.case, **TEXT))
        assert refused.value.code == "oral_needs_paper"
        async with signed_in(at.app, at.session, seat=at.parties[0].id) as party:
            assert (await party.get(f"/api/cases/{at.session.case}/bundle")).json()["code"] == "wrong_stage", "it has not ended"
        async with signed_in(at.app, at.session, "wang") as http:
            certificate = f"/api/cases/{at.session.case}/certificate.pdf"
            assert (await http.get(certificate)).json()["code"] == "no_certificate"
            await at.session.do(c.EndSession(at.session.case, "李某出价太低，谈不拢"))
            told = text_of((await http.get(certificate)).content)
            assert "终止调解" in told and "出价" not in told
