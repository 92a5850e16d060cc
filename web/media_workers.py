"""The media workers, of this machine and of media nodes: started, watched, started again when they die; and which of them has which room.

A room stays with its worker until that ends; there is no cascading. When a worker has gone, and its process has ended, its rooms are given to the
others at once, while another takes its place on the same port.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from prometheus_client import Gauge

from rooms.media.placement import Load, least_loaded
from rooms.media.port import EngineGone, EventHandler, MediaEngine, StartEngine
from rooms.media.protocol import EngineError

log = structlog.get_logger("media")

RESTART_AFTER, RESTART_AT_MOST = 0.3, 10.0
"""Seconds until another worker is started, and what they grow to when none lasts."""
FORGIVEN = 5
"""Deaths in a row after which each further one doubles the wait."""
LASTS = 2.0
"""Seconds after which a worker counts as one that lasts."""
MEASURED_EVERY = 2.0

CPU = Gauge("heyi_media_worker_cpu", "Share of a core that a media worker takes", ["worker"])
ROOMS = Gauge("heyi_media_worker_rooms", "Rooms of a media worker", ["worker"])
UP = Gauge("heyi_media_worker_up", "Whether a media worker runs", ["worker"])

Lost = Callable[[set[str]], Callable[[], Coroutine[Any, Any, None]]]
"""Told, at once, which rooms have lost their worker; what it returns is called when the worker's process has ended, and gives them to others."""


class Worker:
    """One place for a worker. `engine` is None while there is none."""

    def __init__(self, name: str, start: StartEngine) -> None:
        self.name, self.start = name, start
        self.engine: MediaEngine | None = None
        self.rooms: set[str] = set()
        self.failure = ""
        self.cpu = 0.0
        self.cpu_seconds = 0.0
        self.measured_at = 0.0
        self.fresh: set[str] = set()
        """Rooms that came since it was measured."""
        self.started_at = 0.0
        self.deaths = 0
        """How often in a row it did not last."""
        self.leaves = False
        """It takes no further rooms, and is let go when it has none."""
        self.let_go = False

    @property
    def load(self) -> Load:
        return Load(self.cpu, len(self.rooms), len(self.fresh))


class MediaWorkers:
    """`hear` takes the events of all workers; `ready` is called when one has come up again."""

    def __init__(self, starts: Sequence[StartEngine], hear: EventHandler, lost: Lost, ready: Callable[[], None]) -> None:
        self.all = {str(number): Worker(str(number), start) for number, start in enumerate(starts)}
        self._hear, self._lost, self._ready = hear, lost, ready
        self._homes: dict[str, Worker] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Start all. Raises `EngineGone` when one does not come up; then none is left."""
        results = await asyncio.gather(*(self._start(worker) for worker in self.all.values()), return_exceptions=True)
        failed = [result for result in results if isinstance(result, BaseException)]
        if failed:
            await self.stop()
            raise failed[0]
        self._spawn(self._measure())

    async def stop(self) -> None:
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(w.engine.stop() for w in self.all.values() if w.engine is not None), return_exceptions=True)

    def problem(self) -> str:
        """What is wrong with which worker, empty when all are there."""
        failed = [(w.name, w.failure) for w in self.all.values() if w.failure and not w.leaves]
        if not failed and all(w.engine is None for w in self.all.values()):
            return "there is no media worker; where media nodes have them, none has told that it is there"
        title = "media worker" if len(self.all) == 1 else "media worker {}"
        return "; ".join(f"{title.format(name)}: {failure}" for name, failure in failed)

    def engine(self, room: str) -> MediaEngine | None:
        """What carries a room; None while it has no worker."""
        worker = self._homes.get(room)
        return worker.engine if worker is not None else None

    def place(self, room: str) -> MediaEngine | None:
        """The engine of a room, chosen by load where it has none; None while there is none for it."""
        if room not in self._homes:
            chosen = least_loaded({w.name: w.load for w in self.all.values() if w.engine is not None and not w.leaves})
            if chosen is None:
                return None
            worker = self._homes[room] = self.all[chosen]
            worker.rooms.add(room)
            worker.fresh.add(room)
        return self._homes[room].engine

    def release(self, room: str) -> None:
        """The room has ended."""
        worker = self._homes.pop(room, None)
        if worker is not None:
            worker.rooms.discard(room)
            worker.fresh.discard(room)

    def add(self, name: str, start: StartEngine) -> None:
        """One more, of a media node: it is started, and tried again until it is let go. Harmless where there is one of this name."""
        if name not in self.all:
            worker = self.all[name] = Worker(name, start)
            self._spawn(self._start_again(worker))

    def settle(self, name: str, *, leaves: bool) -> bool:
        """Say whether a media node's worker is to leave; True when it has been let go, which needs that it has no rooms left."""
        worker = self.all.get(name)
        if worker is None:
            return True
        worker.leaves = leaves
        if not leaves or worker.rooms:
            return False
        del self.all[name]
        for gauge in (CPU, ROOMS, UP):
            with suppress(KeyError):
                gauge.remove(name)
        worker.let_go = True
        if worker.engine is not None:
            engine, worker.engine = worker.engine, None
            self._spawn(engine.stop())
        return True

    def measure(self) -> list[dict[str, Any]]:
        """What an operator is shown of each worker."""
        return [
            {"worker": w.name, "pid": getattr(w.engine, "pid", 0), "rooms": len(w.rooms), "cpu": round(w.cpu, 3), "problem": w.failure}
            for w in self.all.values()
        ]

    async def _start(self, worker: Worker) -> None:
        engine = await worker.start(self._hear, partial(self._gone, worker))
        if worker.let_go:
            await engine.stop()
            return
        worker.engine = engine
        worker.failure, worker.cpu, worker.cpu_seconds = "", 0.0, 0.0
        worker.started_at = worker.measured_at = time.monotonic()

    def _gone(self, worker: Worker, reason: str) -> None:
        engine, worker.engine = worker.engine, None
        worker.failure = reason
        log.error("media worker gone", worker=worker.name, reason=reason)
        # One that has never come into force is another attempt of the replacement that is under way.
        if engine is None or self._stopping:
            return
        rooms, worker.rooms, worker.fresh = worker.rooms, set(), set()
        for room in rooms:
            del self._homes[room]
        self._spawn(self._replace(worker, engine, self._lost(rooms)))

    async def _replace(self, worker: Worker, engine: MediaEngine, move: Callable[[], Coroutine[Any, Any, None]]) -> None:
        # What is left of it, if anything: two processes must never write one recording.
        await engine.stop()
        async with asyncio.TaskGroup() as both:
            both.create_task(move())
            both.create_task(self._start_again(worker))

    async def _start_again(self, worker: Worker) -> None:
        worker.deaths = 0 if time.monotonic() - worker.started_at > LASTS else worker.deaths + 1
        while not worker.let_go:
            await asyncio.sleep(min(RESTART_AT_MOST, RESTART_AFTER * 2 ** max(0, worker.deaths - FORGIVEN)))
            try:
                await self._start(worker)
                break
            except Exception as error:
                worker.failure = f"{type(error).__name__}: {error}"[:200]
                worker.deaths += 1
                log.error("media worker does not start", worker=worker.name, reason=worker.failure)
        self._ready()

    async def _measure(self) -> None:
        """How busy each is, again and again."""
        while True:
            await asyncio.sleep(MEASURED_EVERY)
            for worker in list(self.all.values()):
                engine, now, label = worker.engine, time.monotonic(), worker.name
                UP.labels(label).set(engine is not None)
                ROOMS.labels(label).set(len(worker.rooms))
                CPU.labels(label).set(worker.cpu)
                if engine is None:
                    continue
                try:
                    used = float((await engine.stats()).get("cpu_s", 0.0))
                except (EngineGone, EngineError):
                    continue  # whoever watches it tells more
                worker.cpu = max(0.0, used - worker.cpu_seconds) / (now - worker.measured_at)
                worker.cpu_seconds, worker.measured_at = used, now
                worker.fresh.clear()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
