"""Which engines carry the rooms' media, as the settings say, and how each is started."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence

import psutil

from rooms.media.janus import JanusEngine
from rooms.media.port import EngineGone, EventHandler, MediaEngine, StartEngine
from rooms.media.worker_process import MediaWorkerProcess
from web.settings import Settings


def engines_of(settings: Settings, advertise: Sequence[str]) -> list[StartEngine]:
    """One Janus, or as many embedded workers as the settings say, none where media nodes have them all. `advertise`: addresses of the embedded ones as browsers see them."""
    if settings.media_engine == "janus":
        return [_janus(settings)]
    if not settings.media_local:
        return []
    return [_embedded(settings.host, port, advertise, settings.media_tcp) for port in media_ports(settings)]


def media_ports(settings: Settings) -> list[int]:
    """The port of each embedded worker, as many as configured, else one for each core that the server itself leaves; 0 lets the system choose."""
    count, first = settings.media_workers or max(1, (os.cpu_count() or 1) - 1), settings.media_port
    return [first + number if first else 0 for number in range(count)]


def advertised(settings: Settings) -> list[str]:
    """Addresses of media workers as browsers see them: as configured, else where we listen, else this machine's in its network."""
    if settings.advertise:
        return [address.strip() for address in settings.advertise.split(",")]
    if settings.host not in {"0.0.0.0", "::"}:  # noqa: S104
        return [settings.host]
    found = [a.address for addresses in psutil.net_if_addrs().values() for a in addresses if a.family == socket.AF_INET]
    return sorted(found, key=lambda a: a.startswith("127.")) or ["127.0.0.1"]


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
