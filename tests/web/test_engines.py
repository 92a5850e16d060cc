"""The engine that the settings name is the one that is started."""

from __future__ import annotations

import pytest

from benchmarks.janus_server import ADMIN_KEY, SECRET, JanusServer
from rooms.media.janus import JanusEngine
from rooms.media.worker_process import MediaWorkerProcess
from web.engines import engines_of
from web.settings import Settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_our_own_worker_keeps_its_port_when_it_is_started_again() -> None:
    (start,) = engines_of(Settings(media_workers=1), ["127.0.0.1"])
    ports = []
    for _ in range(2):
        worker = await start(lambda event: None, lambda reason: None)
        assert isinstance(worker, MediaWorkerProcess)
        ports.append(worker.port)
        await worker.stop()
    assert ports[0] == ports[1] > 0


async def test_a_janus_is_reached_with_its_keys() -> None:
    server = await JanusServer.start()
    try:
        settings = Settings(media_engine="janus", janus_url=server.url, janus_secret=SECRET, janus_admin_key=ADMIN_KEY)
        engine = await engines_of(settings, [])[0](lambda event: None, lambda reason: None)
        assert isinstance(engine, JanusEngine)
        await engine.open_room("hall")
        assert (await engine.stats())["rooms"] == ["hall"]
        await engine.stop()
    finally:
        await server.stop()
