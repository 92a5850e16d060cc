"""Durable events through the real `storage.work.Store` and its writer: SQLite, synchronous FULL, group commit.

An event is what a reader resumes by: one numbered step of one view. A command that changes a case's title makes three, in three views, beside its
entry in the ledger and its new state.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path

from benchmarks.figures import Figure, figure
from cases.case import Numbering, open_case
from cases.clock import SystemClock
from cases.commands.casework import Report
from cases.ports import Happened
from realtime import audience, patch
from storage.database import close_database, open_database
from storage.dossier import Dossier
from storage.work import Committed, Outcome, Store
from storage.writer import Writer

ROUNDS = 5
CASES, COMMANDS = 100, 1500
AT_ONCE = 256
"""Commands that wait at the same time: what a group commit has to work with."""
GOAL = 2500.0


class Books:
    """The store over a fresh database; `told` is what it told after its commits."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.told = writer, list[Committed]()
        self._store = Store(writer, SystemClock(), audience.fragments, patch.diff, self.told.append)

    async def report(self, number: int) -> str:
        """A new case; returns its id."""

        def make(numbering: Numbering, now: datetime) -> tuple[Dossier, Outcome]:
            asked = Report(
                name="李某",
                phone="13800001234",
                region="139901001",
                title=f"屋檐滴水 {number}",
                facts="雨水排到邻居院内。",
            )
            case, happened = open_case(asked, numbering, now, [], "城关镇", True)
            return Dossier(case), Outcome(happened, {"case": case.id})

        return str((await self._store.create(make))["case"])

    async def retitle(self, case: str, title: str) -> None:
        """The smallest change that several views show."""

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            dossier.case.title = title
            return Outcome([Happened("case.classified", {"title": title})])

        await self._store.execute(case, decide)


@contextlib.asynccontextmanager
async def books(folder: Path) -> AsyncIterator[Books]:
    await open_database(f"sqlite://{folder / 'heyi.sqlite3'}", secrets.token_bytes(32))
    writer = Writer(single=True)
    writer.start()
    try:
        yield Books(writer)
    finally:
        await writer.stop()
        await close_database()


async def all_of(work: Iterable[Callable[[], Awaitable[None]]], at_once: int = AT_ONCE) -> None:
    """Do everything, so many at a time, in the order given."""
    waiting = iter(work)

    async def one_after_another() -> None:
        for job in waiting:
            await job()

    await asyncio.gather(*(one_after_another() for _ in range(at_once)))


async def append(cases: int = CASES, commands: int = COMMANDS, rounds: int = ROUNDS) -> list[Figure]:
    events, done = [], []
    with tempfile.TemporaryDirectory(prefix="heyi-bench-") as folder:
        async with books(Path(folder)) as kept:
            ids = [await kept.report(number) for number in range(cases)]
            for turn in range(rounds):
                kept.told.clear()
                started = time.monotonic()
                await all_of(_retitle(kept, ids[n % cases], f"{turn}.{n}") for n in range(commands))
                seconds = time.monotonic() - started
                assert len(kept.told) == commands
                events.append(sum(len(committed.changes) for committed in kept.told) / seconds)
                done.append(commands / seconds)
    return [
        figure("hub.append.sqlite", "events/s", events, goal=GOAL, at_least=True, digits=0),
        figure("hub.append.sqlite.commands", "commands/s", done, at_least=True, digits=0),
    ]


def _retitle(kept: Books, case: str, title: str) -> Callable[[], Awaitable[None]]:
    return lambda: kept.retitle(case, title)
