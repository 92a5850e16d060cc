"""The hub against a database that is ahead, behind, silent or another one: readers miss nothing, get nothing twice, or start afresh."""

from __future__ import annotations

import asyncio
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import Actor
from cases.vocabulary import Role
from realtime import node_streams
from realtime.hub import Hub
from realtime.patch import apply
from realtime.streams import Stream

TOPIC, STREAM = "centre/139901", "centre/139901|staff"


class Books:
    """The database: one stream. `answers` false: it does not answer."""

    def __init__(self) -> None:
        self.epoch, self.history = "e1", []
        self.answers, self.asked = True, 0
        self.kept = 500

    def commit(self) -> tuple[str, int, dict[str, Any]]:
        offset = len(self.history) + 1
        self.history.append({f"k{offset % 5}": offset})
        return self.epoch, offset, self.history[-1]

    @property
    def document(self) -> dict[str, Any]:
        doc: dict[str, Any] = {}
        for patch in self.history:
            doc = apply(doc, patch)
        return doc

    async def dossier_of(self, topic: str) -> None:
        return None

    async def snapshot(self, stream: str, dossier: Any) -> tuple[str, int, dict[str, Any]]:
        self._ask()
        epoch, offset, doc = self.epoch, len(self.history), self.document
        await asyncio.sleep(0)
        return (epoch if offset else ""), offset, doc

    async def since(self, stream: str, epoch: str, offset: int) -> list[tuple[int, dict[str, Any]]] | None:
        self._ask()
        found = list(enumerate(self.history, 1))[offset:]
        known = epoch == self.epoch and offset <= len(self.history) and len(found) <= self.kept
        await asyncio.sleep(0)
        return found if known else None

    async def heads(self, streams: list[str]) -> dict[str, tuple[str, int]]:
        self._ask()
        return {STREAM: (self.epoch, len(self.history))} if STREAM in streams and self.history else {}

    def _ask(self) -> None:
        self.asked += 1
        if not self.answers:
            raise ConnectionError("no database")


class Page:
    """A client as the protocol describes it."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.actor = Actor("account", "centre", "", Role.CENTRE, "centre", "139901")
        self.login = self.address = "x"
        self.topics: dict[str, Stream] = {}
        self.epoch, self.offset, self.doc = "", 0, {}
        self.again = self.snapshots = self.events = 0
        hub.join(self)

    account = "centre"

    def write(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            self._take(msgpack.unpackb(data[start : start + size]))
            at = start + size

    answer = write

    def _take(self, message: dict[str, Any]) -> None:
        match message["t"]:
            case "snapshot":
                self.snapshots += 1
                self.epoch, self.offset, self.doc = message["epoch"], message["offset"], message["doc"]
            case "event":
                self.events += 1
                assert message["offset"] == self.offset + 1, "missed or twice"
                self.offset, self.doc = message["offset"], apply(self.doc, message["patch"])
            case "current":
                assert message["offset"] == self.offset
                self.epoch = message["epoch"]
            case "gone":
                assert message["code"] == "again"
                self.again += 1

    async def follow(self) -> None:
        await self.hub.subscribe(self, TOPIC, self.epoch, self.offset)

    def close(self, code: int, reason: str) -> None:
        self.hub.leave(self)


async def settle(pages: list[Page]) -> None:
    """Whoever is sent back asks again, until everybody reads."""
    for _ in range(40):
        await asyncio.sleep(0.001)
        for page in pages:
            if TOPIC not in page.topics and page in page.hub.readers:
                await page.follow()


@given(st.lists(st.sampled_from(["commit", "lost", "late", "join", "cut", "heads", "restart", "idle"]), max_size=40))
def test_every_page_ends_with_what_the_database_has(steps: list[str]) -> None:
    async def run() -> None:
        books = Books()
        hub = Hub(books, lambda: None, "n")  # type: ignore[arg-type,return-value]
        pages: list[Page] = [Page(hub)]
        late: list[tuple[str, int, dict[str, Any]]] = []
        for step in steps:
            match step:
                case "commit":
                    hub.streams.publish(STREAM, *books.commit())
                case "lost":  # committed elsewhere, and the announcement never came
                    books.commit()
                case "late":  # came, but after its successors
                    late.append(books.commit())
                case "join":
                    pages.append(Page(hub))
                    await pages[-1].follow()
                case "cut":
                    hub.leave(pages[-1])
                    hub.join(pages[-1])
                    await pages[-1].follow()
                case "heads":
                    await hub.streams.compare_with_database()
                case "restart":  # from a backup: history is another one from here
                    books.epoch += "x"
                    hub.streams.publish(STREAM, *books.commit())
                case "idle":
                    hub.drop_idle()
        for announced in late:
            hub.streams.publish(STREAM, *announced)
        await settle(pages)
        await hub.streams.compare_with_database()
        await settle(pages)
        for page in pages:
            assert page.doc == books.document
            if books.history:
                assert page.offset == len(books.history)
                assert page.epoch in {books.epoch, ""}, "empty: subscribed before the stream existed"

    asyncio.run(run())


def test_a_thousand_who_come_back_at_once_ask_the_database_once() -> None:
    async def run() -> None:
        books = Books()
        for _ in range(30):
            books.commit()
        hub = Hub(books, lambda: None, "n")  # type: ignore[arg-type,return-value]
        pages = [Page(hub) for _ in range(50)]
        for number, page in enumerate(pages):
            page.epoch, page.offset, page.doc = "e1", 10 + number % 2, {}
        await asyncio.gather(*(page.follow() for page in pages))
        assert {page.offset for page in pages} == {30}
        assert {page.snapshots for page in pages} == {0}
        assert books.asked <= 4, "one reading for each position, and the ring for the others"

    asyncio.run(run())


def test_a_reader_from_further_back_than_history_gets_a_snapshot() -> None:
    async def run() -> None:
        books = Books()
        books.kept = 5
        for _ in range(30):
            books.commit()
        page = Page(Hub(books, lambda: None, "n"))  # type: ignore[arg-type,return-value]
        page.epoch, page.offset = "e1", 3
        await page.follow()
        assert (page.snapshots, page.events, page.offset) == (1, 0, 30)

    asyncio.run(run())


def test_a_gap_waits_for_a_database_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_streams, "RETRY", 0.005)

    async def run() -> None:
        books = Books()
        hub = Hub(books, lambda: None, "n")  # type: ignore[arg-type,return-value]
        page = Page(hub)
        hub.streams.publish(STREAM, *books.commit())
        await page.follow()
        books.commit()
        books.answers = False
        hub.streams.publish(STREAM, *books.commit())
        asked = books.asked
        async with asyncio.timeout(10):
            while books.asked < asked + 3:
                await asyncio.sleep(0.005)
        assert page.offset == 1, "nothing is shown out of order meanwhile"
        books.answers = True
        async with asyncio.timeout(10):
            while page.offset < 3:
                await asyncio.sleep(0.005)
        assert (page.again, page.snapshots) == (0, 1)

    asyncio.run(run())


def test_those_who_must_go_are_asked_back_one_after_the_other() -> None:
    hub = Hub(Books(), lambda: None, "n")  # type: ignore[arg-type,return-value]
    times = [hub.return_after() for _ in range(10_000)]
    busiest = max(sum(1 for t in times if start <= t < start + 1000) for start in range(0, max(times), 500))
    assert busiest <= 500, "ten thousand clients do not return in one second"
