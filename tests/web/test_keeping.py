"""Recordings that are destroyed: keys out of the database and its files, the tombstone in the chain, and nothing left to read."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import zipfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest
from typer.testing import CliRunner

from cases.actor import Actor
from cases.commands.casework import CloseCase
from cases.commands.keeping import ApproveDestruction, AskDestruction, LiftHold, PlaceHold, WithdrawDestruction
from cases.errors import OutOfTurn
from cases.vocabulary import Role
from evidence.verifier import verify_file
from realtime.audience import fragments
from rooms import commands as c
from storage.models.audit import AuditEntry
from storage.models.people import Account, Organisation
from storage.models.recordings import SegmentRow, SessionKey
from tests.web.live_session import Session, send_media, signed_in
from web.commands import cli
from web.composition import open_house
from web.settings import Settings

pytestmark = pytest.mark.anyio
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")


class Kept:
    """A session that was recorded for some seconds."""

    def __init__(self, session: Session, app: Any, folder: Path) -> None:
        self.session, self.app, self.folder = session, app, folder
        self.case = session.case

    async def do(self, command: Any) -> None:
        await self.session.do(command, CENTRE)

    async def closed(self) -> None:
        await self.ended()
        await self.do(CloseCase(self.case, "赵某没有到场"))

    async def destroyed(self, reason: str) -> None:
        """By two people, where there is nothing to wait for."""
        await self.session.do(AskDestruction(self.case, reason))
        await self.do(ApproveDestruction(self.case))

    async def ended(self) -> None:
        await self.session.do(c.EndSession(self.case, "谈不拢"))
        await self.session.media.settled(self.session.id)

    async def kinds(self) -> list[str]:
        return [entry.kind for entry, _, _ in await self.session.house.reader.ledger(self.case)]

    def signed_in(self, account: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return signed_in(self.app, self.session, account)


@asynccontextmanager
async def kept(folder: Path, wait: int = 0) -> AsyncIterator[Kept]:
    settings = Settings(data=str(folder / "data"), media_workers=1, log_level="error", destruction_wait=wait)
    async with open_house(settings, synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        await session.recorded(True)
        await send_media(session, 2.0)
        await session.recorded(False)
        yield Kept(session, config.app, folder / "data")


async def test_destroyed_means_that_nobody_can_read_it(tmp_path: Path) -> None:
    async with kept(tmp_path) as at:
        await at.ended()
        with pytest.raises(OutOfTurn) as open_yet:
            await at.do(AskDestruction(at.case, "到期"))
        assert open_yet.value.code == "case_not_closed"
        await at.do(CloseCase(at.case, "赵某没有到场"))
        key = await SessionKey.get(case_id=at.case)
        wrapped, where = bytes(key.wrapped), at.folder / "recordings" / at.session.id
        assert list(where.glob("*.enc"))
        assert any(wrapped in path.read_bytes() for path in at.folder.glob("heyi.sqlite3*")), "the search below would else prove nothing"
        await at.do(PlaceHold(at.case, "法院调取"))
        with pytest.raises(OutOfTurn):
            await at.do(AskDestruction(at.case, "到期"))
        await at.do(LiftHold(at.case, "已结"))
        await at.destroyed("当事人申请删除")

        assert not where.exists() and not await SessionKey.filter(case_id=at.case).exists()
        assert {row.state for row in await SegmentRow.filter(case_id=at.case)} == {"destroyed"}
        assert not [path.name for path in at.folder.glob("heyi.sqlite3*") if wrapped in path.read_bytes()], "the key is still in the files"
        assert (await at.kinds())[-1] == "recording.destroyed"
        assert [one.by for one in await AuditEntry.filter(act="recordings_destroyed")] == ["centre"]
        async with at.signed_in("wang") as http:
            for answer in (await http.post(f"/api/cases/{at.case}/playback"), await http.get(f"/api/cases/{at.case}/film/{at.session.id}")):
                assert (answer.status_code, answer.json()["code"]) == (404, "recordings_destroyed")
            led = await http.get(f"/api/cases/{at.case}/film/{at.session.id}.mp4", headers={"Sec-Fetch-Mode": "navigate"})
            assert (led.status_code, led.headers["Location"]) == (303, f"/case/{at.case}/playback"), (
                "whoever opens the address reads it in words"
            )
            bundle = await http.get(f"/api/cases/{at.case}/bundle")
        path = tmp_path / "bundle.zip"
        path.write_bytes(bundle.content)
        assert verify_file(path).ok, "what is left still proves itself"
        with zipfile.ZipFile(io.BytesIO(bundle.content)) as zipped:
            assert not [name for name in zipped.namelist() if name.startswith("recordings/")]
            guide = zipped.read("说明.txt").decode()
            assert "录音录像已依规定销毁，何时、由谁、因何销毁" in guide and "没有生效的协议" in guide and "agreement.pdf" not in guide
            printed = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(zipped.read("说明.pdf"))).pages).replace("\n", "")
            assert "录音录像已依规定销毁" in printed and "没有生效的协议" in printed and "recordings 录音录像" not in printed
            tombstones = [
                name for name in zipped.namelist() if name.startswith("payloads/") and "当事人申请删除".encode() in zipped.read(name)
            ]
        assert len(tombstones) == 2, "that it was asked for, and that it was done"


async def test_destruction_waits_for_its_day_and_another_person_and_the_parties_are_told(tmp_path: Path) -> None:
    async with kept(tmp_path, wait=7) as at:
        await at.closed()

        async def told(account: str) -> dict[str, Any]:
            async with at.signed_in(account) as http:
                answer = await http.get(f"/api/cases/{at.case}/keeping")
                return dict(answer.json()) | {"status": answer.status_code}

        assert (await told("chen"))["status"] == 404
        before = await told("wang")
        assert before["may_ask"] and before["bar"] is None and before["wait"] == 7 and before["segments"] and before["until"] is None
        await at.session.do(AskDestruction(at.case, "到期"))
        waiting, own = await told("centre"), await told("wang")
        assert waiting["may_approve"] and waiting["may_withdraw"] and not waiting["may_ask"]
        assert own["may_withdraw"] and not own["may_approve"], "not by who asked"
        with pytest.raises(OutOfTurn) as early:
            await at.do(ApproveDestruction(at.case))
        dossier = await at.session.house.reader.dossier(at.case)
        assert early.value.code == "destruction_waits" and dossier.case.destruction is not None
        due = early.value.detail["due"]
        shown = fragments(dossier)
        assert shown[f"case/{at.case}|staff"]["destruction"]["due"] == due
        assert not shown[f"case/{at.case}|staff"].get("performance"), "it ended without an agreement: nothing is to be performed"
        seats = [seat.id for seat in dossier.room.parties()] if dossier.room else []
        for stream in (f"case/{at.case}|reporter", *(f"room/{at.session.id}|{seat}" for seat in seats)):
            assert shown[stream]["recordings"].keys() == {"asked", "due", "office"} and shown[stream]["recordings"]["due"] == due
        await at.do(WithdrawDestruction(at.case, "当事人还要用"))
        assert (await told("wang"))["may_ask"] and not fragments(await at.session.house.reader.dossier(at.case))[
            f"case/{at.case}|reporter"
        ].get("recordings")
        assert (await at.kinds())[-2:] == ["recording.destruction_asked", "recording.destruction_withdrawn"]
        acts = await AuditEntry.filter(act__startswith="destruction_").order_by("id")
        assert [(one.act, one.by, one.subject, one.detail) for one in acts] == [
            ("destruction_asked", "wang", dossier.case.code, due),
            ("destruction_undone", "centre", dossier.case.code, ""),
        ]


async def test_a_policy_lets_go_what_is_past_its_time_and_nothing_else(tmp_path: Path) -> None:
    async with kept(tmp_path) as at:
        assert at.session.house.desk.keeping is not None
        follow = at.session.house.desk.keeping.follow_policy
        await Organisation.filter(id="committee").update(retention_days=30)
        old = (datetime.now(UTC) - timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        await SegmentRow.filter(case_id=at.case).update(started_at=old)
        assert await follow() == 0, "the session goes on"
        await at.ended()
        await at.do(PlaceHold(at.case, "法院调取"))
        assert await follow() == 0, "on hold"
        await at.do(LiftHold(at.case, "已结"))
        await Organisation.filter(id="committee").update(retention_days=32)
        assert await follow() == 0, "not yet"
        await Organisation.filter(id="committee").update(retention_days=0)
        await Organisation.filter(id="liulin").update(retention_days=1)
        assert await follow() == 0, "another organisation's policy"
        await Organisation.filter(id="committee").update(retention_days=30)
        assert await follow() == 1 and await follow() == 0
        entry, _, payload = (await at.session.house.reader.ledger(at.case))[-1]
        assert entry.kind == "recording.destroyed" and payload is not None
        assert [(one.by, one.role) for one in await AuditEntry.filter(act="recordings_destroyed")] == [("retention", "")]
        assert payload["by_role"] == "system" and "by_name" not in payload
        assert payload["by"] == "system:retention" and payload["reason"] == "按保管期限 30 天销毁"


async def test_an_administrator_sets_the_policy_and_is_warned_of_what_it_destroys(tmp_path: Path) -> None:
    async with kept(tmp_path) as at:
        await at.ended()
        old = (datetime.now(UTC) - timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        await SegmentRow.filter(case_id=at.case).update(started_at=old)
        await Account.create(
            id="sys", login="sys", name="系统管理员", role="system_admin", region="139901", org="committee", password_hash=""
        )
        async with at.signed_in("sys") as http:
            page = "/api/administration/retention"
            rows = {row["organisation"]: row for row in (await http.get(page)).json()["organisations"]}
            assert rows["committee"]["cases"] == 1 and rows["committee"]["bytes"] > 0 and rows["liulin"]["cases"] == 0
            assert (await http.get(f"{page}/committee/due?days=40")).json() == {"cases": 0}
            assert (await http.get(f"{page}/committee/due?days=30")).json() == {"cases": 1}
            assert (await http.get(f"{page}/liulin/due?days=30")).json() == {"cases": 0}

            async def answered(organisation: str, **body: Any) -> str:
                answer = await http.post(f"{page}/{organisation}", json=body)
                return "" if answer.status_code == 200 else str(answer.json()["code"])

            assert await answered("nowhere", days=30) == "no_organisation"
            assert await answered("committee", days=-1) == "days" and await answered("committee", days=36_501) == "days"
            assert await answered("committee", days=30) == "more_would_go"
            assert (await Organisation.get(id="committee")).retention_days == 0
            assert await answered("committee", days=30, destroys=1) == ""
            assert await answered("liulin", days=90) == ""
        assert [entry.detail for entry in await AuditEntry.filter(act="retention_altered").order_by("id")] == ["0 → 30", "0 → 90"]
        assert at.session.house.desk.keeping is not None and await at.session.house.desk.keeping.follow_policy() == 1


async def test_files_that_a_crash_left_are_removed_at_the_next_start(tmp_path: Path) -> None:
    async with kept(tmp_path) as at:
        await at.closed()
        where = at.folder / "recordings" / at.session.id
        shutil.copytree(where, tmp_path / "aside")
        await at.destroyed("到期")
        shutil.copytree(tmp_path / "aside", where)
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True):
        assert not where.exists()


async def test_the_report_and_the_policy_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with kept(tmp_path) as at:
        await at.ended()
        data = str(at.folder)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["retention", *arguments, "--data", data], catch_exceptions=False)
        return done.exit_code, done.stdout

    code, out = await asyncio.to_thread(run, "--json")
    assert code == 0, out
    (row,) = json.loads(out)["organisations"]
    assert code == 0 and (row["organisation"], row["cases"], row["destroyed"], row["retention_days"]) == ("committee", 1, 0, 0)
    assert row["bytes"] > 0 and row["hours"] > 0
    assert (await asyncio.to_thread(run, "committee", "--days", "1095"))[0] == 0
    code, out = await asyncio.to_thread(run)
    assert code == 0 and "1095 days" in out
    assert "…" not in out and datetime.now(UTC).strftime("%Y-%m-%d") in out and "committee" in out, "nothing is cut off"
    for wrong in (("nobody", "--days", "3"), ("committee", "--days", "-1")):
        assert (await asyncio.to_thread(run, *wrong))[0] == 1
    assert (await asyncio.to_thread(run, "committee"))[0] == 2
