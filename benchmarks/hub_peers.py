"""Other projects' servers, installed when asked for: Python packages and npm packages of pinned versions, into a folder beside the data.

Their frames have the size of ours, compression and pings are off, and each broadcasts the way its own documentation does.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from benchmarks.hub_crowd import Manners, handshake, masked
from benchmarks.hub_side import FRAME_BYTES, ROOT, Kind
from web.setup.client import node_command
from web.setup.environment import hash_files, run_step

SOURCES = ROOT / "benchmarks" / "peers"
FOLDER = ROOT / "data" / "cache" / "peers"
PAYLOAD = str(FRAME_BYTES - 4)
"""A frame of 126 to 65,535 bytes has a head of four (RFC 6455, 5.2)."""

_PLAIN = Manners(handshake("/"), ((b"\r\n\r\n", b""),))
_SOCKET_IO = Manners(
    handshake("/socket.io/?EIO=4&transport=websocket"), ((b"\r\n\r\n", b""), (b"maxPayload", masked(b"40", opcode=1)), (b'"sid"', b""))
)


def install(folder: Path = FOLDER) -> None:
    """Bring the pinned packages into `folder`, once for each change of the pins."""
    pins = [SOURCES / "requirements.lock", SOURCES / "package-lock.json", SOURCES / "package.json"]
    sources = sorted(SOURCES.glob("*.mjs"))
    stamp, wanted = folder / ".installed", hash_files([*pins, *sources])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in (*pins, *sources, SOURCES / ".npmrc"):
        shutil.copy(path, folder / path.name)
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "--no-deps"]
    run_step(
        "Installing python-socketio for the comparison",
        [*pip, "--target", str(folder / "python"), "-r", str(folder / "requirements.lock")],
        ROOT,
    )
    search, npm = node_command(ROOT)
    env = {**os.environ, "PATH": search + os.pathsep + os.environ.get("PATH", ""), "CI": "1"}
    run_step(
        "Installing ws, socket.io and Hocuspocus for the comparison",
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        folder,
        env,
    )
    stamp.write_text(wanted)


def kinds(folder: Path = FOLDER) -> list[Kind]:
    """The peers, ready to run."""
    node = shutil.which("node", path=node_command(ROOT)[0]) or "node"
    python = {"PYTHONPATH": str(folder / "python")}
    return [
        Kind("ws", (node, str(folder / "ws_server.mjs"), PAYLOAD), _PLAIN),
        Kind("websockets", (sys.executable, "-m", "benchmarks.peers.websockets_server", PAYLOAD), _PLAIN),
        Kind("python_socketio", (sys.executable, "-m", "benchmarks.peers.socketio_server", PAYLOAD), _SOCKET_IO, python),
        Kind("socketio", (node, str(folder / "socketio_server.mjs"), PAYLOAD), _SOCKET_IO),
    ]
