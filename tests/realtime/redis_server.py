"""A redis-server of its own for the tests: on a free port of this machine, nothing written to disk, ended with the test."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time

from rehearsal.server import free_port


def installed() -> bool:
    return shutil.which("redis-server") is not None


class RedisServer:
    """`start` and `stop` may be called again and again: the port stays."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/tmp"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 15
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        """At once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def kill_lines(self) -> None:
        """Cut every subscriber's line, without a word, and keep serving."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            line.sendall(b"CLIENT KILL TYPE pubsub\r\n")
            assert line.recv(64).startswith(b":")
