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
import pytest
from typer.testing import CliRunner

from cases.actor import Actor
from cases.commands import DestroyRecordings, LiftHold, PlaceHold
from cases.errors import OutOfTurn
from cases.vocabulary import Role
from evidence.verifier import verify_file
from rooms import commands as c
from storage.models.people import Organisation
from storage.models.recordings import SegmentRow, SessionKey
from tests.web.live_session import Session, send_media, signed_in
from web.commands import cli
from web.server import open_house
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

    async def ended(self) -> None:
        await self.session.do(c.EndSession(self.case, "谈不拢"))
        await self.session.media.settled(self.session.id)

    async def kinds(self) -> list[str]:
        return [entry.kind for entry, _, _ in await self.session.house.reader.ledger(self.case)]

    def signed_in(self, account: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return signed_in(self.app, self.session, account)


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[Kept]:
    async with open_house(Settings(data=str(folder / "data"), media_workers=1, log_level="error"), synthetic=True) as (house, config):
        session = Session(house)
        await session.begin()
        await session.recorded(True)
        await send_media(session, 2.0)
        await session.recorded(False)
        yield Kept(session, config.app, folder / "data")


async def test_destroyed_means_that_nobody_can_read_it(tmp_path: Path) -> None:
    async with kept(tmp_path) as at:
        with pytest.raises(OutOfTurn):
            await at.do(DestroyRecordings(at.case, "到期"))
        await at.ended()
        key = await SessionKey.get(case_id=at.case)
        wrapped, where = bytes(key.wrapped), at.folder / "recordings" / at.session.id
        assert list(where.glob("*.enc"))
        assert any(wrapped in path.read_bytes() for path in at.folder.glob("heyi.sqlite3*")), "the search below would else prove nothing"
        async with at.signed_in("centre") as http:
            told = (await http.get(f"/api/cases/{at.case}/keeping")).json()
            assert told["may_destroy"] and told["segments"] and told["until"] is None
        async with at.signed_in("wang") as http:
            assert not (await http.get(f"/api/cases/{at.case}/keeping")).json()["may_destroy"]
        async with at.signed_in("chen") as http:
            assert (await http.get(f"/api/cases/{at.case}/keeping")).status_code == 404

        await at.do(PlaceHold(at.case, "法院调取"))
        with pytest.raises(OutOfTurn):
            await at.do(DestroyRecordings(at.case, "到期"))
        await at.do(LiftHold(at.case, "已结"))
        await at.do(DestroyRecordings(at.case, "当事人申请删除"))

        assert not where.exists() and not await SessionKey.filter(case_id=at.case).exists()
        assert {row.state for row in await SegmentRow.filter(case_id=at.case)} == {"destroyed"}
        assert not [path.name for path in at.folder.glob("heyi.sqlite3*") if wrapped in path.read_bytes()], "the key is still in the files"
        assert (await at.kinds())[-1] == "recording.destroyed"
        async with at.signed_in("wang") as http:
            for answer in (await http.post(f"/api/cases/{at.case}/playback"), await http.get(f"/api/cases/{at.case}/film/{at.session.id}")):
                assert (answer.status_code, answer.json()["code"]) == (404, "recordings_destroyed")
            bundle = await http.get(f"/api/cases/{at.case}/bundle")
        path = tmp_path / "bundle.zip"
        path.write_bytes(bundle.content)
        assert verify_file(path).ok, "what is left still proves itself"
        with zipfile.ZipFile(io.BytesIO(bundle.content)) as zipped:
            assert not [name for name in zipped.namelist() if name.startswith("recordings/")]
            tombstones = [
                name for name in zipped.namelist() if name.startswith("payloads/") and "当事人申请删除".encode() in zipped.read(name)
            ]
        assert len(tombstones) == 1


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
        assert payload["by"] == "system:retention" and payload["reason"] == "按保管期限 30 天销毁"


async def test_files_that_a_crash_left_are_removed_at_the_next_start(tmp_path: Path) -> None:
    async with kept(tmp_path) as at:
        await at.ended()
        where = at.folder / "recordings" / at.session.id
        shutil.copytree(where, tmp_path / "aside")
        await at.do(DestroyRecordings(at.case, "到期"))
        shutil.copytree(tmp_path / "aside", where)
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True):
        assert not where.exists()


async def test_the_report_and_the_policy_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with kept(tmp_path) as at:
        await at.ended()
        data = str(at.folder)
    monkeypatch.setenv("COLUMNS", "200")

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
    for wrong in (("nobody", "--days", "3"), ("committee", "--days", "-1")):
        assert (await asyncio.to_thread(run, *wrong))[0] == 1
    assert (await asyncio.to_thread(run, "committee"))[0] == 2
