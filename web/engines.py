"""Which engine carries the rooms' media, as the settings say, and how one is started."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rooms.media.control import MediaWorkerProcess
from rooms.media.janus import JanusEngine
from rooms.media.port import EngineGone, EventHandler, MediaEngine, StartEngine
from web.settings import Settings


def engine_of(settings: Settings, advertise: Sequence[str]) -> StartEngine:
    """`advertise`: addresses of the embedded worker as browsers see them."""
    if settings.media_engine == "janus":
        return _janus(settings)
    return _embedded(settings.host, settings.media_port, advertise, settings.media_tcp)


def _embedded(bind: str, port: int, advertise: Sequence[str], tcp: bool) -> StartEngine:
    chosen = port

    async def start(on_event: EventHandler, on_gone: Callable[[str], None]) -> MediaEngine:
        nonlocal chosen
        worker = await MediaWorkerProcess.start(on_event, on_gone, bind=bind, port=chosen, advertise=advertise, tcp=tcp)
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
