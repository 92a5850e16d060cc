"""Making a backup while the server runs, and restoring it into an empty folder.

The order makes the copy consistent. First the database, as one snapshot: whatever it names was written before it. Then keys and blobs,
which are written once, without what is on its way. Of each recording first the journal, then its file up to the length that the journal vouches for, so that an open
segment is cut at a whole chunk. Nothing appears under its final name before it is complete.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from cases.clock import rfc3339
from storage.backup_manifest import (
    FOLDERS,
    FORMAT,
    JOURNAL_SUFFIX,
    MANIFEST,
    MOVED,
    POSTGRESQL,
    SEGMENT_SUFFIXES,
    SQLITE,
    BackupError,
    Item,
    Manifest,
    compare,
    journaled_length,
    read_manifest,
    safe_name,
    whole_lines,
    write_manifest,
)
from storage.bucket import Bucket
from storage.sweeping import ASIDE
from storage.vault import FOLDER as BLOBS
from storage.vault import PASSING

PIECE = 1 << 20
MANIFEST_LIMIT = 64 << 20
Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


class Source:
    """One file to copy: the first `size` bytes of `path`, or `data`; or what lies in the bucket, or was moved there meanwhile. `aside`: where it lies when nothing
    refers to it and it was swept meanwhile (`storage/sweeping.py`)."""

    __slots__ = ("aside", "bucket", "data", "mode", "name", "path", "size")

    def __init__(self, name: str, path: Path | None, size: int, mode: int, data: bytes = b"", bucket: Bucket | None = None) -> None:
        self.name, self.path, self.size, self.mode, self.data, self.bucket = name, path, size, mode, data, bucket
        self.aside: Path | None = None

    def open(self) -> BinaryIO:
        if self.path is not None:
            try:
                return self.path.open("rb")
            except FileNotFoundError:
                if self.aside is not None and self.aside.exists():
                    return self.aside.open("rb")
                if self.bucket is None:
                    raise
        return self.bucket.open(self.name) if self.bucket is not None else io.BytesIO(self.data)


def make_backup(
    folder: Path,
    database_url: str,
    out: Path,
    at: datetime,
    progress: Progress = lambda done, total: None,
    needs: Sequence[str] = (),
    bucket: Bucket | None = None,
) -> Manifest:
    """Write the tar `out` (mode 0600, since it contains keys) from the data folder, and from the bucket into which files of it were moved; `needs`
    stands in its manifest. Raises `BackupError`, `BucketAway`."""
    if not folder.is_dir():
        raise BackupError(f"There is no data folder {folder}")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".backup-") as scratch:
        engine, database = copy_database(database_url, Path(scratch))
        sources = [database, *list_files(folder, bucket)]
        partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
        try:
            manifest = _write(partial, sources, engine, at, progress, needs)
            partial.replace(out)
        finally:
            partial.unlink(missing_ok=True)
    return manifest


def copy_database(url: str, scratch: Path) -> tuple[str, Source]:
    """A snapshot of the database in `scratch`: by SQLite's online backup, or by `pg_dump`."""
    if url.startswith("sqlite"):
        path, copy = Path(unquote(url.removeprefix("sqlite://"))), scratch / SQLITE
        if not path.exists():
            raise BackupError(f"There is no database {path}; was this installation ever started?")
        source, target = sqlite3.connect(path), sqlite3.connect(copy)
        try:
            source.backup(target)  # one step: one snapshot, while others go on writing to the WAL
            target.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            raise BackupError(f"The database cannot be copied: {error}") from None
        finally:
            source.close()
            target.close()
        return "sqlite", Source(SQLITE, copy, copy.stat().st_size, 0o600)
    return "postgresql", _dump_postgresql(url, scratch / POSTGRESQL)


def _dump_postgresql(url: str, copy: Path) -> Source:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupError("The database is PostgreSQL and pg_dump is not on the PATH; install PostgreSQL's client programs and try again")
    parts = urlsplit(url)
    # The password goes by the environment: a command line can be read by everybody on the machine.
    env = {**os.environ, "PGPASSWORD": unquote(parts.password or "")}
    command = [program, "--format=custom", "--no-owner", f"--file={copy}", f"--host={parts.hostname or '127.0.0.1'}"]
    command += [f"--port={parts.port or 5432}", f"--username={unquote(parts.username or '')}", "--no-password", parts.path.lstrip("/")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupError(f"pg_dump failed: {done.stderr.strip()[-500:]}")
    return Source(POSTGRESQL, copy, copy.stat().st_size, 0o600)


def list_files(folder: Path, bucket: Bucket | None = None) -> Iterator[Source]:
    """Keys, blobs and recordings, in the order of their names, each with the size up to which it is copied; then what lies in the bucket alone. In this
    order: what is moved meanwhile is in the bucket when it is looked for there."""
    named = set()
    for source in _in_folder(folder, bucket):
        named.add(source.name)
        yield source
    if bucket is None:
        return
    for name, size in (found for top in MOVED for found in bucket.listed(top)):
        if name in named:
            continue
        if not safe_name(name):
            raise BackupError(f"The bucket has {name[:200]!r}, a name that a backup cannot hold")
        yield Source(name, None, size, 0o600, bucket=bucket)


def _in_folder(folder: Path, bucket: Bucket | None) -> Iterator[Source]:
    for top in FOLDERS:
        for path in sorted(p for p in (folder / top).rglob("*") if p.is_file() and not p.is_symlink()):
            name, status = path.relative_to(folder).as_posix(), path.stat()
            if not safe_name(name):
                raise BackupError(f"{path} has a name that a backup cannot hold")
            if name.startswith(f"{BLOBS}/{PASSING}/"):
                continue  # gone before long, perhaps before it would be copied
            if top == "recordings" and name.endswith(JOURNAL_SUFFIX):
                continue  # with its segment
            if top == "recordings" and name.endswith(SEGMENT_SUFFIXES):
                yield from _segment(path, name, status.st_mode & 0o777, bucket)
            else:
                source = Source(name, path, status.st_size, status.st_mode & 0o777, bucket=bucket if top in MOVED else None)
                if top == BLOBS:
                    source.aside = folder / ASIDE / path.relative_to(folder / BLOBS)
                yield source


def _segment(path: Path, name: str, mode: int, bucket: Bucket | None) -> Iterator[Source]:
    stem = name.removesuffix(next(suffix for suffix in SEGMENT_SUFFIXES if name.endswith(suffix)))
    beside = path.with_name(stem.rpartition("/")[2] + JOURNAL_SUFFIX)
    journal = whole_lines(beside.read_bytes()) if beside.exists() else b""
    if beside.exists():
        yield Source(stem + JOURNAL_SUFFIX, None, len(journal), mode, journal)
    size = path.stat().st_size
    yield Source(name, path, journaled_length(journal, size) if beside.exists() else size, mode, bucket=bucket)


def _write(out: Path, sources: list[Source], engine: str, at: datetime, progress: Progress, needs: Sequence[str]) -> Manifest:
    total, done, items = sum(s.size for s in sources), 0, []
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for source in sources:
                with source.open() as content:
                    hashing = _Hashing(content, lambda n, before=done: progress(before + n, total))  # type: ignore[misc]
                    try:
                        tar.addfile(_head(source.name, source.size, source.mode), hashing)
                    except OSError as error:
                        raise BackupError(f"{source.name} cannot be copied: {error}") from None
                done += source.size
                items.append(Item(source.name, source.size, source.mode, hashing.digest.hexdigest()))
            manifest = Manifest(FORMAT, rfc3339(at), engine, items, list(needs))
            data = write_manifest(manifest)
            tar.addfile(_head(MANIFEST, len(data), 0o600), io.BytesIO(data))
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _head(name: str, size: int, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, mode, 0
    return info


class _Hashing:
    """A reader that hashes what passes through it."""

    def __init__(self, inner: BinaryIO, told: Callable[[int], None]) -> None:
        self._inner, self._told, self._count = inner, told, 0
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._inner.read(size)
        self.digest.update(data)
        self._count += len(data)
        self._told(self._count)
        return data


def restore_backup(archive: Path, folder: Path, progress: Progress = lambda done, total: None) -> Manifest:
    """Restore into `folder`, which must be empty or not exist; every file is hashed before anything stands there. Raises `BackupError`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is not empty; restore into a new folder, so that nothing is overwritten")
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".restore-"))
    try:
        try:
            found, manifest = _unpack(archive, scratch, progress)
        except (tarfile.TarError, EOFError) as error:
            raise BackupError(f"{archive} is not a whole backup: {error}") from None
        except OSError as error:
            raise BackupError(f"{archive} cannot be restored: {error}") from None
        problems = compare(manifest, found)
        if problems:
            raise BackupError(f"{archive} does not hold: {'; '.join(problems[:5])}{' …' if len(problems) > 5 else ''}")
        if manifest.engine == "sqlite":
            _check_sqlite(scratch / SQLITE)
            _move_recordings(scratch / SQLITE, folder)
            (scratch / SQLITE).rename(scratch / "heyi.sqlite3")
        if folder.exists():
            folder.rmdir()
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return manifest


def _unpack(archive: Path, scratch: Path, progress: Progress) -> tuple[dict[str, tuple[int, str]], Manifest]:
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    total, done = archive.stat().st_size, 0
    with tarfile.open(archive, "r:") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            if content is None or not safe_name(member.name) or member.name in found:
                raise BackupError(f"{archive} contains {member.name[:200]!r}, which no backup of ours contains")
            if member.name == MANIFEST:
                manifest = read_manifest(content.read(MANIFEST_LIMIT))
                continue
            path = scratch / member.name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            digest = hashlib.sha256()
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, member.mode & 0o700 or 0o600)
            with os.fdopen(handle, "wb") as out:
                while piece := content.read(PIECE):
                    digest.update(piece)
                    out.write(piece)
                    done += len(piece)
                    progress(done, total)
            found[member.name] = (member.size, digest.hexdigest())
    if manifest is None:
        raise BackupError(f"{archive} has no manifest: it was cut short, or it is no backup of Heyi")
    progress(total, total)
    return found, manifest


def _check_sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        said = connection.execute("PRAGMA quick_check").fetchone()[0]
    except (sqlite3.Error, TypeError) as error:
        raise BackupError(f"The database in the backup cannot be opened: {error}") from None
    finally:
        connection.close()
    if said != "ok":
        raise BackupError(f"The database in the backup is damaged: {said}")


def _move_recordings(path: Path, folder: Path) -> None:
    """Segments are noted with the folder that they lie in on this machine: after a restore it is another one."""
    connection = sqlite3.connect(path)
    try:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'segment'").fetchone() is None:
            return
        for (old,) in connection.execute("SELECT DISTINCT folder FROM segment").fetchall():
            new = folder / "recordings" / Path(old).name
            connection.execute("UPDATE segment SET folder = ? WHERE folder = ?", [str(new), old])
        connection.commit()
    finally:
        connection.close()
