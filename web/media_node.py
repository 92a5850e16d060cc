"""The verb `media`: a media node that registers itself, serves whichever server of the installation comes, and lets its rooms end before it does."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from realtime.ending import end
from rooms.media.node import MediaNode
from rooms.media.remote_worker import SILENCE
from rooms.media.worker_process import Placed
from web.engines import advertised, media_ports
from web.keys import begun, installation_of
from web.media_registry import RENEWED_EVERY, MediaRegistry, Registration
from web.node_tls import node_side
from web.settings import Settings

log = structlog.get_logger("media")


class CannotServe(RuntimeError):
    """The sentence says what is missing."""


def checked(settings: Settings) -> None:
    """Raises `CannotServe`."""
    if not settings.redis or not settings.media_control:
        raise CannotServe("A media node needs HEYI_REDIS, by which servers find it, and HEYI_MEDIA_CONTROL=host:port, where they reach it")
    if not settings.media_port:
        raise CannotServe("A media node needs HEYI_MEDIA_PORT, a number that its firewall lets through")
    if not begun(settings.folder):
        raise CannotServe(f"{settings.folder} is not the data folder of an installation: mount the server's here, under the same path")


async def run_node(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve until told to end: at the first signal once all rooms have ended or `media_drain` is over, at the second at once. Raises `CannotServe`."""
    checked(settings)
    host, _, port = settings.media_control.rpartition(":")
    places = [Placed(settings.host, number, tuple(advertised(settings)), settings.media_tcp, SILENCE) for number in media_ports(settings)]
    node = MediaNode(places, node_side(settings.folder))
    try:
        await node.start(host.strip("[]"), int(port))
    except OSError as error:
        raise CannotServe(f"{settings.media_control} cannot be listened on: {error.strerror}. See HEYI_MEDIA_CONTROL") from None
    registry = MediaRegistry(settings.redis, installation_of(settings.folder))
    ending, now = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: (now if ending.is_set() else ending).set())
    entry = Registration(settings.media_control, len(places))
    renewal = loop.create_task(_renew(registry, entry))
    tell(
        f"Media node [bold]{entry.address}[/bold]: {len(places)} workers, UDP from port {settings.media_port}  (Ctrl-C lets its rooms end)"
    )
    try:
        await ending.wait()
        node.draining = True
        await end([renewal])
        renewal = loop.create_task(_renew(registry, Registration(entry.address, entry.workers, draining=True)))
        tell(f"No more rooms are taken; waiting for those of {len(node.running)} workers  (Ctrl-C moves them at once)")
        done = [loop.create_task(event.wait()) for event in (node.idle, now)]
        await asyncio.wait(done, timeout=settings.media_drain, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.cancel()
    finally:
        await end([renewal])
        await node.stop()
        try:
            await registry.leave(entry)
        except (RedisError, OSError):
            log.warning("media node not struck out; its entry ends by itself")
        await registry.close()


async def _renew(registry: MediaRegistry, entry: Registration) -> None:
    """Keep the entry alive. Without Redis nobody new finds us; who has found us stays."""
    lost = False
    while True:
        try:
            await registry.renew(entry)
            if lost:
                log.info("media node registered again")
            lost = False
        except (RedisError, OSError) as error:
            if not lost:
                log.warning("media node not registered", reason=type(error).__name__)
            lost = True
        await asyncio.sleep(RENEWED_EVERY)
