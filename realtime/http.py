"""The HTTP side's driver: uvicorn's httptools protocol with a limit of time and size for a request's head.

uvicorn waits for ever for a head that was begun and never finished, before the websocket's protocol is even made: a few thousand such
connections cost an attacker nothing. `tests/realtime/test_endpoint.py` says what of uvicorn's private parts is touched here.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from realtime.metrics import CUTS

HEAD_WITHIN = 10.0
HEAD_LIMIT = 64 * 1024


class HttpConnection(HttpToolsProtocol):
    """One connection before, or without, an upgrade to the websocket."""

    head_within = HEAD_WITHIN
    head_limit = HEAD_LIMIT
    _deadline: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._deadline is not None:
            self._head += len(data)
            if self._head > self.head_limit:
                self._cut("head_size")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._cancel()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._deadline is None:
            self._head = 0
            self._deadline = self.loop.call_later(self.head_within, self._cut, "head")

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self, what: str) -> None:
        self._cancel()
        CUTS.labels(what).inc()
        self.transport.abort()
