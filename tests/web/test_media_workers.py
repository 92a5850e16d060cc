"""Several media workers of one node: who gets which room, and what becomes of rooms whose worker dies or hangs."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import msgspec
import psutil
import pytest

from benchmarks.load import LoadPeer
from rooms.media import protocol
from rooms.media.worker_process import MediaWorkerProcess
from rooms.room import Room
from storage.models.recordings import SegmentRow
from tests.web.live_session import Session, engine_of, until
from web import media_recording
from web.composition import open_house
from web.demonstration import plant
from web.house import House
from web.media import MediaRooms
from web.settings import Settings

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def house_with(folder: Path, workers: int) -> AsyncIterator[tuple[House, MediaRooms]]:
    settings = Settings(data=str(folder / "data"), media_workers=workers, log_level="error")
    async with open_house(settings, synthetic=True) as (house, _):
        await plant(house)
        yield house, next(listener for listener in house.nodes.listeners if isinstance(listener, MediaRooms))


def carrier(media: MediaRooms, room: Room) -> MediaWorkerProcess:
    engine = media.engine_of(room.id)
    assert isinstance(engine, MediaWorkerProcess)
    return engine


async def another(media: MediaRooms, room: Room, name: str) -> Room:
    """A room beside the one of the demonstration, with the same people."""
    copy = msgspec.structs.replace(room, id=f"{room.case_id}-{name}", recording=False)
    media._take(None, copy)
    await media.settled(copy.id)
    return copy


async def rooms_of(engine: MediaWorkerProcess) -> list[str]:
    return list((await engine.stats())["rooms"])


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_rooms_of_a_worker_that_dies_or_hangs_go_to_another_and_no_others_are_touched(tmp_path: Path, how: signal.Signals) -> None:
    async with house_with(tmp_path, 2) as (house, media):
        first = media.open_rooms()[0]
        await media.settled(first.id)
        second = await another(media, first, "second")
        dead, other = carrier(media, first), carrier(media, second)
        assert dead.pid != other.pid and dead.port != other.port, "the second room has gone to the other worker"
        assert await rooms_of(dead) == [first.id] and await rooms_of(other) == [second.id]
        for room in (first.id, second.id):
            media._hear(protocol.SameRoom(room=room, seat="s1", other="s2"))
            media._hear(protocol.Pictures(room=room, seat="s1", shown="none"))
            media._hear(protocol.Speaking(room=room, seat="s1", level=30))
        kept = media.shown.flags[second.id]
        os.kill(dead.pid, how)
        await until(lambda: media.engine_of(first.id) is other)
        await media.settled(first.id)
        assert media.engine_of(second.id) is other, "a room stays where it is"
        assert await rooms_of(other) == sorted([first.id, second.id])
        assert media.shown.flags[first.id] == {}, "the other worker knows of no pair, and would take back nothing"
        assert media.shown.flags[second.id] == kept
        assert not psutil.pid_exists(dead.pid)
        await until(lambda: house.problems() == [])
        third = await another(media, first, "third")
        again = carrier(media, third)
        assert again.pid not in {dead.pid, other.pid} and again.port == dead.port, "browsers and firewalls know its port"
        shown = house.media_workers()
        assert [(row["worker"], row["rooms"], row["problem"]) for row in shown] == [("0", 1, ""), ("1", 2, "")]


async def test_a_recording_goes_on_in_a_new_segment_on_the_other_worker(tmp_path: Path) -> None:
    async with house_with(tmp_path, 2) as (house, media):
        session = Session(house)
        await session.begin()
        await session.recorded(True)
        pids = []
        for _ in range(2):
            engine = engine_of(session)
            pids.append(engine.pid)
            peer = LoadPeer()
            try:
                await peer.connect((await engine.publish(session.id, session.party.id, peer.offer())).answer)
                peer.play(0)
                await asyncio.sleep(3.5)
                if len(pids) == 1:
                    os.kill(engine.pid, signal.SIGKILL)
                    await until(lambda dead=engine: media.engine_of(session.id) not in (None, dead))
                    await media.settled(session.id)
            finally:
                await peer.close()
        assert len(set(pids)) == 2
        await session.recorded(False)
        rows = await SegmentRow.filter(session_id=session.id).order_by("started_at")
        assert sorted({row.state for row in rows}) == ["closed", "cut"]
        assert all(row.chunks >= 1 and row.sha256 for row in rows)
        assert [row.state for row in rows] == sorted((row.state for row in rows), reverse=True), "first what was cut"


async def test_the_end_of_the_server_closes_recordings_with_their_last_hashes_in_the_books(tmp_path: Path) -> None:
    async with house_with(tmp_path, 1) as (house, _):
        session = Session(house)
        await session.begin()
        await session.recorded(True)
        peer = LoadPeer()
        try:
            await peer.connect((await engine_of(session).publish(session.id, session.party.id, peer.offer())).answer)
            peer.play(0)
            await asyncio.sleep(3)
        finally:
            await peer.close()
    async with open_house(Settings(data=str(tmp_path / "data"), media_workers=1, log_level="error"), synthetic=True):
        rows = await SegmentRow.filter(session_id=session.id)
        assert [row.state for row in rows] == ["closed"] and rows[0].sha256, "nothing had to be mended"


async def test_all_workers_end_with_the_server(tmp_path: Path) -> None:
    async with house_with(tmp_path, 3) as (house, _):
        pids = [row["pid"] for row in house.media_workers()]
        assert len(set(pids)) == 3 and all(psutil.pid_exists(pid) for pid in pids)
    assert not any(psutil.pid_exists(pid) for pid in pids)


async def test_a_worker_that_cannot_have_its_port_keeps_the_server_from_starting_and_leaves_none_behind(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        settings = Settings(data=str(tmp_path / "data"), media_workers=2, media_port=port - 1, log_level="error")
        with pytest.raises(Exception, match="worker"):
            async with open_house(settings):
                pass
    assert not [c for c in psutil.Process().children(recursive=True) if "rooms.media.worker" in c.cmdline()]


async def test_a_disk_that_is_nearly_full_is_told_before_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [1 << 30]
    monkeypatch.setattr(media_recording, "LOOKED_EVERY", 0.05)
    monkeypatch.setattr(media_recording.shutil, "disk_usage", lambda path: SimpleNamespace(free=left[0]))
    async with house_with(tmp_path, 1) as (house, _):
        await until(lambda: house.problems() == ["recording: only 1024 MB are left on the disk"])
        left[0] = 9 << 30
        await until(lambda: house.problems() == [])
