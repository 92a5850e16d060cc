"""The package for the court: from an agreement in force, for those who may export it, with a bundle that holds."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pypdf
import pytest

from agreements import commands as a
from cases.clock import COUNTY_TIME
from cases.confirmation import DECIDED, open_until
from evidence.verifier import verify_file
from rooms.media import protocol
from rooms.room import caucus_id
from tests.web.agreeing import Agreeing, agreeing
from tests.web.live_session import WANG, signed_in

pytestmark = pytest.mark.anyio


async def enter(at: Agreeing, session: str, name: str, *, closed: bool = False) -> None:
    chunk = {"i": 0, "sha256": hashlib.sha256(name.encode()).hexdigest(), "plain": 9, "at_ms": 1_790_000_000_000, "t_last_ms": 900}
    ends = {"sha256": chunk["sha256"], "bytes": 9, "chunks": 1, "duration_ms": 900, "reason": "closed"}
    await at.session.media.recording._books.note(
        protocol.Segment(
            room=at.session.id, session=session, seat="m", part="main", directory="/nowhere", segment=name,
            chunks=[chunk], closed=ends if closed else None,
        )
    )  # fmt: skip


async def recorded(at: Agreeing) -> int:
    """Of the session a segment that is closed and one that is still written; of a private talk another, which is nobody else's. How many are everybody's."""
    await enter(at, at.session.id, "m-0001", closed=True)
    await enter(at, at.session.id, "m-0002")
    await enter(at, caucus_id(at.session.case, "12345678"), "m-0009", closed=True)
    return 2


def cited_as_the_chain_has_it(path: Path, segments: int, *, counted: bool) -> None:
    """As a clerk would find it: the hash that is read on the page is that of a line in the ledger, the newest that told of the recording by then."""
    report = verify_file(path)
    found = {check.code: (check.status, check.detail) for check in report.checks}
    assert report.ok and found["recording_cited"][0] == "ok"
    assert ("recording_not_counted" in found) is not counted
    with zipfile.ZipFile(path) as bundle:
        pdf = pypdf.PdfReader(io.BytesIO(bundle.read("agreement.pdf")))
        entries = [json.loads(line) for line in bundle.read("ledger.jsonl").splitlines()]
    said = "".join(page.extract_text() for page in pdf.pages).replace("\n", "")
    line = re.search(r"录音录像：本次调解至(.{16,17})已录存(\d+)段，存证摘要 SHA-256 ?([0-9a-f]{64})", said)
    assert line is not None, said
    frozen = next(n for n, entry in enumerate(entries) if entry["kind"] == "agreement.frozen")
    newest = [entry for entry in entries[:frozen] if entry["kind"] == "recording.segment"][-1]
    at = datetime.fromisoformat(newest["at"]).astimezone(COUNTY_TIME)
    assert line.groups() == (f"{at.year}年{at.month}月{at.day}日{at:%H时%M分}", str(segments), newest["entry_hash"])
    assert pdf.metadata is not None and pdf.metadata["/Keywords"] == f"heyi-recording/1 {segments} {newest['entry_hash']} {newest['at']}"


async def test_what_goes_to_the_court(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data") as at:
        where = f"/api/cases/{at.session.case}/confirmation"
        async with signed_in(at.app, at.session, "wang") as http:
            early = await http.get(where)
            assert (early.status_code, early.json()["code"]) == (404, "no_agreement")
            refused = await http.get(f"/api/cases/{at.session.case}/bundle", params={"profile": "court_success"})
            assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_confirm")
            segments = await recorded(at)
            text = await at.open_signing()
            await enter(at, at.session.id, "m-0003")
            for party, name in zip(at.parties, ("李某", "赵某"), strict=True):
                await at.answer_code(party, text)
                await at.sign(party, name, text)
            await at.sign(WANG, "王调解员", text)
            await at.session.do(a.SealAgreement(at.session.case, text))
            told = (await http.get(where)).json()
            assert told["bar"] == "" and told["until"]
            nameless = await http.get(f"{where}.zip", params={"court": "安和县法院"})
            assert (nameless.status_code, nameless.json()["code"]) == (422, "court_name")
            package = await http.get(f"{where}.zip", params={"court": "安和县人民法院"})
            assert package.status_code == 200, package.text
        async with signed_in(at.app, at.session, seat=at.session.party.id) as http:
            assert (await http.get(f"{where}.zip", params={"court": "安和县人民法院"})).status_code == 403
        with zipfile.ZipFile(io.BytesIO(package.content)) as held:
            assert [name[:2] for name in held.namelist()] == ["1-", "2-", "3-", "4-"]
            application, agreement, _, bundle = (held.extract(name, tmp_path) for name in held.namelist())
        said = "".join(page.extract_text() for page in pypdf.PdfReader(application).pages)
        assert "安和县人民法院" in said and "11010519491231002X" in said
        anchor = at.app.state.bundles.fingerprint
        (tmp_path / "court.heyi.zip").write_bytes(Path(bundle).read_bytes())
        for path in (Path(agreement), tmp_path / "court.heyi.zip"):
            assert verify_file(path, anchor).ok
        async with signed_in(at.app, at.session, "wang") as http:
            whole = await http.get(f"/api/cases/{at.session.case}/bundle")
        (tmp_path / "full.heyi.zip").write_bytes(whole.content)
        for name, counted in (("court", False), ("full", True)):
            cited_as_the_chain_has_it(tmp_path / f"{name}.heyi.zip", segments, counted=counted)
        kinds = [entry.kind for entry, _, _ in await at.session.house.reader.ledger(at.session.case)]
        assert kinds.count("evidence.exported") == 2
        case, now = (await at.session.house.reader.dossier(at.session.case)).case, at.session.house.clock.now()
        last = open_until(case, now, personal=False)
        assert last is not None and last == date.fromisoformat(told["until"]) + timedelta(days=DECIDED), "it may be before a court now"
