"""An installation with a bucket: what has ended moves there, and is played, filmed, exported, backed up and destroyed from there; the bucket may be away."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import tarfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import web.moving
from cases.commands.casework import CloseCase
from cases.commands.keeping import ApproveDestruction, AskDestruction
from evidence.verifier import verify_file
from rooms import commands as c
from storage.bucket import Bucket
from storage.moving import blobs
from storage.sealed_blobs import MARK
from tests.serving import Server
from tests.storage.object_store import ObjectStore
from tests.web.live_session import WANG, Session, send_media, until
from tests.web.test_composite import _ready
from tests.web.test_keeping import CENTRE
from tests.web.test_playback import Watched
from web.commands import cli
from web.composition import open_house
from web.doctor_services import check_bucket
from web.settings import Settings, SettingsError, read_settings

pytestmark = pytest.mark.anyio


class Installation:
    def __init__(self, folder: Path, bucket: Bucket, store: ObjectStore) -> None:
        self.bucket, self.data = bucket, folder / "data"
        keys = folder / "keys"
        keys.write_text(f"{store.key}\n{store.secret}\n")
        keys.chmod(0o600)
        self.where = {"s3_bucket": bucket.place.bucket, "s3_endpoint": store.endpoint, "s3_keys_file": str(keys)}
        self.settings = Settings(data=str(self.data), media_workers=1, log_level="error", destruction_wait=0, **self.where)

    def recorded_files(self) -> list[str]:
        """What lies in the data folder of sessions."""
        return [str(path.relative_to(self.data)) for path in (self.data / "recordings").glob("*/*") if path.is_file()]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[Session, Watched]]:
        async with open_house(self.settings, synthetic=True) as (house, config):
            session = Session(house)
            yield session, Watched(session, config.app)


@pytest.fixture
def place(tmp_path: Path, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setattr(web.moving, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(web.moving, "LONGEST", 0.4)
    return Installation(tmp_path, object_store.new_bucket(), object_store)


async def test_from_the_disk_to_the_bucket_and_from_there(
    place: Installation, object_store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place.running() as (session, at):
        await session.begin()
        await session.recorded(True)
        await send_media(session, 2.0)
        at.path = f"/api/cases/{session.case}/playback"
        await until(lambda: not any((place.data / "blobs").rglob("*.jpg")))
        assert place.recorded_files(), "nothing of a session goes that is not over"
        async with at.signed_in("wang") as http:
            before: dict[str, Any] = {}
            async with asyncio.timeout(30):
                while not before.get("segments"):
                    before = (await http.post(at.path)).json()
            whole = await at.whole(http, before["segments"][0])

        object_store.go_away()
        async with at.signed_in("wang") as http:
            assert await at.whole(http, (await http.post(at.path)).json()["segments"][0]), "what is here does not wait for the bucket"
            bundle = await http.get(f"/api/cases/{session.case}/bundle")
            assert bundle.status_code == 200 and b"recordings/" in bundle.content
        await session.do(c.EndSession(session.case, "谈不拢"))
        await session.media.settled(session.id)
        written = sorted(place.recorded_files())
        await until(lambda: any("wait in the data folder" in problem for problem in session.house.problems()))
        assert sorted(place.recorded_files()) == written, "nothing is lost"
        object_store.come_back()
        await until(lambda: not place.recorded_files())
        await until(lambda: session.house.problems() == [])
        stored = dict(place.bucket.listed("recordings"))
        assert sorted(stored) == written and any(name.endswith(".webm.enc") for name in stored)

        async with at.signed_in("wang") as http:
            told = (await http.post(at.path)).json()
            assert [one["vouched"] for one in told["segments"]] == [True]
            after = await at.whole(http, told["segments"][0])
            assert len(after) >= len(whole) and after[-1000:] != bytes(1000)
            bundle = await http.get(f"/api/cases/{session.case}/bundle")
            (tmp_path / "bundle.zip").write_bytes(bundle.content)
            assert verify_file(tmp_path / "bundle.zip").ok and b"recordings/" in bundle.content
            film = f"/api/cases/{session.case}/film/{session.id}"
            await http.post(film)
            assert (await _ready(http, film))[-1]["state"] == "ready"
            object_store.go_away()
            for path in ("bundle", f"playback/{session.id}/{told['segments'][0]['segment']}"):
                answer = await http.get(f"/api/cases/{session.case}/{path}")
                assert (answer.status_code, answer.json()["code"]) == (503, "bucket_away"), path
            object_store.come_back()

    await asyncio.to_thread(_back_up_and_restore, place, tmp_path, stored, monkeypatch)
    async with place.running() as (again, _):
        object_store.go_away()
        await again.house.desk.do(CloseCase(session.case, "赵某没有到场"), CENTRE, "")
        await again.house.desk.do(AskDestruction(session.case, "当事人申请删除"), WANG, "")
        await again.house.desk.do(ApproveDestruction(session.case), CENTRE, "")
        object_store.come_back()
        assert dict(place.bucket.listed("recordings")) == stored, "its keys are gone; the rest goes when the bucket is there"
        assert again.house.desk.keeping is not None
        await again.house.desk.keeping.finish()
        assert not list(place.bucket.listed("recordings")) and not (place.data / "recordings" / session.id).exists()


def _back_up_and_restore(place: Installation, tmp_path: Path, stored: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"data": str(place.data), **place.where}.items():
        monkeypatch.setenv(f"HEYI_{name.upper()}", value)

    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done

    tar, without, copy = tmp_path / "backup.tar", tmp_path / "without.tar", tmp_path / "copy"
    run("backup", str(tar))
    assert "needs" not in run("restore", str(tar), "--data", str(copy)).stderr
    for name, size in stored.items():
        assert (copy / name).stat().st_size == size and (copy / name).read_bytes() == place.bucket.get(name)
    assert f"needs the bucket {place.bucket.place.bucket}" in " ".join(run("backup", str(without), "--without-bucket").stderr.split())
    assert not set(stored) & set(_members(without)) and set(stored) <= set(_members(tar))
    assert json.loads(run("retention", "--json").stdout)["in_bucket"] == sum(stored.values())


def _members(backup: Path) -> list[str]:
    with tarfile.open(backup) as tar:
        return tar.getnames()


async def test_the_doctor_tries_the_bucket(place: Installation, object_store: ObjectStore) -> None:
    assert (await check_bucket(Settings())).detail == "none: files stay in the data folder"
    assert (await check_bucket(place.settings)).status == "ok"
    keys = Path(place.settings.s3_keys_file)
    keys.chmod(0o644)
    readable = await check_bucket(place.settings)
    keys.chmod(0o600)
    keys.write_text(object_store.key)
    half = await check_bucket(place.settings)
    keys.write_text(f"{object_store.key} wrong")
    refused = await check_bucket(place.settings)
    assert "chmod 600" in readable.detail and "second" in half.detail and "SignatureDoesNotMatch" in refused.detail
    for finding in (readable, half, refused):
        assert finding.status == "fail" and finding.zh and finding.en
    with pytest.raises(SettingsError, match="second"):
        keys.write_text("one")
        async with open_house(place.settings):
            pass


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"HEYI_S3_BUCKET": "evidence"}, "HEYI_S3_KEYS_FILE"),
        ({"HEYI_S3_BUCKET": "Evidence!", "HEYI_S3_KEYS_FILE": "keys"}, "HEYI_S3_BUCKET"),
        ({"HEYI_S3_BUCKET": "evidence", "HEYI_S3_KEYS_FILE": "keys", "HEYI_S3_ENDPOINT": "s3.example.cn"}, "HEYI_S3_ENDPOINT"),
        ({"HEYI_S3_BUCKET": "evidence", "HEYI_S3_KEYS_FILE": "keys", "HEYI_S3_ENDPOINT": "https://a b"}, "HEYI_S3_ENDPOINT"),
        ({"HEYI_S3_BUCKET": "evidence", "HEYI_S3_KEYS_FILE": "keys", "HEYI_S3_PATH_STYLE": "perhaps"}, "s3_path_style"),
        (
            {
                "HEYI_S3_BUCKET": "evidence",
                "HEYI_S3_KEYS_FILE": "keys",
                "HEYI_S3_ENDPOINT": "http://10.0.0.2:9000",
                "HEYI_S3_PATH_STYLE": "false",
            },
            "host's name",
        ),
    ],
)
def test_settings_that_are_wrong(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(given)


def test_a_server_killed_while_it_moves_loses_nothing(tmp_path: Path, object_store: ObjectStore) -> None:
    place = Installation(tmp_path, object_store.new_bucket(), object_store)
    server = Server(place.data, **{f"HEYI_{name.upper()}": value for name, value in place.where.items()})
    (place.data / "blobs").mkdir(parents=True)
    try:
        for number in range(40):
            (place.data / "blobs" / f"{number:02d}.pdf").write_bytes(os.urandom(1 << 20))
        server.start()
        server.stop(signal.SIGKILL)
        files = {name: path.read_bytes() for path, name in blobs(place.data)}
        assert len(files) == 40 and all(data.startswith(MARK) for data in files.values()), (
            "what was plain is sealed before anything is served"
        )
        with closing(sqlite3.connect(place.data / "heyi.sqlite3")) as db, db:
            for number, name in enumerate(files):
                row = (f"f{number}", "c", "agreement", name.removeprefix("blobs/"), "", 1, "2026-11-29 00:00:00+00:00")
                db.execute("INSERT INTO file (id, case_id, kind, blob, sha256, size, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        server.start()
        deadline = time.monotonic() + 60
        while len(list(place.bucket.listed("blobs"))) < 5:
            assert time.monotonic() < deadline
        server.stop(signal.SIGKILL)
        left = {name: path.read_bytes() for path, name in blobs(place.data)}
        assert left, "it was killed too late to tell anything"
        for name, data in files.items():
            assert left.get(name) == data or place.bucket.get(name) == data
        server.start()
        while list(blobs(place.data)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert {name: place.bucket.get(name) for name in files} == files
    finally:
        server.stop(signal.SIGKILL)
