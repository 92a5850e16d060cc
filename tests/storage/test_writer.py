"""Group commit: whole, fair, and durable once acknowledged."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from cases.errors import TooMuch
from storage import writer as writer_module
from storage.database import close_database, open_database, reads
from storage.models.people import Region
from storage.writer import Writer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def writer(folder: Path):
    await open_database(f"sqlite://{folder / 'heyi.sqlite3'}")
    made = Writer(single=True)
    made.start()
    yield made
    await made.stop()
    await close_database()


def region(code: str, fails: bool = False):
    async def job(connection: object) -> str:
        await Region.create(code=code, name=code, using_db=connection)
        if fails:
            raise ValueError(code)
        return code

    return job


async def codes() -> set[str]:
    return {r.code for r in await Region.all().using_db(reads())}


async def test_a_failing_job_costs_the_others_of_its_group_nothing(writer: Writer) -> None:
    jobs = [writer.run(region(str(n), fails=n % 3 == 1), lambda _: None) for n in range(12)]
    answers = await asyncio.gather(*jobs, return_exceptions=True)
    assert [isinstance(a, ValueError) for a in answers] == [n % 3 == 1 for n in range(12)]
    assert await codes() == {str(n) for n in range(12) if n % 3 != 1}


async def test_jobs_that_wait_are_committed_together(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    commit = writer._commit

    async def counting(batch: list) -> None:
        groups.append(len(batch))
        await commit(batch)

    monkeypatch.setattr(writer, "_commit", counting)
    await asyncio.gather(*(writer.run(region(f"g{n}"), lambda _: None) for n in range(200)))
    assert sum(groups) == 200
    assert len(groups) <= 6


async def test_followers_are_told_in_the_order_of_the_commits_and_never_of_a_failure(writer: Writer) -> None:
    told: list[str] = []
    jobs = [writer.run(region(f"o{n:02}", fails=n == 5), told.append) for n in range(20)]
    await asyncio.gather(*jobs, return_exceptions=True)
    assert told == [f"o{n:02}" for n in range(20) if n != 5]


async def test_whoever_stops_waiting_does_not_undo_the_commit(writer: Writer) -> None:
    told: list[str] = []
    waiting = asyncio.create_task(writer.run(region("left"), told.append))
    await asyncio.sleep(0)
    waiting.cancel()
    await writer.run(region("after"), told.append)
    assert await codes() >= {"left", "after"}
    assert told == ["left", "after"]


async def test_a_full_queue_refuses_and_says_to_come_back(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_queue", asyncio.Queue(1))
    first = asyncio.create_task(writer.run(region("first"), lambda _: None))
    await asyncio.sleep(0)
    with pytest.raises(TooMuch) as refused:
        await writer.run(region("second"), lambda _: None)
    assert refused.value.code == "busy"
    assert refused.value.retry
    first.cancel()


async def test_a_job_does_not_inherit_the_transaction_of_whoever_asks(writer: Writer) -> None:
    async def asks(connection: object) -> str:
        inner = asyncio.get_running_loop().create_task(writer.run(region("inner"), lambda _: None))
        writer_inner.append(inner)
        raise ValueError("the outer job fails")

    writer_inner: list[asyncio.Task] = []
    with pytest.raises(ValueError, match="outer"):
        await writer.run(asks, lambda _: None)
    assert await writer_inner[0] == "inner"
    assert "inner" in await codes()


CHILD = """
import asyncio, sys
from storage.database import open_database
from storage.models.people import Region
from storage.writer import Writer

async def main(path):
    await open_database("sqlite://" + path)
    writer = Writer(single=True)
    writer.start()
    async def one(n):
        async def job(connection):
            await Region.create(code=f"r{n}", name="x", using_db=connection)
            return n
        print(await writer.run(job, lambda _: None), flush=True)
    for first in range(0, 100000, 20):
        await asyncio.gather(*(one(n) for n in range(first, first + 20)))

asyncio.run(main(sys.argv[1]))
"""


def test_acknowledged_means_durable_over_a_kill(folder: Path) -> None:
    path = folder / "heyi.sqlite3"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert child.stdout is not None
    try:
        acknowledged = [child.stdout.readline().strip() for _ in range(150)]
        child.send_signal(signal.SIGKILL)
        acknowledged += child.stdout.read().split()
    finally:
        child.kill()
        child.wait(10)
        child.stdout.close()
    connection = sqlite3.connect(path)
    found = {code for (code,) in connection.execute("SELECT code FROM region")}
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert len(acknowledged) >= 150
    assert {f"r{n}" for n in acknowledged if n} <= found


def test_the_limits_are_those_that_the_documentation_names() -> None:
    assert (writer_module.GROUP_LIMIT, writer_module.QUEUE_LIMIT) == (64, 2000)


async def test_what_a_job_has_read_another_process_does_not_alter_before_it_writes(writer: Writer, folder: Path) -> None:
    """A verb beside the server: without the lock from the beginning on, SQLite would refuse the job's own write."""

    def other() -> str:
        with sqlite3.connect(folder / "heyi.sqlite3", timeout=0) as beside:
            try:
                beside.execute("INSERT INTO region (code, name, trial) VALUES ('9', '9', 0)")
            except sqlite3.OperationalError as error:
                return str(error)
        return ""

    async def job(connection: object) -> str:
        assert not await Region.filter(code="7").using_db(connection).exists()
        refused = await asyncio.to_thread(other)
        await Region.create(code="7", name="7", using_db=connection)
        return refused

    assert await writer.run(job, lambda _: None) == "database is locked"
    assert other() == "" and await codes() == {"7", "9"}
