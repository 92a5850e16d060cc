"""A relay of one's own, for tests: coturn on free ports of this machine, with a secret of its own, ended by who began it."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rehearsal.server import free_port

WITHIN = 15


@dataclass(frozen=True)
class Coturn:
    """`port` takes TURN over UDP and TCP, `tls_port` over TLS with the certificate it was given."""

    port: int
    tls_port: int
    secret: str

    def urls(self, transport: str) -> str:
        return f"turn:127.0.0.1:{self.port}?transport={transport}"


def installed() -> bool:
    return shutil.which("turnserver") is not None


@contextlib.contextmanager
def coturn(certificate: Path | None = None, key: Path | None = None) -> Iterator[Coturn]:
    """Serve until the block ends."""
    relay = Coturn(free_port(), free_port(), secrets.token_hex(16))
    with tempfile.TemporaryDirectory(prefix="heyi-coturn-") as folder:
        command = ["turnserver", "-n", "--no-cli", "--fingerprint", "--realm=heyi.test", "--use-auth-secret"]
        command += [f"--static-auth-secret={relay.secret}", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers"]
        command += [f"--listening-port={relay.port}", f"--tls-listening-port={relay.tls_port}", "--no-multicast-peers"]
        command += [f"--log-file={folder}/log", "--simple-log", f"--pidfile={folder}/pid", f"--userdb={folder}/users"]
        command += [f"--cert={certificate}", f"--pkey={key}"] if certificate and key else ["--no-tls", "--no-dtls"]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(process, relay.port)
            yield relay
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + WITHIN
    while time.monotonic() < ends and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("coturn did not start")
