"""This node among the others: what it commits goes to its own readers and to the other nodes; what they tell goes to its readers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog

from realtime.backplane import Announcement, Backplane, Changed, Drafted, Ended, Heads, Joined, Live, Missed, Step
from realtime.hub import Hub
from realtime.live import LiveDocs
from realtime.metrics import PUBLISH_SECONDS
from storage.steps import Change
from storage.work import Committed

log = structlog.get_logger("nodes")

OF_A_CASE = ("case/", "own/", "room/", "caucus/", "ratings/", "data/")
RETRY = 0.5
"""Seconds between two attempts to ask the database who may read."""

Listener = Callable[[Committed], None]


class Nodes:
    """Called after every commit of this node. `listeners` hear of those alone, `elsewhere(case)` of what
    another node has committed that is counted."""

    def __init__(self, hub: Hub, backplane: Backplane, county_of: Callable[[Committed], str]) -> None:
        self.hub, self.backplane = hub, backplane
        self.live = LiveDocs(hub.streams.show_live, backplane.announce)
        self.listeners: list[Listener] = []
        self.followers: list[Callable[[Any], None]] = []
        """Are given the dossier of what another node has changed and somebody here reads."""
        self.drafted: Callable[[Drafted], None] = lambda drafted: None
        """Is told of drafts that another node has written."""
        self.drafts_lately: Callable[[], list[Drafted]] = list
        """Where drafts stand that were written here since the last time it was asked."""
        self.drafts_behind: Callable[[], Awaitable[None]] | None = None
        """Compares the drafts that are open here with the database."""
        self.rooms: Callable[[Any], None] | None = None
        """On the node that has the rooms: is given the dossier of whatever another node has changed."""
        self.sessions: Callable[[], Awaitable[list[str]]] | None = None
        """On the same node, among several: the cases whose session is another by now than it knows."""
        self._held: dict[str, list[Callable[[], None]]] = {}
        """Case → what is to be shown once it is known who may read it."""
        self._following: set[str] = set()
        self.elsewhere: Callable[[str], None] = lambda case: None
        self.counts_behind: Callable[[], Awaitable[None]] | None = None
        """Compares what is counted here with the database."""
        self.moved: dict[str, int] = {}
        """Stream → head, of what this node has moved since the last pruning."""
        self._lately: set[str] = set()
        self._county_of = county_of
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        await self.backplane.start(self._hear, self._caught_up)

    async def stop(self) -> None:
        await self.backplane.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def __call__(self, committed: Committed) -> None:
        began = time.perf_counter()
        # First who may read, then what: whoever has lost the right with this change does not get it any more.
        self.hub.revise(committed.after)
        for change in committed.changes:
            self.hub.streams.publish(change.stream, change.epoch, change.offset, change.patch)
            self.moved[change.stream] = change.offset
            self._lately.add(change.stream)
        PUBLISH_SECONDS.observe(time.perf_counter() - began)
        steps = [Step(c.stream, c.epoch, c.offset, c.patch) for c in committed.changes]
        self.backplane.announce(Changed(committed.case_id, steps, self._county_of(committed)))
        for listener in self.listeners:
            listener(committed)

    def step(self, case: str, change: Change) -> None:
        """One step of a stream that is no case's document, such as somebody's bell; `case` is what it is about."""
        self.hub.streams.publish(change.stream, change.epoch, change.offset, change.patch)
        self.moved[change.stream] = change.offset
        self._lately.add(change.stream)
        self.backplane.announce(Changed(case, [Step(change.stream, change.epoch, change.offset, change.patch)], ""))

    def end(self, logins: list[str], code: int, reason: str) -> None:
        """Close the connections of sign-ins that ended, here and on every other node."""
        for login in logins:
            self.hub.close_login(login, code, reason)
        if logins:
            self.backplane.announce(Ended(logins, code, reason))

    def announce_heads(self) -> None:
        """Tell where the streams stand that moved since the last time, so that a lost last event is noticed."""
        heads = self.hub.streams.heads(self._lately)
        self._lately.clear()
        if heads:
            self.backplane.announce(Heads(heads))
        for drafted in self.drafts_lately():
            self.backplane.announce(drafted)

    def tell_live(self) -> None:
        for live in self.live.tell():
            self.backplane.announce(live)
        for node in self.live.forget(time.monotonic()):
            log.warning("node silent", node=node)

    # what others tell

    def _caught_up(self) -> None:
        self.backplane.announce(Joined())
        self._spawn(self.compare_with_database())

    async def compare_with_database(self) -> None:
        """After a cut of the backplane: ask again who may read what, and only then fill what lags. The node that has the rooms looks at
        theirs, since nobody tells it again of a private talk that was opened or a seat that was removed meanwhile."""
        cases = set(self.hub.cases())
        if self.sessions is not None:
            cases.update(await self.sessions())
        for case in cases:
            await self._ask(case)
        await self.hub.streams.compare_with_database()
        if self.drafts_behind is not None:
            await self.drafts_behind()
        if self.counts_behind is not None:
            await self.counts_behind()

    def _hear(self, node: str, announcement: Announcement) -> None:
        match announcement:
            case Changed():
                self._take(announcement)
                if announcement.county:
                    self.elsewhere(announcement.case)
            case Heads():
                self._compare(announcement.heads)
            case Ended():
                for login in announcement.logins:
                    self.hub.close_login(login, announcement.code, announcement.reason)
            case Drafted():
                self.drafted(announcement)
            case Live():
                self.live.hear(node, announcement, time.monotonic())
            case Joined():
                self.tell_live()
            case Missed():
                self._spawn(self.compare_with_database())

    def _take(self, changed: Changed) -> None:
        """Steps of lists are shown at once; those of the case itself when it is known who may still read them."""
        asks = changed.case in self._held or self.hub.concerns(changed.case) or self.rooms is not None
        shown_later: list[Callable[[], None]] = []
        for step in changed.steps:
            show = partial(self.hub.streams.publish, step.stream, step.epoch, step.offset, step.patch)
            if asks and step.stream.startswith(OF_A_CASE):
                shown_later.append(show)
            else:
                show()
        self.hub.note_change(changed.case)
        if asks:
            self._hold(changed.case, shown_later)

    def _compare(self, heads: dict[str, tuple[str, int]]) -> None:
        """Where streams stand elsewhere. What a case lacks here was told with a change that did not arrive: the same question comes first."""
        for name, head in heads.items():
            compare = partial(self.hub.streams.compare, {name: head})
            if name.startswith(OF_A_CASE) and self.hub.streams.lags(name, head):
                self._hold(name.partition("|")[0].partition("/")[2].partition("-")[0], [compare])
            else:
                compare()

    def _hold(self, case: str, shown_later: list[Callable[[], None]]) -> None:
        self._held.setdefault(case, []).extend(shown_later)
        if case not in self._following:
            self._following.add(case)
            self._spawn(self._follow(case))

    async def _follow(self, case: str) -> None:
        """Ask who may read, then show what was held back. While the database does not answer, nothing is shown."""
        try:
            while True:
                held = len(self._held.get(case, ()))
                try:
                    await self._ask(case)
                except Exception as error:
                    log.warning("case not followed yet", reason=type(error).__name__)
                    await asyncio.sleep(RETRY)
                    continue
                waiting = self._held.get(case, [])
                for show in waiting[:held]:
                    show()
                del waiting[:held]
                if not waiting:
                    return
        finally:
            self._held.pop(case, None)
            self._following.discard(case)

    async def _ask(self, case: str) -> None:
        """Who may read what of a case by now; whoever follows it is given what it is."""
        dossier = await self.hub.revise_case(case, always=self.rooms is not None)
        if dossier is None:
            return
        for follower in self.followers:
            follower(dossier)
        if self.rooms is not None:
            self.rooms(dossier)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            # The database did not answer; the next look at it (`web.vigil`) does the same again.
            log.warning("not compared with the database", reason=type(task.exception()).__name__)
