"""A database whose migrations have run, made once in each process of tests: a new one begins as its copy, and not with twenty migrations of its own.

That the migrations make it, and that they bring older ones up to date, is what `tests/storage/test_migrations.py` is about.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import storage.database
from rehearsal.services import Postgres

INSTALLATION = b"installation of a test, 32 bytes."[:32]
"""The secret that cases are sealed under where a test opens a database without a data folder."""
ROOT = Path(__file__).resolve().parents[1]
SCHEME = "sqlite://"
MAKE = "import asyncio, sys; from storage.database import migrate; asyncio.run(migrate(sys.argv[1]))"


class Schema:
    """`folder`: where it is made, when it is needed first; by a process of its own, since whoever needs it may have a database open."""

    def __init__(self, folder: Path) -> None:
        self._made = folder / "migrated.sqlite3"
        self._migrations: Callable[[str], Awaitable[None]] = storage.database.migrate

    async def migrate(self, url: str) -> None:
        """In the place of `storage.database.migrate`."""
        if url.startswith(SCHEME):
            self.put(Path(url.removeprefix(SCHEME)))
        await self._migrations(url)

    def put(self, path: Path) -> None:
        """Where there is none yet."""
        if path.exists():
            return
        if not self._made.exists():
            subprocess.run([sys.executable, "-c", MAKE, f"{SCHEME}{self._made}"], cwd=ROOT, check=True, timeout=120)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy(self._made, path)


class Cluster:
    """PostgreSQL for all tests of one process that only need a database each; who crashes it has one of the own."""

    def __init__(self, server: Postgres) -> None:
        self._server, self._made = server, 0

    def database(self) -> str:
        """The address of a new one whose migrations have run."""
        if not self._made:
            subprocess.run([sys.executable, "-c", MAKE, self._server.url], cwd=ROOT, check=True, timeout=120)
        self._made += 1
        return self._server.database(f"copy{self._made}", self._server.url.rpartition("/")[2])


schemas: list[Schema] = []
"""The one of this process, set by `conftest`."""
