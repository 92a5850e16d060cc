"""A media worker as a child of this process, driven over a Unix socket."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rooms.media.control import ControlConnection, WorkerControl
from rooms.media.port import EventHandler, MediaEngine

STOP_SECONDS = 20.0
COMMAND = (sys.executable, "-m", "rooms.media.worker")
ROOT = Path(__file__).resolve().parents[2]
_log = logging.getLogger("media.control")


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a worker takes media: `port` 0 lets the system choose; `advertise` are its addresses as browsers see them. With `silence` it ends when it
    has not been asked anything for so many seconds."""

    bind: str = "127.0.0.1"
    port: int = 0
    advertise: tuple[str, ...] = ()
    tcp: bool = True
    silence: float = 0.0


async def spawn(placed: Placed, control: str, command: Sequence[str] = COMMAND) -> asyncio.subprocess.Process:
    """A worker's process, which will connect to the Unix socket `control`."""
    arguments = [*command, "--control", control, "--bind", placed.bind, "--port", str(placed.port)]
    if not placed.tcp:
        arguments.append("--udp-only")
    if placed.silence:
        arguments += ["--silence", str(placed.silence)]
    for address in placed.advertise:
        arguments += ["--advertise", address]
    return await asyncio.create_subprocess_exec(*arguments, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL)


async def reap(process: asyncio.subprocess.Process) -> None:
    """Wait for a worker that was told to end; kill it where that takes too long."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def control_folder() -> tempfile.TemporaryDirectory[str]:
    """For the control socket: of mode 0700, so that only this user can connect."""
    return tempfile.TemporaryDirectory(prefix="heyi-media-")


class MediaWorkerProcess(WorkerControl):
    """One worker process. Made by `start`, ended by `stop`."""

    _process: asyncio.subprocess.Process
    _watcher: asyncio.Task[None]

    @classmethod
    async def start(
        cls,
        on_event: EventHandler,
        on_gone: Callable[[str], None] = lambda reason: None,
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        advertise: Sequence[str] = (),
        tcp: bool = True,
        watched: bool = False,
        command: Sequence[str] = COMMAND,
    ) -> MediaWorkerProcess:
        """Spawn a worker and wait for its hello. One that is `watched` is killed when it does not answer for some two seconds, since it would keep its
        rooms and its port. Raises `EngineGone` when it does not come up."""
        self = cls(on_event, on_gone)
        with control_folder() as folder:
            path = str(Path(folder) / "control")
            server = await asyncio.get_running_loop().create_unix_server(lambda: ControlConnection(self), path)
            try:
                self._process = await spawn(Placed(bind, port, tuple(advertise), tcp), path, command)
                self._watcher = asyncio.get_running_loop().create_task(self._watch())
                await self._greeted()
            finally:
                # Nobody else has anything to say there.
                server.close()
        if watched:
            self._watch_over()
        return self

    async def stop(self) -> None:
        """Close our half of the socket, let it close its recordings, kill it if that takes too long."""
        self._let_go()
        if self._transport is not None:
            # Half of it: the hashes of the last segments still come.
            if not self._gone:
                self._transport.write_eof()
        elif self._process.returncode is None:
            self._process.terminate()
        await reap(self._process)
        await self._watcher
        if self._transport is not None:
            self._transport.close()

    def _dismiss(self) -> None:
        _log.error("media worker %d does not answer: killed", self._process.pid)
        self._process.kill()

    async def _watch(self) -> None:
        code = await self._process.wait()
        self.ended(f"the media worker exited with {code}")


if TYPE_CHECKING:
    _implements: type[MediaEngine] = MediaWorkerProcess
