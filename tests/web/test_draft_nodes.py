"""A draft on several nodes: what another node stored is judged with, told to whoever may read it and to nobody who has left, and nothing is taken away unread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cases.errors import Conflict
from realtime.backplane import Drafted
from realtime.messages import DraftPresence, DraftRemote
from rooms import commands as c
from storage.drafts import read_log
from storage.work import Outcome
from tests.web.writing import Hands, Writing, writing_together
from web.draft import Draft
from web.draft_telling import DraftTelling
from web.draft_writing import DraftWriting
from web.drafting import DraftDesk

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]


class Other:
    """The second node's copy of the draft, and who has it open there."""

    def __init__(self, first: Writing, draft: Draft) -> None:
        self.first, self.draft = first, draft
        self.told: list[Drafted] = []
        self.clients = iter(range(500, 600))
        store, reader, clock = first.session.house.store, first.session.house.reader, first.session.house.clock
        self.writing = DraftWriting(store, clock, DraftTelling(first.desk.telling._hub, reader.dossier, self.told.append))

    def hand(self, seat: str) -> Hands:
        there = Writing.__new__(Writing)
        there.session, there.draft, there.clients, there.desk = self.first.session, self.draft, self.clients, self.writing
        return there.hand(seat)

    async def store(self, hand: Hands) -> int:
        return await self.writing.write(self.draft, hand.opened, hand.take(), None)


@pytest.fixture
async def nodes(folder: Path) -> AsyncIterator[tuple[Writing, Other]]:
    async with writing_together(folder) as first:
        first.desk.telling._announce = lambda told: None
        dossier = await first.session.house.reader.dossier(first.session.case)
        draft = Draft(first.session.case, await read_log(first.draft.live.name), first.draft.facts)
        draft.stage = first.draft.stage
        assert dossier.agreement is not None
        yield first, Other(first, draft)


def kinds(hand: Hands) -> list[str]:
    return [type(message).__name__ for message in hand.line.told]


async def quiet(*drafts: Draft) -> None:
    async with asyncio.timeout(5):
        while any(draft.running or draft.hearing for draft in drafts):
            await asyncio.sleep(0.01)


async def test_each_is_judged_on_what_the_other_stored_and_everybody_reads_the_same(nodes: tuple[Writing, Other]) -> None:
    first, second = nodes
    here, there, reads = first.hand("m"), second.hand("s1"), second.hand("m")
    here.write("terms-1", "一。")
    one = await first.store(here)
    there.write("terms-1", "二。")
    assert await second.store(there) == one + 1, "the second node read the log first"
    second.writing.hear(second.draft, Drafted("", second.draft.live.name, one))
    here.write("terms-1", "三。")
    assert await first.store(here) == one + 2
    second.writing.hear(second.draft, Drafted(first.session.case, second.draft.live.name, one + 2))
    await quiet(first.draft, second.draft)
    for hand in (here, there, reads):
        hand.hear()
    assert here.content() == there.content() == reads.content()
    assert second.told and second.told[-1].seq >= one + 1
    assert [entry.seq for entry in await read_log(first.draft.live.name)] == list(range(1, one + 3))


async def test_who_has_left_by_another_node_is_told_nothing_more(nodes: tuple[Writing, Other], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = nodes
    writes, gone, away = first.hand("m"), first.hand("s1"), second.hand("s1")
    monkeypatch.setattr(DraftDesk, "follow", lambda self, dossier: None)  # what another node committed is not followed yet
    await first.session.do(c.LeaveRoom(first.session.case), first.session.party)
    writes.write("terms-1", "机密。")
    seq = await first.store(writes)
    second.writing.hear(second.draft, Drafted(first.session.case, second.draft.live.name, seq, b"\0"))
    first.desk.show_cursor(first.draft, writes.opened, b"", "王")
    await quiet(first.draft, second.draft)
    for hand in (gone, away):
        assert not {DraftRemote.__name__, DraftPresence.__name__} & set(kinds(hand)), kinds(hand)


async def test_nothing_is_decided_on_a_text_that_has_moved_on(nodes: tuple[Writing, Other]) -> None:
    first, second = nodes
    there = second.hand("s1")
    state = first.draft.live.updates_since()
    there.write("terms-1", "别的节点刚写的。")
    await second.store(there)
    hand = first.hand("m")
    hand.receive(state)
    hand.write("terms-1", "改成这样。")

    def decide(entry: Any, missing: list[str]) -> Any:
        raise AssertionError("decided on what was not read")

    async with first.draft.lock:
        with pytest.raises(Conflict) as refused:
            await first.desk.edit(first.draft, hand.take(), None, "m", decide)  # type: ignore[arg-type]
    assert refused.value.code == "draft_moved"
    assert "别的节点刚写的" in first.said(), "and the copy here has it now"
    with pytest.raises(Conflict) as frozen:
        # A freeze that was printed of what stood here before
        at = first.draft.live.last()
        there.write("terms-1", "又一句。")
        await second.store(there)
        await first.session.house.store.execute(first.session.case, _on(first.draft.live.name, at[0]))
    assert frozen.value.code == "draft_moved"


def _on(document: str, seq: int) -> Any:
    return lambda dossier, numbering, now: Outcome(read_drafts=[(document, seq)])


async def test_what_failed_and_may_be_stored_all_the_same_is_read_before_the_next(
    writing_alone: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of the commit was lost: the entry is in the log, and the copy does not know it."""
    writing = writing_alone
    hand = writing.hand("m")
    execute = writing.desk._store.execute

    async def lost(*args: Any, **more: Any) -> Any:
        await execute(*args, **more)
        raise OSError("the line to the database was cut")

    with monkeypatch.context() as patched:
        patched.setattr(writing.desk._store, "execute", lost)
        hand.write("terms-1", "存了。")
        with pytest.raises(OSError, match="cut"):
            await writing.store(hand)
    hand.write("terms-1", "再写。")
    await writing.store(hand)
    assert "存了。再写。" in writing.said()


@pytest.fixture
async def writing_alone(folder: Path) -> AsyncIterator[Writing]:
    async with writing_together(folder) as there:
        yield there
