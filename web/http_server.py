"""uvicorn as we run it: its configuration, and an end that leaves us time to end what we began."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from realtime.http import HttpConnection
from realtime.messages import MESSAGE_LIMIT
from web.settings import Settings


def configuration(app: Starlette, settings: Settings, websockets: Callable[..., Any]) -> uvicorn.Config:
    """`websockets` makes the protocol of each connection that becomes one."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=HttpConnection,
        ws=websockets,  # type: ignore[arg-type]
        ws_max_size=MESSAGE_LIMIT,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
        forwarded_allow_ips=settings.trusted_proxies or None,
        proxy_headers=bool(settings.trusted_proxies),
        ssl_certfile=settings.tls_certificate or None,
        ssl_keyfile=settings.tls_key or None,
    )


class HttpServer(uvicorn.Server):
    """uvicorn raises the signal again when it is done, which would kill us before our worker processes are ended."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _end(self) -> None:
        """The first signal ends politely, the second at once."""
        self.force_exit = self.should_exit
        self.should_exit = True
