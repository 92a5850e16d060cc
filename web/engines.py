"""Which engines carry the rooms' media, as the settings say, and how each is started."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from rooms.media.control import MediaWorkerProcess
from rooms.media.janus import JanusEngine
from rooms.media.port import EngineGone, EventHandler, MediaEngine, StartEngine
from web.settings import Settings


def engines_of(settings: Settings, advertise: Sequence[str]) -> list[StartEngine]:
    """One Janus, or as many embedded workers as the settings say. `advertise`: addresses of the embedded ones as browsers see them."""
    if settings.media_engine == "janus":
        return [_janus(settings)]
    return [_embedded(settings.host, port, advertise, settings.media_tcp) for port in media_ports(settings)]


def media_ports(settings: Settings) -> list[int]:
    """The port of each embedded worker, as many as configured, else one for each core that the server itself leaves; 0 lets the system choose."""
    count, first = settings.media_workers or max(1, (os.cpu_count() or 1) - 1), settings.media_port
    return [first + number if first else 0 for number in range(count)]


def _embedded(bind: str, port: int, advertise: Sequence[str], tcp: bool) -> StartEngine:
    chosen = port

    async def start(on_event: EventHandler, on_gone: Callable[[str], None]) -> MediaEngine:
        nonlocal chosen
        worker = await MediaWorkerProcess.start(on_event, on_gone, bind=bind, port=chosen, advertise=advertise, tcp=tcp, watched=True)
        if not worker.alive:
            await worker.stop()
            raise EngineGone("the worker ended at once")
        # The next one takes the same port: browsers and firewalls know it.
        chosen = worker.port
        return worker

    return start


def _janus(settings: Settings) -> StartEngine:
    async def start(on_event: EventHandler, on_gone: Callable[[str], None]) -> MediaEngine:
        return await JanusEngine.start(
            on_event, on_gone, url=settings.janus_url, secret=settings.janus_secret, admin_key=settings.janus_admin_key
        )

    return start
