"""Rooms and their media worker while PostgreSQL crashes and workers die: in the end the rooms are open again, and so are private talks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from cases.vocabulary import SeatRole
from rehearsal.services import Postgres, postgres, postgres_programs
from rooms import commands as c
from rooms.media import protocol
from rooms.media.port import EngineGone
from rooms.media.protocol import MAX_SEATS
from tests.web.live_session import Session, engine_of, until
from web.composition import open_house
from web.media import RETRY
from web.recording_health import LOW, NOT_RECORDED
from web.settings import Settings

pytestmark = [pytest.mark.anyio, pytest.mark.services]


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres() as server:
        yield server


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder, with the keys that belong to the database."""
    return tmp_path_factory.mktemp("media") / "data"


@asynccontextmanager
async def in_session(folder: Path, database: Postgres) -> AsyncIterator[Session]:
    async with open_house(Settings(data=str(folder), database=database.url, log_level="error"), synthetic=True) as (house, _):
        session = Session(house)
        await session.begin()
        yield session


def worker_of(session: Session) -> int:
    return engine_of(session).pid


def workers() -> list[int]:
    """Those that live; one may end while it is looked at."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if child.status() != psutil.STATUS_ZOMBIE and "rooms.media.worker" in child.cmdline():
                found.append(child.pid)
    return found


async def test_a_private_talk_opens_when_the_database_is_back(place: Path, database: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """The routes are in force, but the database crashes before that can be written down."""
    async with in_session(place, database) as session:
        engine = engine_of(session)
        set_routes, execute = engine.set_routes, session.house.store.execute
        failed: list[str] = []

        async def set_then_crash(*arguments: Any) -> None:
            await set_routes(*arguments)
            await asyncio.to_thread(database.crash)

        async def counted(*arguments: Any) -> Any:
            try:
                return await execute(*arguments)
            except Exception as error:
                failed.append(type(error).__name__)
                raise

        monkeypatch.setattr(engine, "set_routes", set_then_crash)
        await session.do(c.OpenCaucus(session.case, ["s1"]))
        monkeypatch.setattr(session.house.store, "execute", counted)
        await until(lambda: len(failed) >= 2)
        assert not session.private(), "nobody may believe to be alone before that is written down"
        monkeypatch.setattr(engine, "set_routes", set_routes)
        await asyncio.to_thread(database.start)
        await until(session.private)
        await session.close()


async def test_what_another_node_did_unheard_is_found(place: Path, database: Postgres) -> None:
    """Nothing differs from what the database has, until somebody else writes there."""
    async with in_session(place, database) as session:
        stored = [dossier.room for dossier in await session.house.reader.mediating() if dossier.room is not None]
        assert session.media.behind(stored) == []
        moved = msgspec.structs.replace(session.room(), epoch=session.room().epoch + 1)
        assert session.media.behind([moved]) == [session.case]
        assert session.media.behind([msgspec.structs.replace(moved, ended_at=moved.opened_at)]) == [session.case]
        assert session.media.behind([]) == [session.case]


async def test_rooms_open_again_after_worker_and_database_were_gone(
    place: Path, database: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a private talk waits for its routes, the worker dies and the database crashes: nothing begins before both are back."""
    async with in_session(place, database) as session:
        media, engine = session.media, engine_of(session)

        async def crash(*arguments: Any) -> None:
            await asyncio.to_thread(database.crash)
            os.kill(engine.pid, signal.SIGKILL)
            raise EngineGone("killed")

        monkeypatch.setattr(engine, "set_routes", crash)
        await session.do(c.OpenCaucus(session.case, ["s1"]))
        await until(lambda: media.engine_of(session.id) is None)
        assert "media worker" in " ".join(session.house.problems())
        await until(lambda: media.engine_of(session.id) is not None)
        await asyncio.sleep(2 * RETRY)
        assert not session.private(), "nobody may believe to be alone before that is written down"
        await asyncio.to_thread(database.start)
        await until(session.private)
        assert (await engine_of(session).stats())["rooms"] == [session.id]
        assert session.house.problems() == []
        assert len(workers()) == 1
        await session.close()


async def test_many_who_came_and_were_removed_do_not_stop_the_media(place: Path, database: Postgres) -> None:
    """More seats in the life of a recorded session than a worker takes at once."""
    async with in_session(place, database) as session:
        await session.recorded(True)
        for _ in range(MAX_SEATS + 1):
            made = await session.do(c.Invite(session.case, SeatRole.OBSERVER, name="旁听员"))
            await session.do(c.RemoveSeat(session.case, made["seat"]))
        await session.do(c.OpenCaucus(session.case, ["s1"]))
        await until(session.private)
        assert session.house.problems() == []
        await session.close()
        await session.recorded(False)


async def test_a_recording_that_cannot_begin_keeps_nobody_together(place: Path, database: Postgres) -> None:
    """The disk refuses: that is shown, the private talk is separated all the same, and the recording begins when the disk takes it."""
    async with in_session(place, database) as session:
        folder = place / "recordings" / session.id
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.write_text("in the way")
        await session.recorded(True)
        await session.do(c.OpenCaucus(session.case, ["s1"]))
        await until(session.private)
        assert session.media.shown.flags[session.id]["recording_failed"]
        assert NOT_RECORDED in session.house.problems()
        folder.unlink()
        await until(folder.is_dir)
        await until(lambda: session.house.problems() == [])
        assert "recording_failed" not in session.media.shown.flags[session.id]
        await session.close()
        await session.recorded(False)


async def test_a_full_disk_is_told_until_every_seat_is_written_again(place: Path, database: Postgres) -> None:
    async with in_session(place, database) as session:
        await session.recorded(True)
        shown = session.media.shown

        def failed(seat: str) -> None:
            session.media._hear(
                protocol.RecordingFailed(
                    room=session.id, session=session.id, seat=seat, part="main", directory="", message="full", cause="ENOSPC"
                )
            )

        def written(seat: str) -> None:
            session.media._hear(
                protocol.Segment(room=session.id, session=session.id, seat=seat, part="main", directory="", segment="x", chunks=[])
            )

        failed("s1")
        failed("s2")
        written("s1")
        written("s3")
        assert shown.flags[session.id]["recording_failed"] == "full", "somebody's is still missing"
        written("s2")
        assert "recording_failed" not in shown.flags[session.id]


async def test_whoever_leads_is_warned_of_a_slow_or_nearly_full_disk_while_nothing_is_lost(place: Path, database: Postgres) -> None:
    async with in_session(place, database) as session:
        await session.recorded(True)
        shown = session.media.shown

        def disk(free: int) -> None:
            session.media.recording.health.disk(free)
            session.media.recording.on_disk()

        def warning() -> Any:
            return shown.flags.get(session.id, {}).get("recording_warning")

        disk(LOW - 1)
        assert warning() == "low"
        for pace, told in (("slow", "slow"), ("losing", "losing"), ("well", "low")):
            session.media._hear(protocol.RecordingPace(room=session.id, session=session.id, pace=pace))
            assert warning() == told
        disk(LOW)
        assert warning() is None
        await session.recorded(False)


async def test_a_worker_that_cannot_start_is_tried_again_and_only_once(place: Path, database: Postgres) -> None:
    """Its port is taken: every attempt fails. When it is free there is one worker, not one for each attempt."""
    async with in_session(place, database) as session:
        port, dead = engine_of(session).port, worker_of(session)
        os.kill(dead, signal.SIGSTOP)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            os.kill(dead, signal.SIGKILL)
            await until(lambda: _bound(taken, port))
            before = len(session.media._tasks | session.media.workers._tasks)
            await until(lambda: session.media.engine_of(session.id) is None)
            for _ in range(3):
                await until(workers)
                await until(lambda: not workers())
            assert session.media.engine_of(session.id) is None
            assert len(session.media._tasks | session.media.workers._tasks) <= before + 1, "one attempt at a time"
        await until(lambda: session.media.engine_of(session.id) is not None)
        await session.media.settled(session.id)
        assert workers() == [worker_of(session)]
        assert (await engine_of(session).stats())["rooms"] == [session.id]


def _bound(taken: socket.socket, port: int) -> bool:
    try:
        taken.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
