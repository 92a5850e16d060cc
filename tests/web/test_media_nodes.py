"""Media nodes of an installation: real nodes beside a server on PostgreSQL and Redis; rooms that go on when a node dies, hangs or is to end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from benchmarks.load import LoadPeer
from rehearsal.server import ROOT, free_port
from rehearsal.services import Redis, redis, redis_installed
from rooms.media.remote_worker import RemoteWorker
from storage.models.recordings import SegmentRow
from tests.schema import Cluster
from tests.web.live_session import Session, until
from web.composition import open_house
from web.demonstration import plant
from web.media_registry import LEASE, MediaRegistry, Registration
from web.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.services]


@pytest.fixture
def services(cluster: Cluster) -> Iterator[tuple[Redis, str]]:
    """And the address of a database."""
    if not redis_installed():
        pytest.skip("redis-server is not installed")
    with redis() as line:
        yield line, cluster.database()


class Node:
    """`run.py media` with one worker, as an operator starts it."""

    def __init__(self, data: Path, redis: str) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HEYI_")} | {
            "HEYI_REDIS": redis,
            "HEYI_MEDIA_CONTROL": self.address,
            "HEYI_MEDIA_PORT": str(free_port()),
            "HEYI_MEDIA_WORKERS": "1",
        }
        command = [sys.executable, "-c", "from web.commands import cli; cli()", "media", "--data", str(data)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, start_new_session=True)

    def signal(self, how: signal.Signals) -> None:
        self.process.send_signal(how)

    async def ended(self, seconds: float) -> tuple[int, str]:
        """Exit code and what it said."""
        _, said = await asyncio.to_thread(self.process.communicate, None, seconds)
        return self.process.returncode, said.decode()

    def end(self) -> None:
        if self.process.poll() is None:
            for child in psutil.Process(self.process.pid).children(recursive=True):
                child.kill()
            self.process.kill()
        self.process.communicate(timeout=10)


class Place:
    """A session on a server without workers of its own, and two nodes."""

    def __init__(self, session: Session, nodes: list[Node]) -> None:
        self.session, self.nodes = session, nodes

    @property
    def engine(self) -> RemoteWorker | None:
        found = self.session.media.engine_of(self.session.id)
        assert found is None or isinstance(found, RemoteWorker)
        return found

    @property
    def node(self) -> Node:
        """That which has the room."""
        assert self.engine is not None
        name = self.engine.name.partition("/")[0]
        return next(node for node in self.nodes if node.address == name)

    def shown(self) -> list[str]:
        """Addresses of the nodes whose worker runs."""
        return sorted(str(row["worker"]).partition("/")[0] for row in self.session.house.media_workers() if row["pid"])

    async def elsewhere(self, former: Node) -> float:
        """Until the room is on the other node; seconds."""
        began = time.monotonic()
        await until(lambda: self.engine is not None and self.node is not former)
        await self.session.media.settled(self.session.id)
        return time.monotonic() - began


@asynccontextmanager
async def place(folder: Path, services: tuple[Redis, str]) -> AsyncIterator[Place]:
    line, database = services
    settings = Settings(data=str(folder / "data"), database=database, redis=line.url, media_local=False, log_level="error")
    async with open_house(settings, synthetic=True) as (house, _):
        await plant(house)
        assert any("no media worker" in problem for problem in house.problems())
        nodes = [Node(folder / "data", line.url) for _ in range(2)]
        try:
            made = Place(Session(house), nodes)
            await until(lambda: house.problems() == [] and made.shown() == sorted(node.address for node in nodes))
            await made.session.begin()
            yield made
        finally:
            for node in nodes:
                node.end()


async def _send(place: Place, seconds: float) -> None:
    """The party sends sound and picture for a while."""
    session, peer = place.session, LoadPeer()
    try:
        assert place.engine is not None
        await peer.connect((await place.engine.publish(session.id, session.party.id, peer.offer())).answer)
        peer.play(0)
        await asyncio.sleep(seconds)
    finally:
        await peer.close()


def _lives(process: psutil.Process) -> bool:
    """A node that is stopped does not take note of its worker's end."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("how", [pytest.param(signal.SIGKILL, marks=pytest.mark.every), signal.SIGSTOP])
async def test_rooms_of_a_node_that_dies_or_hangs_go_to_another_with_their_recording(
    tmp_path: Path, services: tuple[Redis, str], how: signal.Signals
) -> None:
    async with place(tmp_path, services) as here:
        await here.session.recorded(True)
        former = here.node
        workers = psutil.Process(former.process.pid).children(recursive=True)
        await _send(here, 3.5)
        former.signal(how)
        await here.elsewhere(former)
        assert not any(_lives(worker) for worker in workers), "two processes must never write one recording"
        await _send(here, 3.5)
        await here.session.recorded(False)
        rows = await SegmentRow.filter(session_id=here.session.id).order_by("started_at")
        assert [row.state for row in rows] == ["cut", "closed"] and all(row.chunks >= 1 and row.sha256 for row in rows)
        await until(lambda: here.engine is not None and here.shown() == [here.node.address])
        await until(lambda: here.session.house.problems() == [])


async def test_a_node_that_is_to_end_waits_for_its_rooms_and_moves_them_when_told_again(
    tmp_path: Path, services: tuple[Redis, str]
) -> None:
    async with place(tmp_path, services) as here:
        former = here.node
        idle = next(node for node in here.nodes if node is not former)
        former.signal(signal.SIGTERM)
        await asyncio.sleep(LEASE)
        assert former.process.poll() is None and here.node is former, "the room is still there"
        media = here.session.media
        assert media.workers.place("another") is not here.engine
        media.workers.release("another")
        former.signal(signal.SIGTERM)
        assert await here.elsewhere(former) < 30
        code, said = await former.ended(10)
        assert code == 0, said
        assert here.node is idle
        await until(lambda: here.shown() == [idle.address])
        await until(lambda: here.session.house.problems() == [])


async def test_a_node_without_rooms_ends_at_once(tmp_path: Path, services: tuple[Redis, str]) -> None:
    async with place(tmp_path, services) as here:
        idle = next(node for node in here.nodes if node is not here.node)
        idle.signal(signal.SIGTERM)
        code, said = await idle.ended(10)
        assert code == 0, said
        await until(lambda: here.engine is not None and here.shown() == [here.node.address])
        await until(lambda: here.session.house.problems() == [])


async def test_rooms_go_on_without_redis_and_nodes_are_known_again_with_it(tmp_path: Path, services: tuple[Redis, str]) -> None:
    line, _ = services
    async with place(tmp_path, services) as here:
        engine = here.engine
        assert engine is not None
        line.crash()
        try:
            await asyncio.sleep(LEASE + 1)
            assert here.engine is engine and await engine.ping() < 1
        finally:
            line.start()
        await asyncio.sleep(LEASE)
        await until(lambda: here.session.house.problems() == [])
        assert here.engine is engine and await engine.ping() < 1 and len(here.shown()) == 2


async def test_a_lease_that_is_not_renewed_ends_and_tokens_only_grow(services: tuple[Redis, str]) -> None:
    line, _ = services
    registry, entry = MediaRegistry(line.url, "some"), Registration("10.0.0.7:8421", 2)
    try:
        await registry.renew(entry)
        assert await registry.nodes() == {entry.address: entry}
        first = await registry.token()
        await asyncio.sleep(LEASE + 0.2)
        assert await registry.nodes() == {} and await registry.token() > first
        await registry.renew(entry)
        await registry.leave(entry)
        assert await registry.nodes() == {}
        other = MediaRegistry(line.url, "other")
        await registry.renew(entry)
        assert await other.nodes() == {}, "installations share a Redis and nothing in it"
        await other.close()
    finally:
        await registry.close()


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "HEYI_MEDIA_CONTROL"),
        ({"HEYI_REDIS": "redis://127.0.0.1:1/0", "HEYI_MEDIA_CONTROL": "127.0.0.1:1"}, "HEYI_MEDIA_PORT"),
        ({"HEYI_REDIS": "redis://127.0.0.1:1/0", "HEYI_MEDIA_CONTROL": "127.0.0.1:1", "HEYI_MEDIA_PORT": "9000"}, "not the data folder"),
        ({"HEYI_MEDIA_CONTROL": "nowhere"}, "host:port"),
    ],
)
def test_a_node_that_cannot_work_says_why(tmp_path: Path, settings: dict[str, str], why: str) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HEYI_")} | settings | {"COLUMNS": "400"}
    command = [sys.executable, "-c", "from web.commands import cli; cli()", "media", "--data", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode in {1, 2} and why in done.stderr and "Traceback" not in done.stderr
