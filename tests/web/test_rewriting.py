"""Two who put a field into one run of text at once: what stands behind is written anew by both, and only the first is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pycrdt import XmlElement, XmlText

from agreements.guard import Grant
from agreements.live import LogEntry
from agreements.schema import KINDS, text_of
from cases.errors import OutOfTurn
from rehearsal.hand import Hand
from storage.work import Outcome
from tests.web.live_session import Session
from tests.web.test_clauses import drafting
from web.draft import Draft

pytestmark = pytest.mark.anyio


class Writing:
    def __init__(self, session: Session, draft: Draft) -> None:
        self.session, self.draft, self.clients = session, draft, iter(range(100, 200))

    def hand(self) -> tuple[Hand, int]:
        """A copy of the draft as it stands, under a client id of its own."""
        client = next(self.clients)
        return Hand(client, self.draft.live.updates_since()), client

    async def store(self, hand: tuple[Hand, int], author: str, base: int | None) -> None:
        def decide(entry: LogEntry, missing: list[str]) -> Any:
            return lambda dossier, numbering, now: Outcome(draft=[entry])

        grant = Grant(author, frozenset({hand[1]}), may_edit=True, kinds=frozenset(KINDS))
        dossier = await self.session.house.reader.dossier(self.session.case)
        async with self.draft.lock:
            await self.session.house.desk.remarks._drafts.edit(self.draft, dossier, hand[0].take(), grant, author, decide, None, base)  # type: ignore[union-attr]

    def said(self) -> str:
        return next(text_of(clause) for clause in self.draft.live.content()["clauses"] if clause["id"] == "terms-1")


def split(hand: tuple[Hand, int], words: str) -> None:
    """Put a field in the place of some words, as an editor does: what follows them is taken away and written behind the field."""
    paragraph = hand[0].clause("terms-1").children[0]
    text = next(part for part in paragraph.children if isinstance(part, XmlText) and words in str(part))
    before, _, behind = str(text).partition(words)
    del text[len(before.encode()) : len(str(text).encode())]
    paragraph.children.append(XmlElement("field", {"key": f"date.{hand[1]}", "type": "date", "value": ""}))
    paragraph.children.append(XmlText(behind))


@pytest.fixture
async def writing(tmp_path: Path) -> Any:
    async with drafting(tmp_path) as (session, _):
        draft = await session.house.desk.remarks._drafts.draft(await session.house.reader.dossier(session.case))  # type: ignore[union-attr]
        there = Writing(session, draft)
        first = there.hand()
        first[0].write("terms-1", "赵某尽快修好，尽早付清一千元。")
        await there.store(first, "m", draft.live.seq)
        yield there


async def test_the_second_is_refused_and_nothing_stands_twice(writing: Writing) -> None:
    base = writing.draft.live.seq
    one, two = writing.hand(), writing.hand()
    split(one, "尽快")
    split(two, "尽早")
    await writing.store(one, "s1", base)
    with pytest.raises(OutOfTurn) as refused:
        await writing.store(two, "m", base)
    assert refused.value.code == "draft_rewritten_meanwhile"
    assert writing.said() == "赵某修好，尽早付清一千元。"
    again = writing.hand()
    split(again, "尽早")
    await writing.store(again, "m", writing.draft.live.seq)
    assert writing.said() == "赵某修好，付清一千元。"


async def test_without_the_rule_it_would_stand_twice(writing: Writing) -> None:
    base = writing.draft.live.seq
    one, two = writing.hand(), writing.hand()
    split(one, "尽快")
    split(two, "尽早")
    await writing.store(one, "s1", base)
    await writing.store(two, "m", None)  # from a client that does not tell
    assert writing.said().count("付清一千元") == 2


async def test_who_types_beside_a_split_is_not_refused_nor_whoever_goes_on_alone(writing: Writing) -> None:
    base = writing.draft.live.seq
    one, two = writing.hand(), writing.hand()
    split(one, "尽快")
    two[0].write("performance", "按期履行。")
    await writing.store(one, "s1", base)
    await writing.store(two, "m", base)
    own = writing.hand()
    split(own, "尽早")
    await writing.store(own, "m", writing.draft.live.seq)
    alone = writing.hand()
    split(alone, "一千元")
    await writing.store(alone, "m", writing.draft.live.seq - 1)  # its own entry before is not somebody else's
    assert writing.said() == "赵某修好，付清。"
