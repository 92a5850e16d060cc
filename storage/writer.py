"""Transactions: one writer with group commit on SQLite, one transaction a job on PostgreSQL.

SQLite has a single writer anyway. Jobs that wait while a commit is being flushed are run together in the next transaction, each inside
its own savepoint, so that one that fails costs the others nothing. A job's result is handed out only after the commit: acknowledged means
durable. Jobs run in a clean context, since a task that is spawned inside a transaction would inherit its connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Any, TypeVar

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from cases.errors import TooMuch

log = structlog.get_logger("writer")

T = TypeVar("T")
Job = Callable[[BaseDBAsyncClient], Awaitable[Any]]
Waiting = tuple[Job, Callable[[Any], None], asyncio.Future[Any]]

RESERVE = "DELETE FROM receipt WHERE 0"
"""Does nothing, and takes SQLite's lock for writing, for which it waits. A transaction that begins by reading could not take it any more once another process has written (a verb beside
the server): SQLite would refuse at once (SQLITE_BUSY_SNAPSHOT)."""
GROUP_LIMIT = 64
QUEUE_LIMIT = 2000


class Writer:
    """Runs jobs, each given the connection of its transaction. `run` raises what the job raised."""

    def __init__(self, single: bool) -> None:
        self.single = single
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(QUEUE_LIMIT)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self.single:
            self._task = asyncio.get_running_loop().create_task(self._work(), context=Context())

    async def stop(self) -> None:
        """Finish what is queued, then end."""
        if self._task is not None:
            await self._queue.join()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def waiting(self) -> int:
        return self._queue.qsize()

    def problem(self) -> str:
        """What keeps commands from being written, for the health page."""
        return "the database's writer has ended" if self._task is not None and self._task.done() else ""

    async def run(self, job: Callable[[BaseDBAsyncClient], Awaitable[T]], after: Callable[[T], None]) -> T:
        """Run a job and return its result once it is durable. `after` is called with it at once after the commit, in the order of the
        commits, even when whoever waits for the result has gone away."""
        if not self.single:
            return await asyncio.shield(asyncio.get_running_loop().create_task(self._alone(job, after), context=Context()))
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((job, after, future))
        except asyncio.QueueFull:
            raise TooMuch("busy", "The server is busy; please try again in a moment") from None
        return await future

    async def _alone(self, job: Callable[[BaseDBAsyncClient], Awaitable[T]], after: Callable[[T], None]) -> T:
        async with in_transaction("default") as connection:
            result = await job(connection)
        _tell(after, result)
        return result

    async def _work(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < GROUP_LIMIT and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._commit(batch)
            for _ in batch:
                self._queue.task_done()

    async def _commit(self, batch: list[Waiting]) -> None:
        outcomes: list[tuple[Any, BaseException | None]] = []
        try:
            async with in_transaction("default") as connection:
                await connection.execute_query(RESERVE)
                if len(batch) == 1:
                    # If it fails, nobody else's work is to be saved: no savepoint.
                    outcomes.append((await batch[0][0](connection), None))
                else:
                    for job, _, _ in batch:
                        try:
                            async with connection._in_transaction() as inner:
                                outcomes.append((await job(inner), None))
                        except Exception as error:
                            outcomes.append((None, error))
        except Exception as error:
            outcomes = [(None, error) for _ in batch]
        for (_, after, future), (result, failure) in zip(batch, outcomes, strict=True):
            if failure is None:
                _tell(after, result)
            if future.done():
                continue
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)


def _tell(after: Callable[[Any], None], result: Any) -> None:
    """What listens to commits may fail; the writer, which everybody needs, may not."""
    try:
        after(result)
    except Exception:
        log.exception("a listener failed after a commit")
