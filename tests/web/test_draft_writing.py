"""What several write within one tick: judged in order, stored together or not at all, told to each as one message."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from agreements.live import LiveDocument
from agreements.update_format import varint
from cases.errors import OutOfTurn
from realtime.messages import DraftPresence, DraftRemote
from rooms import commands as c
from storage.drafts import read_kept, read_log
from storage.models.agreements import DraftSnapshotRow
from tests.web.test_rewriting import split
from tests.web.writing import Writing, writing_together
from web import draft_writing

pytestmark = pytest.mark.anyio


@pytest.fixture
async def writing(tmp_path: Path) -> Any:
    async with writing_together(tmp_path) as there:
        yield there


async def replayed(writing: Writing) -> dict[str, Any]:
    """What the stored log says, its chain checked."""
    log = await read_log(writing.draft.live.name)
    live = LiveDocument(log[0].document, log[0])
    live.catch_up(log[1:])
    return live.content()


async def test_what_several_write_at_once_is_one_transaction_and_one_message_to_each(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = [writing.hand("m"), writing.hand("s1"), writing.hand("m"), writing.hand("s1")]
    transactions, execute = [], writing.desk._store.execute
    monkeypatch.setattr(writing.desk._store, "execute", lambda *a, **more: transactions.append(a) or execute(*a, **more))
    for number, hand in enumerate(hands[:3]):
        hand.write("terms-1", f"第{number}句。")
    before = writing.draft.live.seq
    assert await asyncio.gather(*map(writing.store, hands[:3])) == [before + 1, before + 2, before + 3]
    assert len(transactions) == 1
    remote = [[m for m in hand.line.told if isinstance(m, DraftRemote)] for hand in hands]
    assert [len(told) for told in remote] == [1, 1, 1, 1] and {told[0].seq for told in remote} == {before + 3}
    for hand in hands:
        hand.hear()
    assert all(hand.content() == writing.draft.live.content() for hand in hands)
    assert await replayed(writing) == writing.draft.live.content()
    assert all(f"第{number}句。" in writing.said() for number in range(3))


async def test_a_refused_one_costs_the_others_nothing(writing: Writing) -> None:
    one, wrong, two = writing.hand("m"), writing.hand("s1"), writing.hand("s1")
    one.write("terms-1", "一。")
    wrong.set_field("disputes.responsibility", "各半")  # only the mediator may
    two.write("terms-1", "二。")
    fates = await asyncio.gather(*map(writing.store, (one, wrong, two)), return_exceptions=True)
    assert isinstance(fates[1], OutOfTurn) and fates[1].code == "draft_may_not_edit_clause"
    assert isinstance(fates[0], int) and fates[2] == fates[0] + 1
    assert "一。" in writing.said() and "二。" in writing.said()
    assert await replayed(writing) == writing.draft.live.content()


async def test_two_who_rewrite_a_clause_within_a_tick(writing: Writing) -> None:
    """The second is refused, though what it was made on is the newest that is stored."""
    first = writing.hand("m")
    first.write("terms-1", "赵某尽快修好，尽早付清一千元。")
    await writing.store(first)
    base = writing.draft.live.seq
    one, two = writing.hand("m"), writing.hand("s1")
    split(one, "尽快")
    split(two, "尽早")
    fates = await asyncio.gather(writing.store(one, base), writing.store(two, base), return_exceptions=True)
    assert fates[0] == base + 1
    assert isinstance(fates[1], OutOfTurn) and fates[1].code == "draft_rewritten_meanwhile"
    assert writing.said() == "赵某修好，尽早付清一千元。"


async def test_when_the_database_fails_nothing_was_written_and_the_next_is(writing: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = writing.hand("m"), writing.hand("s1")
    before, text = writing.draft.live.head, writing.said()
    one.write("terms-1", "一。")
    two.write("terms-1", "二。")

    async def broken(case: str, decide: Any, **more: Any) -> Any:
        async def failing(*_: Any) -> Any:
            raise OSError("disk full")

        with monkeypatch.context() as inner:
            inner.setattr("storage.drafts.enter", failing)
            return await execute(case, decide)

    execute = writing.desk._store.execute
    with monkeypatch.context() as patched:
        patched.setattr(writing.desk._store, "execute", broken)
        fates = await asyncio.gather(writing.store(one), writing.store(two), return_exceptions=True)
    assert [type(fate) for fate in fates] == [OSError, OSError]
    assert (writing.draft.live.head, writing.said()) == (before, text)
    assert not one.line.told and not two.line.told
    again = writing.hand("s1")
    again.write("terms-1", "三。")
    assert await writing.store(again) == writing.draft.live.seq
    assert "三。" in writing.said() and "一。" not in writing.said()
    assert await replayed(writing) == writing.draft.live.content()


async def test_whoever_waits_while_a_private_talk_begins_is_refused(writing: Writing) -> None:
    hand = writing.hand("s1")
    hand.write("terms-1", "一。")
    async with writing.draft.lock:
        waiting = asyncio.create_task(writing.store(hand))
        await asyncio.sleep(0)
        await writing.session.do(c.OpenCaucus(writing.session.case, [writing.session.party.id]))
    with pytest.raises(OutOfTurn) as refused:
        await waiting
    assert refused.value.code == "draft_reopen"
    assert "一。" not in writing.said()


def cursor(client: int, clock: int, at: int) -> bytes:
    text = b'{"cursor": {"anchor": %d}, "user": {"name": "x"}}' % at
    return b"".join((varint(1), varint(client), varint(clock), varint(len(text)), text))


async def test_cursors_of_a_tick_come_together_with_names_of_the_servers(writing: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, reader = writing.hand("m"), writing.hand("s1"), writing.hand("m")
    for clock in (1, 2):
        writing.desk.show_cursor(writing.draft, one.opened, cursor(one.opened.client, clock, clock), "王调解员")
    writing.desk.show_cursor(writing.draft, two.opened, cursor(two.opened.client, 1, 9), "李某")
    writing.desk.show_cursor(writing.draft, two.opened, cursor(one.opened.client, 7, 7), "李某")  # somebody else's
    running = writing.draft.running
    assert running is not None
    await running
    for hand in (one, two, reader):
        (told,) = [m for m in hand.line.told if isinstance(m, DraftPresence)]
        assert told.update[0] == 2 and b'"anchor":2' in told.update and b'"anchor":9' in told.update
        assert "王调解员".encode() in told.update and "李某".encode() in told.update and b'"x"' not in told.update
    writing.desk.show_cursor(writing.draft, one.opened, cursor(one.opened.client, 3, 3), "王调解员")
    await writing.draft.running  # type: ignore[misc]
    assert not any(isinstance(m, DraftPresence) and b'"anchor":3' in m.update for m in one.line.told), "nobody is told of himself alone"
    assert sum(isinstance(m, DraftPresence) for m in two.line.told) == 2


async def test_what_the_text_lacks_is_kept_with_the_case_only_when_it_changes(writing: Writing) -> None:
    hand = writing.hand("m")
    hand.write("terms-1", "有字了。")  # so that there are terms
    await writing.store(hand)
    seq = (await writing.session.house.reader.heads([f"room/{writing.session.id}|m"])).values()
    hand.write("terms-1", "字。")
    await writing.store(hand)
    assert list((await writing.session.house.reader.heads([f"room/{writing.session.id}|m"])).values()) == list(seq)
    dossier = await writing.session.house.reader.dossier(writing.session.case)
    assert dossier.agreement is not None and "responsibility_missing" in dossier.agreement.missing
    hand.set_field("disputes.responsibility", "赵某承担")
    await writing.store(hand)
    dossier = await writing.session.house.reader.dossier(writing.session.case)
    assert dossier.agreement is not None and "responsibility_missing" not in dossier.agreement.missing


async def test_a_long_log_is_opened_from_what_was_kept_of_it(writing: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_writing, "KEEP_EVERY", 5)
    name, drafts = writing.draft.live.name, writing.session.house.desk.remarks._drafts  # type: ignore[union-attr]
    assert await read_kept(name) is None
    hand, other = writing.hand("m"), writing.hand("s1")
    for number in range(7):
        hand.write("terms-1", f"第{number}句。")
        await writing.store(hand)
    other.hear()
    other.write("terms-1", "末句。")
    await writing.store(other)
    kept = await read_kept(name)
    assert kept is not None and 5 <= kept.snapshot.seq < writing.draft.live.seq
    drafts._drafts.clear()
    again = await drafts.draft(await writing.session.house.reader.dossier(writing.session.case))
    assert again is not writing.draft and again.kept_at == kept.snapshot.seq
    assert (again.live.seq, again.live.head, again.live.content()) == (
        writing.draft.live.seq,
        writing.draft.live.head,
        writing.draft.live.content(),
    )
    assert again.live.content() == await replayed(writing)
    assert again.granted[hand.opened.client] == "m" and again.granted[other.opened.client] == "s1"
    # Who wrote before is not known from there on: a rewriting that was made on it is refused, one made on the newest is not.
    assert again.changed_since(kept.snapshot.seq - 1, ["terms-1"], "m") and not again.changed_since(again.live.seq, ["terms-1"], "m")


async def test_what_was_kept_of_another_log_does_not_count(writing: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_writing, "KEEP_EVERY", 1)
    name, drafts = writing.draft.live.name, writing.session.house.desk.remarks._drafts  # type: ignore[union-attr]
    hand = writing.hand("m")
    hand.write("terms-1", "一句。")
    await writing.store(hand)
    async with in_transaction("default") as connection:
        await DraftSnapshotRow.filter(document=name).using_db(connection).update(head="0" * 64, state=b"\x00\x00")
    assert await read_kept(name) is None
    drafts._drafts.clear()
    again = await drafts.draft(await writing.session.house.reader.dossier(writing.session.case))
    assert again.kept_at == 0 and again.live.content() == writing.draft.live.content()
