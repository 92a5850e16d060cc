"""The package for the court: from an agreement in force, for those who may export it, with a bundle that holds."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pypdf
import pytest

from agreements import commands as a
from cases.confirmation import DECIDED, open_until
from evidence.verifier import verify_file
from tests.web.agreeing import agreeing
from tests.web.live_session import WANG, signed_in

pytestmark = pytest.mark.anyio


async def test_what_goes_to_the_court(tmp_path: Path) -> None:
    async with agreeing(tmp_path / "data") as at:
        where = f"/api/cases/{at.session.case}/confirmation"
        async with signed_in(at.app, at.session, "wang") as http:
            early = await http.get(where)
            assert (early.status_code, early.json()["code"]) == (404, "no_agreement")
            refused = await http.get(f"/api/cases/{at.session.case}/bundle", params={"profile": "court_success"})
            assert (refused.status_code, refused.json()["code"]) == (409, "nothing_to_confirm")
            text = await at.open_signing()
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
        kinds = [entry.kind for entry, _, _ in await at.session.house.reader.ledger(at.session.case)]
        assert kinds.count("evidence.exported") == 1
        case, now = (await at.session.house.reader.dossier(at.session.case)).case, at.session.house.clock.now()
        last = open_until(case, now, personal=False)
        assert last is not None and last == date.fromisoformat(told["until"]) + timedelta(days=DECIDED), "it may be before a court now"
