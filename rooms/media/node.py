"""A media node: workers on a machine of their own, which servers drive over TLS.

Both ends show the same certificate of the installation, so that nobody else gets a word in. Each connection begins with a `Greeting` and is for
one worker, whose process lives as long as the connection does; the node passes bytes on and understands none. When the process has ended it says so
(`Over`), by which the server knows that the room's recording may go on elsewhere. A server with a lower fencing token than one seen before is refused:
another has taken its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from rooms.media import protocol
from rooms.media.framing import Framer, FramingError
from rooms.media.worker_process import Placed, control_folder, spawn

GREETING_SECONDS = 5.0
GREETING_BYTES = 4096
START_SECONDS = 15.0
GRACE = 1.0
"""Seconds that a worker has to close its recordings once its connection has ended; its server waits for no longer."""
MAX_CONNECTIONS = 600
PIECE = 256 * 1024
_log = logging.getLogger("media.node")


class _Refuse(Exception):
    """The sentence that the server is told."""


class _Run:
    """A worker under way for one connection."""

    def __init__(self, token: int) -> None:
        self.token = token
        self.unwanted = asyncio.Event()
        self.ended = asyncio.Event()

    async def end(self) -> None:
        self.unwanted.set()
        await self.ended.wait()


class MediaNode:
    """`workers`: where each takes media."""

    def __init__(self, workers: Sequence[Placed], tls: ssl.SSLContext) -> None:
        self._workers, self._tls = workers, tls
        self._runs: dict[int, _Run] = {}
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._token = 0
        self.draining = False
        self.idle = asyncio.Event()
        """Set while no worker runs."""
        self.idle.set()

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port. Raises `OSError`."""
        self._server = await asyncio.start_server(self._take, host, port, ssl=self._tls, ssl_handshake_timeout=GREETING_SECONDS)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """End all workers, their recordings closed, and tell their servers."""
        self.draining = True
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*(run.end() for run in list(self._runs.values())))
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def running(self) -> list[int]:
        return sorted(self._runs)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        last: protocol.Event = protocol.Over()
        try:
            greeting = await _greeting(reader)
            run = await self._admit(greeting)
            try:
                await _carry(run, self._workers[greeting.worker], reader, writer)
            finally:
                del self._runs[greeting.worker]
                run.ended.set()
                if not self._runs:
                    self.idle.set()
        except _Refuse as refused:
            _log.warning("a server was refused: %s", refused)
            last = protocol.Refused(reason=str(refused))
        except OSError as error:
            _log.warning("a worker was not carried: %s", error)
        finally:
            await _say(writer, last)

    async def _admit(self, greeting: protocol.Greeting) -> _Run:
        """Give the server the worker that it asks for, after whoever had it. Raises `_Refuse`."""
        self._check(greeting)
        if not await asyncio.to_thread(_shared, greeting):
            raise _Refuse(
                f"this media node does not see the server's folder {greeting.folder}: it must be mounted here under the same path"
            )
        self._token = max(self._token, greeting.token)
        await asyncio.gather(*(run.end() for run in self._runs.values() if run.token < self._token))
        while (former := self._runs.get(greeting.worker)) is not None:
            await former.end()
        # Others have come while we waited.
        self._check(greeting)
        run = self._runs[greeting.worker] = _Run(greeting.token)
        self.idle.clear()
        return run

    def _check(self, greeting: protocol.Greeting) -> None:
        if self.draining:
            raise _Refuse("this media node takes no more rooms: it is about to end")
        if greeting.worker >= len(self._workers):
            raise _Refuse(f"this media node has {len(self._workers)} workers, numbered from 0")
        if greeting.token < self._token:
            raise _Refuse("another server has taken over the rooms")


async def _greeting(reader: asyncio.StreamReader) -> protocol.Greeting:
    """A server's first words. Raises `_Refuse`."""
    framer, came = Framer(), 0
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            while True:
                data = await reader.read(GREETING_BYTES)
                came += len(data)
                if not data or came > GREETING_BYTES:
                    raise _Refuse(f"a greeting has at most {GREETING_BYTES} bytes" if data else "the connection ended before a greeting")
                if messages := framer.feed(data):
                    if len(messages) > 1:
                        raise _Refuse("nothing is asked before the worker has said hello")
                    return msgspec.convert(messages[0], protocol.Greeting)
    except TimeoutError:
        raise _Refuse(f"no greeting within {GREETING_SECONDS:g} s") from None
    except (FramingError, msgspec.ValidationError) as error:
        raise _Refuse(f"not a greeting of this version: {error}") from None


def _shared(greeting: protocol.Greeting) -> bool:
    try:
        return (Path(greeting.folder) / protocol.PROOF).read_text() == greeting.secret
    except (OSError, ValueError):
        return False


async def _carry(run: _Run, placed: Placed, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A worker for this connection, until one of them ends. Returns when nothing of the worker is left."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = loop.create_future()

    def accept(inner: asyncio.StreamReader, outer: asyncio.StreamWriter) -> None:
        if came.done():
            outer.transport.abort()
        else:
            came.set_result((inner, outer))

    with control_folder() as folder:
        path = str(Path(folder) / "control")
        server = await asyncio.start_unix_server(accept, path)
        process = await spawn(placed, path)
        exit_ = loop.create_task(process.wait())
        tasks: list[asyncio.Task[Any]] = []
        try:
            either: list[asyncio.Future[Any]] = [came, exit_]
            await asyncio.wait(either, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not came.done():
                return
            server.close()
            from_worker, to_worker = came.result()
            up, down = loop.create_task(_pass(reader, to_worker)), loop.create_task(_pass(from_worker, writer))
            unwanted = loop.create_task(run.unwanted.wait())
            tasks = [up, down, unwanted]
            await asyncio.wait([*tasks, exit_], return_when=asyncio.FIRST_COMPLETED)
            with contextlib.suppress(OSError):
                to_worker.write_eof()
            await asyncio.wait({exit_}, timeout=GRACE)
            if exit_.done():
                # What it had to say of its recordings.
                await asyncio.wait({down}, timeout=GRACE)
            to_worker.close()
        finally:
            if not exit_.done():
                process.kill()
            await exit_
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Bytes from one end to the other, no faster than they are taken."""
    with contextlib.suppress(OSError):
        while data := await source.read(PIECE):
            sink.write(data)
            await sink.drain()


async def _say(writer: asyncio.StreamWriter, event: protocol.Event) -> None:
    """The last words on a connection."""
    with contextlib.suppress(OSError, TimeoutError):
        writer.write(msgspec.msgpack.encode(event))
        async with asyncio.timeout(GRACE):
            await writer.drain()
    writer.close()
