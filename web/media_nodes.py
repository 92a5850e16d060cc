"""The server's side of media nodes: who is there, by the registry; their workers join those of this machine, and leave when their node does."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from pathlib import Path

import structlog
from redis.exceptions import RedisError

from realtime.ending import end
from rooms.media import protocol
from rooms.media.port import EventHandler, MediaEngine, StartEngine
from rooms.media.remote_worker import RemoteWorker
from web.media_registry import MediaRegistry, Registration
from web.media_workers import MediaWorkers

log = structlog.get_logger("media")

ASKED_EVERY = 1.0
GONE_AFTER = 4
"""Looks in a row without its entry after which a node is gone: a Redis that has lost its memory is told of all nodes again within one or two."""
MAX_NODES = 64


class MediaNodes:
    """`folder` is that of recordings, which nodes share."""

    def __init__(self, registry: MediaRegistry, workers: MediaWorkers, tls: ssl.SSLContext, folder: Path) -> None:
        self._registry, self._workers, self._tls, self._folder = registry, workers, tls, folder
        self._known: dict[str, int] = {}
        """Address → as many workers as it ever had."""
        self._missing: dict[str, int] = {}
        self._token = 0
        self._secret = secrets.token_hex(16)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Whoever served before us cannot have nodes start anything any more.
        new = self._folder / f"{protocol.PROOF}.new"
        new.write_text(self._secret)
        new.replace(self._folder / protocol.PROOF)
        self._task = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        if self._task is not None:
            await end([self._task])
        await self._registry.close()

    async def _keep(self) -> None:
        while True:
            try:
                if not self._token:
                    self._token = await self._registry.token()
                self.take(await self._registry.nodes())
            except (RedisError, OSError) as error:
                # Nothing is known then, which is no reason to give up who is there.
                log.warning("media nodes not known", reason=type(error).__name__)
            except Exception:
                log.exception("media nodes not taken")
            await asyncio.sleep(ASKED_EVERY)

    def take(self, nodes: dict[str, Registration]) -> None:
        """Bring the workers in line with who is there. Who has gone is let go once none of its workers answers any more."""
        for address, node in nodes.items():
            if address not in self._known and (len(self._known) >= MAX_NODES or node.draining):
                continue
            self._known[address] = max(self._known.get(address, 0), node.workers)
            for number in range(0 if node.draining else node.workers):
                self._workers.add(_name(address, number), self._start(address, number))
        for address, workers in list(self._known.items()):
            there = nodes.get(address)
            self._missing[address] = 0 if there is not None else self._missing.get(address, 0) + 1
            if 0 < self._missing[address] < GONE_AFTER:
                continue
            stay = 0 if there is None or there.draining else there.workers
            gone = [self._workers.settle(_name(address, n), leaves=n >= stay) for n in range(workers)]
            if there is None and all(gone):
                del self._missing[address]
                del self._known[address]

    def _start(self, address: str, number: int) -> StartEngine:
        host, _, port = address.rpartition(":")

        async def start(on_event: EventHandler, on_gone: object) -> MediaEngine:
            greeting = protocol.Greeting(worker=number, token=self._token, folder=str(self._folder), secret=self._secret)
            return await RemoteWorker.connect((host.strip("[]"), int(port)), self._tls, greeting, on_event, on_gone)  # type: ignore[arg-type]

        return start


def _name(address: str, number: int) -> str:
    return f"{address}/{number}"
