"""A Janus server of Debian's package `janus` as a process of our own, for comparison and for tests: one folder of settings, no network.

It is reached at an address of this machine that is not 127.0.0.1, since Janus skips loopback interfaces when it gathers candidates. Datagrams
between addresses of one machine do not leave it. No STUN server is asked. ICE-lite is on, as it is in our own engine.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import tempfile
from pathlib import Path

import psutil

PROGRAM = "janus"
STARTS_WITHIN = 20.0
STOPS_WITHIN = 10.0
SECRET, ADMIN_KEY = "of-the-session", "of-the-rooms"


class JanusMissing(RuntimeError):
    """The program or its VideoRoom plugin is not installed."""


def own_address() -> str:
    """An IPv4 address of an interface that is up and is not loopback."""
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    for name, addresses in psutil.net_if_addrs().items():
        for address in addresses:
            if name in up and address.family == socket.AF_INET and not address.address.startswith("127."):
                return str(address.address)
    raise JanusMissing("Janus needs an interface with an IPv4 address besides loopback")


class JanusServer:
    """`url` is that of the WebSocket API. Use: `start`, `stop`; `pid` while it runs."""

    def __init__(self, folder: tempfile.TemporaryDirectory[str], process: asyncio.subprocess.Process, port: int) -> None:
        self._folder, self._process = folder, process
        self.url = f"ws://127.0.0.1:{port}"
        self.pid = process.pid

    @classmethod
    async def start(cls, *, debug_level: int = 3, event_loops: int = 0) -> JanusServer:
        """Start Janus and wait until it listens. `event_loops`: threads that all connections share; 0 is Janus's default of one for each.

        Raises `JanusMissing`.
        """
        program = shutil.which(PROGRAM)
        plugins = next((p for p in Path("/usr/lib").glob("**/janus/plugins") if (p / "libjanus_videoroom.so").exists()), None)
        if program is None or plugins is None:
            raise JanusMissing("Janus is not installed (Debian's package janus)")
        folder = tempfile.TemporaryDirectory(prefix="heyi-janus-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        _write_settings(Path(folder.name), plugins, port, debug_level, event_loops)
        with (Path(folder.name) / "log").open("wb") as log:
            # Janus reads nothing that would tell it that we are gone, so the kernel tells it.
            process = await asyncio.create_subprocess_exec(
                "setpriv",
                "--pdeathsig",
                "TERM",
                program,
                "-F",
                folder.name,
                cwd=folder.name,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self = cls(folder, process, port)
        try:
            await self._listens(port)
        except BaseException:
            await self.stop()
            raise
        return self

    def log(self) -> str:
        return (Path(self._folder.name) / "log").read_text(errors="replace")

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOPS_WITHIN)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._folder.cleanup()

    async def _listens(self, port: int) -> None:
        async with asyncio.timeout(STARTS_WITHIN):
            while True:
                if self._process.returncode is not None:
                    raise JanusMissing(f"Janus ended with {self._process.returncode}: {self.log()[-2000:]}")
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                return


def _write_settings(folder: Path, plugins: Path, port: int, debug_level: int, event_loops: int) -> None:
    """Only the VideoRoom plugin and the WebSocket transport are loaded: folders of our own link to them."""
    for name, library in (("plugins", "libjanus_videoroom.so"), ("transports", "libjanus_websockets.so")):
        (folder / name).mkdir()
        (folder / name / library).symlink_to(plugins.parent / name / library)
    for name in ("events", "loggers"):
        (folder / name).mkdir()
    folders = "\n".join(f'  {name}_folder = "{folder / name}"' for name in ("plugins", "transports", "events", "loggers"))
    general = "\n".join([f'  configs_folder = "{folder}"', folders, f'  api_secret = "{SECRET}"', f"  debug_level = {debug_level}"])
    general += f"\n  event_loops = {event_loops}" if event_loops else ""
    nat = f'  ice_lite = true\n  ice_enforce_list = "{own_address()}"'
    (folder / "janus.jcfg").write_text(f"general: {{\n{general}\n}}\nnat: {{\n{nat}\n}}\n")
    (folder / "janus.transport.websockets.jcfg").write_text(
        f'general: {{\n  json = "compact"\n  ws = true\n  ws_port = {port}\n  ws_ip = "127.0.0.1"\n}}\n'
    )
    (folder / "janus.plugin.videoroom.jcfg").write_text(f'general: {{\n  admin_key = "{ADMIN_KEY}"\n  string_ids = true\n}}\n')
