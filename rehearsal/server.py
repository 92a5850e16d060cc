"""A real server process with the demonstration's county: for rehearsals and tests."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 40.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`run.py demo` on a port of its own. `links` are those that the demonstration prints."""

    def __init__(self, data: Path, port: int | None = None, **environment: str) -> None:
        self.data, self.port, self.environment = data, port or free_port(), environment
        self.url = ""
        self.links: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data.parent / f"server-{self.port}.log"

    def surroundings(self) -> dict[str, str]:
        """Environment variables for the server, and for a verb that is to work on the same installation."""
        return {k: v for k, v in os.environ.items() if not k.startswith("HEYI_")} | self.environment

    def start(self) -> Server:
        with self.log.open("ab") as log:
            self.process = self.launch(["demo", "--json", "--data", str(self.data), "--port", str(self.port)], log)
        assert self.process.stdout is not None
        deadline = time.monotonic() + STARTS_WITHIN
        line = b""
        while time.monotonic() < deadline and not line.endswith(b"\n"):
            readable, _, _ = select.select([self.process.stdout], [], [], 0.2)
            if readable:
                piece = os.read(self.process.stdout.fileno(), 65536)
                if not piece:
                    break
                line += piece
        if not line.endswith(b"\n"):
            self.stop(signal.SIGKILL)
            raise AssertionError(f"the server did not start:\n{self.log.read_text()[-3000:]}")
        said = json.loads(line)
        self.url, self.links = said["url"], said["links"]
        return self

    def launch(self, arguments: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """`run.py` with these arguments, in a group of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", "from web.commands import cli; cli()", *arguments],
            cwd=ROOT,
            env=self.surroundings(),
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End the server and whatever it started, by its process group."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(5)
        if how == signal.SIGKILL:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        if self.process.stdout:
            self.process.stdout.close()
        return self.process.returncode


@contextlib.contextmanager
def serving(data: Path, kind: type[Server] = Server, **environment: str) -> Iterator[Server]:
    server = kind(data, None, **environment).start()
    try:
        yield server
    finally:
        server.stop()
