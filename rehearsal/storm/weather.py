"""The storm itself: scenes play, troubles come as the seed says, and in the calm everything is counted."""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from rehearsal.storm.ground import CALM_WITHIN, Books, Ground, Unanswered
from rehearsal.storm.page import Page
from rehearsal.storm.secrets import Secret, told

TROUBLE_EVERY = (0.3, 1.5)
LIVE = ("live/", "here/")
"""Topics that no database keeps: what they show is for `presence` to say."""


class Scene(Protocol):
    """Some people and what they do. `prepare` comes before the storm, `check` in the calm after it, `count` when the servers have ended.
    Pages that have gone for good are in `past`: what they heard counts."""

    pages: list[Page]
    past: list[Page]

    async def prepare(self) -> None: ...

    def actors(self) -> list[Coroutine[Any, Any, None]]: ...

    async def check(self) -> None: ...

    def count(self, books: Books) -> list[Secret]: ...


class Storm:
    def __init__(self, ground: Ground, scenes: list[Scene]) -> None:
        self._ground, self._scenes = ground, scenes
        # Drawn from by nobody else, so that the same seed brings the same troubles.
        self._fate = random.Random(ground.result.seed)  # noqa: S311  (which trouble comes when is no secret)
        self.troubles: dict[str, Callable[[], Any]] = {"cut sockets": self._cut_sockets, "kill -9 of a node": self._kill}
        self._to_come: list[str] = []

    def pages(self) -> list[Page]:
        return [page for scene in self._scenes for page in scene.pages]

    async def blow(self, seconds: float) -> None:
        """Prepare, the storm, the calm. Every page has been stopped afterwards, and keeps what it heard."""
        ground, began = self._ground, time.monotonic()
        acting: list[asyncio.Task[None]] = []
        try:
            for scene in self._scenes:
                await scene.prepare()
            ground.until = time.monotonic() + seconds
            acting = [asyncio.create_task(self._play(actor)) for scene in self._scenes for actor in scene.actors()]
            await self._trouble()
            await asyncio.gather(*acting)
            await self._calm()
            for scene in self._scenes:
                await scene.check()
        finally:
            for task in acting:
                task.cancel()
            await asyncio.gather(*acting, *(page.stop() for page in self.pages()), return_exceptions=True)
        ground.result.seconds = round(time.monotonic() - began, 1)

    async def _play(self, actor: Coroutine[Any, Any, None]) -> None:
        try:
            await actor
        except Unanswered:
            pass  # noted where it happened
        except Exception as error:
            self._ground.fault(f"somebody gave up: {type(error).__name__}: {error}")

    async def _trouble(self) -> None:
        while self._ground.blows():
            await asyncio.sleep(self._fate.uniform(*TROUBLE_EVERY))
            name = self._next_trouble()
            self._ground.result.troubles[name] = self._ground.result.troubles.get(name, 0) + 1
            await self.troubles[name]()
            self._ground.struck_at = time.monotonic()

    def _next_trouble(self) -> str:
        """Each kind comes once before any comes again: a slow machine, on which few come, has several kinds all the same."""
        if not self._to_come:
            self._to_come = list(self.troubles)
            self._fate.shuffle(self._to_come)
        return self._to_come.pop()

    async def _cut_sockets(self) -> None:
        for page in self.pages():
            if self._ground.random.random() < 0.5:
                page.cut()

    async def _kill(self) -> None:
        server = self._fate.choice(self._ground.servers)
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        await asyncio.sleep(self._fate.uniform(0, 0.5))
        await asyncio.to_thread(server.start)

    async def _calm(self) -> None:
        """Pages arrive at what a fresh snapshot says."""
        ends = time.monotonic() + CALM_WITHIN
        while behind := await self._behind():
            if time.monotonic() > ends:
                self._ground.fault(f"differ from a fresh snapshot: {', '.join(behind)}")
                return
            await asyncio.sleep(0.2)

    async def _behind(self) -> list[str]:
        """Page and topic, where a page shows something else than a fresh snapshot does."""
        fresh: dict[tuple[int, str], dict[str, Any] | None] = {}
        behind = []
        for page in self.pages():
            for topic in [t for t in page.wanted() if not t.startswith(LIVE)]:
                key = id(page.visitor), topic
                if key not in fresh:
                    fresh[key] = await self._ground.fresh(page.visitor, topic)
                if fresh[key] is None or topic not in page.following or page.docs.get(topic) != fresh[key]:
                    behind.append(f"{page.name} {topic}")
        return behind

    def count(self, books: Books) -> None:
        """With the servers ended: what the database holds, and what reached whom."""
        secrets = list(itertools.chain.from_iterable(scene.count(books) for scene in self._scenes))
        past = [page for scene in self._scenes for page in scene.past]
        self._ground.result.faults += told(secrets, [*self.pages(), *past])
