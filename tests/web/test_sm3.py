"""Bundles that list SM3 too, where the installation wants it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

import web.composition
from evidence.verifier import verify_file
from tests.web.live_session import Session, signed_in
from web.composition import open_house
from web.settings import Settings, SettingsError

pytestmark = pytest.mark.anyio


async def test_the_bundle_lists_it_and_the_chain_says_so(tmp_path: Path) -> None:
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error", sm3=True), synthetic=True) as (
        house,
        config,
    ):
        session = Session(house)
        await session.begin()
        async with signed_in(config.app, session, "wang") as http:
            answer = await http.get(f"/api/cases/{session.case}/bundle")
        entry, _, payload = (await house.reader.ledger(session.case))[-1]
    assert entry.kind == "evidence.exported" and payload is not None and payload["hashes"] == ["sha256", "sm3"]
    path = tmp_path / "bundle.zip"
    path.write_bytes(answer.content)
    report = verify_file(path)
    assert report.ok and {"code": "sm3", "status": "ok", "wrong": []} in report.plain()["checks"]
    with zipfile.ZipFile(path) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
    assert manifest["hashes"] == ["sha256", "sm3"] and all(len(item["sm3"]) == 64 for item in manifest["files"])


async def test_a_machine_that_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.composition, "has_sm3", lambda: False)
    with pytest.raises(SettingsError, match="HEYI_SM3"):
        async with open_house(Settings(data=str(tmp_path / "data"), sm3=True)):
            pass
