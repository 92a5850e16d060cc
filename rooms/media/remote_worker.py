"""A media worker on a media node, driven over TLS."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from rooms.media import protocol
from rooms.media.control import RECORDING_SECONDS, ControlConnection, WorkerControl
from rooms.media.port import EngineGone, EventHandler, MediaEngine

CONNECT_SECONDS = 5.0
SILENCE = 2.0
"""Seconds without a question after which a worker on a node closes its recordings and ends, whatever has become of its node."""
FENCE = 2.5
"""Seconds after which a worker that nobody can ask has ended: more than `SILENCE`."""
_log = logging.getLogger("media.control")


class RemoteWorker(WorkerControl):
    """One worker of a media node. Made by `connect`, ended by `stop`."""

    name = ""

    @classmethod
    async def connect(
        cls,
        address: tuple[str, int],
        tls: ssl.SSLContext,
        greeting: protocol.Greeting,
        on_event: EventHandler,
        on_gone: Callable[[str], None] = lambda reason: None,
    ) -> RemoteWorker:
        """Have a node start a worker. It is watched always. Raises `EngineGone` with the node's reason where it refuses."""
        self = cls(on_event, on_gone)
        self.name = f"{address[0]}:{address[1]}/{greeting.worker}"
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                transport, _ = await loop.create_connection(lambda: ControlConnection(self), *address, ssl=tls)
        except (OSError, TimeoutError) as error:
            # `str` of a certificate's refusal says what is wrong with it.
            raise EngineGone(f"no connection to the media node {self.name}: {error or 'it does not answer'}") from None
        transport.write(msgspec.msgpack.encode(greeting))
        await self._greeted()
        self._watch_over()
        return self

    async def stop(self) -> None:
        """Have it end and wait for the node's word on that, or until it must have ended, unasked as it is."""
        self._let_go()
        if self._transport is not None and not self._gone:
            self._transport.write(self._encode(protocol.End(id=self._next())))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RECORDING_SECONDS):
                    await self.finished.wait()
        if self._transport is not None:
            self._transport.close()
        if self._transport is not None and not self.over:
            _log.warning("media worker %s: its node did not tell that it has ended", self.name)
            await asyncio.sleep(self.asked_at + FENCE - time.monotonic())

    def _dismiss(self) -> None:
        _log.error("media worker %s does not answer", self.name)
        self.ended("the media worker does not answer")


if TYPE_CHECKING:
    _implements: type[MediaEngine] = RemoteWorker
