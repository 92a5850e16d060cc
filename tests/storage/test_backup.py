"""A backup of a running server, restored elsewhere, is the same installation."""

from __future__ import annotations

import secrets
import stat
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rehearsal.services import postgres, postgres_programs
from rooms.media.segments import SegmentWriter
from storage.backup import list_files, make_backup, restore_backup
from storage.backup_manifest import BackupError
from tests.serving import Visitor, serving

pytestmark = pytest.mark.anyio
AT = datetime(2026, 1, 1, tzinfo=UTC)


def verb(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from web.commands import cli; cli()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def open_segment(data: Path, name: str, container: str) -> Path:
    """A recording that is being written: one chunk in the journal, a second one beyond it."""
    folder = data / "recordings" / "session-1"
    folder.mkdir(parents=True, exist_ok=True)
    writer = SegmentWriter(folder, name, secrets.token_bytes(32), {"seat": "p1", "container": container})
    writer.append(b"first chunk", 0, 1000, 1)
    writer.sync()
    with writer.path.open("ab") as file:
        file.write(b"d" + bytes(40))
    return writer.path


async def centre_list(server: object, link: str) -> dict:
    centre = Visitor(server)  # type: ignore[arg-type]
    await centre.open(link)
    async with centre.connect() as client:
        return (await client.follow("centre/139901"))["cases"]


async def test_a_copy_of_a_running_server_shows_the_same_cases(tmp_path: Path) -> None:
    tar, copy = tmp_path / "out" / "copy.tar", tmp_path / "copy"
    with serving(tmp_path / "first") as server:
        segments = [open_segment(server.data, "p1-1", "webm"), open_segment(server.data, "p1-2", "mp4")]
        before: dict = {}
        # The server's clock marks what is overdue meanwhile: a copy is compared where nothing changed while it was made.
        while before != (before := await centre_list(server, server.links["centre"])):
            tar.unlink(missing_ok=True)
            done = verb("backup", str(tar), "--data", str(server.data))
            assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(tar.stat().st_mode) == 0o600
    done = verb("restore", str(tar), "--data", str(copy))
    assert done.returncode == 0, done.stderr
    assert "Every hash holds" in done.stderr
    for key in ("links", "recordings", "ca/root.key"):
        assert (copy / "keys" / key).read_bytes() == (tmp_path / "first" / "keys" / key).read_bytes()
        assert stat.S_IMODE((copy / "keys" / key).stat().st_mode) == 0o600
    for segment in segments:
        copied = copy / segment.relative_to(tmp_path / "first")
        assert copied.read_bytes() == segment.read_bytes()[:-41]
    with serving(copy) as second:
        assert await centre_list(second, second.links["centre"]) == before
    assert sorted(p.name for p in tar.parent.iterdir()) == ["copy.tar"]


@pytest.fixture
def archive(folder: Path, tmp_path: Path) -> Path:
    """A backup of a very small installation."""
    import sqlite3

    (folder / "keys").mkdir(parents=True)
    (folder / "keys" / "links").write_bytes(b"k" * 32)
    connection = sqlite3.connect(folder / "heyi.sqlite3")
    connection.execute("CREATE TABLE segment (id, folder)")
    connection.execute("INSERT INTO segment VALUES ('s-1/p1-1', '/old/place/recordings/s-1')")
    connection.commit()
    connection.close()
    out = tmp_path / "small.tar"
    make_backup(folder, f"sqlite://{folder / 'heyi.sqlite3'}", out, AT)
    return out


def test_two_backups_of_the_same_are_equal(archive: Path, folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar"
    make_backup(folder, f"sqlite://{folder / 'heyi.sqlite3'}", again, AT)
    assert again.read_bytes() == archive.read_bytes()
    (folder / "blobs" / "uploads").mkdir(parents=True)
    (folder / "blobs" / "uploads" / "piece-0").write_bytes(b"gone before long")
    make_backup(folder, f"sqlite://{folder / 'heyi.sqlite3'}", again, AT)
    assert again.read_bytes() == archive.read_bytes(), "what is on its way is in none"


def test_what_is_swept_while_it_is_copied_is_copied_all_the_same(folder: Path, archive: Path) -> None:
    """Listed first and copied later: meanwhile it is laid aside."""
    (folder / "blobs" / "spoken").mkdir(parents=True)
    (folder / "blobs" / "spoken" / "orphan").write_bytes(b"told")
    (source,) = [one for one in list_files(folder) if one.name == "blobs/spoken/orphan"]
    (folder / "swept" / "spoken").mkdir(parents=True)
    (folder / "blobs" / "spoken" / "orphan").rename(folder / "swept" / "spoken" / "orphan")
    with source.open() as content:
        assert content.read() == b"told"


def test_recordings_are_found_in_their_new_place(archive: Path, tmp_path: Path) -> None:
    import sqlite3

    restore_backup(archive, tmp_path / "new")
    connection = sqlite3.connect(tmp_path / "new" / "heyi.sqlite3")
    found = connection.execute("SELECT folder FROM segment").fetchall()
    connection.close()
    assert found == [(str(tmp_path / "new" / "recordings" / "s-1"),)]


def test_a_folder_in_use_is_never_overwritten(archive: Path, folder: Path) -> None:
    with pytest.raises(BackupError, match="not empty"):
        restore_backup(archive, folder)


def test_an_altered_byte_is_found_and_nothing_is_left(archive: Path, tmp_path: Path) -> None:
    data = bytearray(archive.read_bytes())
    at = data.index(b"k" * 32)
    data[at] ^= 1
    archive.write_bytes(data)
    with pytest.raises(BackupError, match="keys/links was altered"):
        restore_backup(archive, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".restore-*"))


def test_a_tar_cut_short_is_refused(archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:3000])
    with pytest.raises(BackupError):
        restore_backup(archive, tmp_path / "new")


def test_a_foreign_tar_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.tar"
    (tmp_path / "evil").write_text("x")
    with tarfile.open(foreign, "w") as tar:
        tar.add(tmp_path / "evil", "../evil")
    with pytest.raises(BackupError, match="which no backup of ours contains"):
        restore_backup(foreign, tmp_path / "new")


def test_without_a_database_the_sentence_says_so(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    with pytest.raises(BackupError, match="no database"):
        make_backup(folder, f"sqlite://{folder / 'heyi.sqlite3'}", tmp_path / "out.tar", AT)


@pytest.mark.services
async def test_a_server_on_postgresql_serves_and_is_backed_up(tmp_path: Path) -> None:
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres() as database, serving(tmp_path / "data", HEYI_DATABASE=database.url) as server:
        cases = await centre_list(server, server.links["centre"])
        assert len(cases) > 10
        manifest = make_backup(server.data, database.url, tmp_path / "out.tar", AT)
        assert manifest.engine == "postgresql"
        restore_backup(tmp_path / "out.tar", tmp_path / "copy")
    assert (tmp_path / "copy" / "database.pgdump").read_bytes().startswith(b"PGDMP")


def test_postgresql_without_pg_dump_names_the_program(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_dump"):
        make_backup(folder, "postgres://user:secret@127.0.0.1:1/heyi", tmp_path / "out.tar", AT)
