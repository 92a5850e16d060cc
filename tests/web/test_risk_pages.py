"""The risk platform at the server: the demonstration's inbox, who may ask for what, and that no copy, page or export of anybody else has any of it."""

from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cases.commands import risk as c
from cases.commands.casework import CloseCase
from cases.errors import NotAllowed
from cases.risk import CHAIN
from cases.vocabulary import RiskLevel, RiskReason, RiskState
from evidence.verifier import verify_file
from realtime.audience import fragments
from tests.web.live_session import WANG
from tests.web.risk_platform import SECRET, RiskPlatformServer
from tests.web.test_ratings import CENTRE, Rated, rated
from web.composition import open_house
from web.doctor_services import check_risk
from web.rates import LIMITS
from web.settings import Settings, SettingsError, read_settings

pytestmark = pytest.mark.anyio
WORDS = "扬言要点火烧房"


async def acknowledged(at: Rated, version: int) -> None:
    """Until the platform has it: the sender works beside us."""
    async with asyncio.timeout(10):
        while True:
            report = (await at.house.reader.dossier(at.case)).case.risk
            if report is not None and report.sync.acknowledged == version:
                return
            await asyncio.sleep(0.02)


async def report(at: Rated, actor: Any = WANG) -> None:
    await at.house.desk.do(c.ReportRisk(at.case, RiskLevel.RED, RiskReason.THREAT, WORDS), actor, "")


async def test_from_the_tap_to_the_inbox(tmp_path: Path) -> None:
    async with rated(tmp_path / "data") as at, at.client(account="centre") as centre, at.client(account="wang") as mediator:
        assert (await mediator.get("/api/risk")).json() == {"connected": True, "trial": True, "inbox": True}
        assert (await centre.get("/api/risk/cases")).json() == {"rows": [], "more": False}
        await report(at)
        await acknowledged(at, 1)
        ((case_id, row),) = (await centre.get("/api/risk/cases")).json()["rows"]
        assert (case_id, row["risk"]["state"], row["risk"]["receipt"]) == (at.case, "acknowledged", "DEMO-00001")
        (received,) = (await centre.get("/api/risk/inbox")).json()["received"]
        assert received["words"] == WORDS and received["trial"] and received["people"][0]["name"]
        assert all("****" in one["phone"] for one in received["people"] if one["phone"]) and received["people"][0]["phone"]
        same = {"same": 1, "counts": {"missing": 0, "other": 0, "unknown": 0}, "missing": [], "other": [], "unknown": []}
        assert (await centre.post("/api/risk/compare")).json() == same
        await at.house.desk.do(CloseCase(at.case, "余款另行起诉"), CENTRE, "")
        await acknowledged(at, 2)
        received = (await centre.get("/api/risk/inbox")).json()["received"]
        assert [(one["version"], one["stage"], one["outcome"]) for one in received] == [(2, "closed", "agreed"), (1, "agreed", "agreed")]
        assert "facts" not in received[0] and at.house.problems() == []
        answers = [await centre.post("/api/risk/compare") for _ in range(LIMITS["risk_compared"][1])]
        assert answers[-1].json()["code"] == "too_fast"


async def test_nobody_else_may_ask_or_report(tmp_path: Path) -> None:
    async with rated(tmp_path / "data") as at, at.client(account="wang") as mediator, at.client(account="liu") as expert:
        for path in ("/api/risk/cases", "/api/risk/inbox"):
            assert (await mediator.get(path)).status_code == 403
        assert (await mediator.post("/api/risk/compare")).status_code == 403
        async with at.client(seat="s1") as party, at.client() as stranger, at.client(account="audit") as auditor:
            for http in (party, stranger, expert, auditor):
                for path in ("/api/risk", "/api/risk/cases", "/api/risk/inbox"):
                    assert (await http.get(path)).status_code in {401, 403}
        chen = msgspec.structs.replace(WANG, id="chen")
        with pytest.raises(NotAllowed):
            await report(at, chen)


async def test_it_is_in_no_copy_that_leaves_the_house(tmp_path: Path) -> None:
    """Bundles of every profile, a party's own copy among them; and every document but the office's."""
    async with rated(tmp_path / "data") as at:
        plain = fragments(await at.house.reader.dossier(at.case))
        await report(at)
        await acknowledged(at, 1)
        ledger = await at.house.reader.ledger(at.case)
        assert [entry.kind for entry, _, _ in ledger if entry.chain == f"{at.case}/{CHAIN}"] == ["risk.reported", "risk.acknowledged"]
        told = fragments(await at.house.reader.dossier(at.case))
        assert {name for name in told if told[name] != plain.get(name)} == {f"risk/{at.case}|office", "centre/139901|staff"}
        copies = []
        async with at.client(account="wang") as mediator, at.client(seat="s1") as party:
            copies.append(await mediator.get(f"/api/cases/{at.case}/bundle"))
            copies.append(await mediator.get(f"/api/cases/{at.case}/bundle", params={"profile": "court_failure"}))
            copies.append(await party.get(f"/api/cases/{at.case}/bundle"))
        for n, copy in enumerate(copies):
            assert copy.status_code == 200, copy.text
            (tmp_path / f"{n}.zip").write_bytes(copy.content)
            assert verify_file(tmp_path / f"{n}.zip").ok
            with zipfile.ZipFile(io.BytesIO(copy.content)) as packed:
                everything = b"".join(packed.read(name) for name in packed.namelist())
            assert b"evidence.exported" in everything, "its ledger is in it"
            assert b"risk." not in everything and WORDS.encode() not in everything


async def test_without_a_platform_a_report_is_entered_and_the_health_is_well(tmp_path: Path) -> None:
    async with rated(tmp_path / "data") as at:
        await report(at, CENTRE)
        await acknowledged(at, 1)
    # the same folder, served for good: its cases are invented, and there is no platform
    async with open_house(Settings(data=str(tmp_path / "data"), media=False, log_level="error")) as (house, config):
        again = Rated(house, config.app, at.case, at.session)
        await house.desk.do(c.WithdrawRisk(at.case, "平息"), WANG, "")
        sync = (await house.reader.dossier(at.case)).case.risk.sync  # type: ignore[union-attr]
        assert sync.state is RiskState.UNCONNECTED and house.problems() == []
        async with again.client(account="centre") as centre:
            assert (await centre.get("/api/risk")).json() == {"connected": False, "trial": False, "inbox": False}
            assert (await centre.post("/api/risk/compare")).json()["code"] == "risk_unconnected"
            assert (await centre.get("/api/risk/inbox")).status_code == 404
            ((_, row),) = (await centre.get("/api/risk/cases")).json()["rows"]
            assert row["risk"]["state"] == "unconnected"


async def test_a_platform_that_is_away_shows_no_differences(tmp_path: Path) -> None:
    server = RiskPlatformServer()
    try:
        secret = tmp_path / "secret"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        settings = Settings(data=str(tmp_path / "data"), media=False, log_level="error", risk_url=server.url, risk_secret_file=str(secret))
        assert (await check_risk(settings)).status == "ok"
        async with rated(tmp_path / "data"):
            pass
        async with open_house(settings, synthetic=True) as (house, config):
            at = Rated(house, config.app, "", "")
            server.mode("failing")
            async with at.client(account="centre") as centre:
                answer = await centre.post("/api/risk/compare")
            assert (answer.status_code, answer.json()["code"], answer.json()["retry"]) == (503, "risk_away", True)
        assert "answered_500" in (await check_risk(settings)).detail
        server.mode("ok")
        server.skew(-1000)
        found = await check_risk(settings)
        assert found.status == "fail" and "s off ours" in found.detail
        secret.chmod(0o644)
        assert "chmod" in (await check_risk(settings)).detail
    finally:
        server.end()


async def test_address_and_secret_belong_together(tmp_path: Path) -> None:
    assert (await check_risk(Settings())).status == "ok"
    for alone in ({"HEYI_RISK_URL": "https://a.example"}, {"HEYI_RISK_SECRET_FILE": "x"}):
        with pytest.raises(SettingsError, match="HEYI_RISK_SECRET_FILE"):
            read_settings(alone)
