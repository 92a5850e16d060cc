"""A PostgreSQL of its own for the tests: on a free port of this machine, in a temporary folder, ended with the test."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rehearsal.server import free_port


def programs() -> Path | None:
    """The folder with initdb and pg_ctl: Debian keeps them off the PATH, one folder a version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database."""
    bin_folder = programs()
    assert bin_folder is not None
    folder = Path(tempfile.mkdtemp(prefix="heyi-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None  # PostgreSQL does not run as root
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data, port = folder / "data", free_port()

    def run(*command: str) -> None:
        # To a file, not a pipe: the server that pg_ctl starts would keep a pipe open.
        with (folder / "out.log").open("ab") as out:
            done = subprocess.run(command, user=user, cwd="/", stdout=out, stderr=out, timeout=60, check=False)
        assert done.returncode == 0, (folder / "out.log").read_text()[-2000:]

    try:
        run(str(bin_folder / "initdb"), "-D", str(data), "-U", "heyi", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run(str(bin_folder / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "server.log"), "-o", options, "start")
        try:
            run(str(bin_folder / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "heyi", "heyi")
            yield f"postgres://heyi:none@127.0.0.1:{port}/heyi"
        finally:
            run(str(bin_folder / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
