"""A media node in this process, with real workers, and what a server needs to reach it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from rooms.media import protocol
from rooms.media.node import MediaNode
from rooms.media.remote_worker import SILENCE, RemoteWorker
from rooms.media.worker_process import Placed
from web.node_tls import node_side, server_side

SECRET = "s" * 32


class Site:
    def __init__(self, folder: Path, node: MediaNode, port: int) -> None:
        self.folder, self.node, self.port = folder, node, port
        self.recordings = folder / "recordings"
        self.recordings.mkdir()
        (self.recordings / protocol.PROOF).write_text(SECRET)

    def greeting(self, **changed: Any) -> protocol.Greeting:
        return protocol.Greeting(**{"worker": 0, "token": 5, "folder": str(self.recordings), "secret": SECRET, **changed})

    async def connect(self, hear: Any = lambda event: None, gone: Any = lambda reason: None, **changed: Any) -> RemoteWorker:
        return await RemoteWorker.connect(("127.0.0.1", self.port), server_side(self.folder), self.greeting(**changed), hear, gone)

    @contextlib.asynccontextmanager
    async def worker(self, hear: Callable[[Any], None], gone: Callable[[str], None]) -> AsyncIterator[RemoteWorker]:
        worker = await self.connect(hear, gone)
        try:
            yield worker
        finally:
            await worker.stop()


@contextlib.asynccontextmanager
async def a_node(workers: int = 2) -> AsyncIterator[Site]:
    with tempfile.TemporaryDirectory(prefix="heyi-site-") as name:
        folder = Path(name)
        node = MediaNode([Placed(silence=SILENCE)] * workers, node_side(folder))
        site = Site(folder, node, await node.start("127.0.0.1", 0))
        try:
            yield site
        finally:
            await node.stop()
