"""PostgreSQL and Redis of one's own, for tests and storms: on free ports of this machine, in temporary folders, ended by who began them.

Both can be stopped as by a crash and started again on the same port with the same data.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rehearsal.server import free_port

WITHIN = 60


def postgres_programs() -> Path | None:
    """The folder with initdb and pg_ctl: Debian keeps them off the PATH, one folder a version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def redis_installed() -> bool:
    return shutil.which("redis-server") is not None


class Postgres:
    """An empty database at `url`. Crashes of the server lose nothing; fsync is off, since the machine does not crash here."""

    def __init__(self) -> None:
        programs = postgres_programs()
        if programs is None:
            raise RuntimeError("PostgreSQL is not installed; Debian's package is called postgresql")
        self._programs, self._port = programs, free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="heyi-postgres-"))
        self._user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL does not run as root
        self.url = f"postgres://heyi:none@127.0.0.1:{self._port}/heyi"
        if self._user:
            os.chown(self._folder, pwd.getpwnam(self._user).pw_uid, -1)

    def create(self) -> None:
        self._run("initdb", "-D", self._data, "-U", "heyi", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()
        self.database("heyi")

    def database(self, name: str, template: str = "template1") -> str:
        """The address of a new one, a copy of another that nobody has open."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self._port), "-U", "heyi", "--template", template, name)
        return f"{self.url.rpartition('/')[0]}/{name}"

    def start(self) -> None:
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", str(self._folder / "server.log"), "-o", options, "start")

    def crash(self) -> None:
        """Without a checkpoint: the next start recovers from the log."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.crash()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        # To a file, not a pipe: the server that pg_ctl starts would keep a pipe open.
        with (self._folder / "out.log").open("ab") as out:
            done = subprocess.run(command, user=self._user, cwd="/", stdout=out, stderr=out, timeout=WITHIN, check=False)
        if done.returncode != 0:
            raise RuntimeError((self._folder / "out.log").read_text()[-2000:])


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    try:
        server.create()
        yield server
    finally:
        server.remove()


class Redis:
    """Nothing is written to disk: what is lost with it must not matter."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folder = tempfile.gettempdir()
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + WITHIN
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        self.crash()
        raise RuntimeError("redis-server did not start")

    def crash(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def cut_lines(self) -> None:
        """End every subscriber's line, without a word, and keep serving."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            line.sendall(b"CLIENT KILL TYPE pubsub\r\n")
            line.recv(64)


@contextlib.contextmanager
def redis() -> Iterator[Redis]:
    server = Redis()
    server.start()
    try:
        yield server
    finally:
        server.crash()
