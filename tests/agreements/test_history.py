"""Versions of a draft, the difference of any two, and who wrote what: whatever was written, both texts can be read out of it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import XmlText

from agreements.history import difference, redline, versions
from agreements.layout import clause_texts
from agreements.live import LiveDocument, LogEntry, make_entry
from agreements.seed import seed, suggest
from cases.clock import rfc3339
from evidence.ledger import GENESIS
from rehearsal.hand import Hand
from tests.agreements.test_linter import FACTS

NAME = "agreement/c/1"
BEGAN = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
HANDS = {"m": 5, "s1": 6, "s2": 7}


class Writing:
    """A draft's log, written by several hands one after the other."""

    def __init__(self) -> None:
        self.now = BEGAN
        self.log = [make_entry(NAME, 1, "server", rfc3339(BEGAN), seed(FACTS), GENESIS)]

    def live(self) -> LiveDocument:
        document = LiveDocument(NAME, self.log[0])
        document.catch_up(self.log[1:])
        return document

    def texts(self) -> dict[str, str]:
        return {key: text for key, _, text in clause_texts(self.live().content())}

    def write(self, seat: str, text: str, seconds: float = 60, clause: str = "terms-1", remove: int = 0) -> None:
        hand = Hand(HANDS[seat] + 10 * len(self.log), self.live().updates_since())
        if text:
            hand.write(clause, text)
        if remove:
            texts = [one for one in hand.clause(clause).children[0].children if isinstance(one, XmlText) and len(str(one)) >= remove]
            if texts:
                del texts[0][0 : len(str(texts[0])[:remove].encode())]  # counted in bytes
        self.store(seat, hand.take(), seconds)

    def store(self, author: str, update: bytes, seconds: float = 60) -> None:
        self.now += timedelta(seconds=seconds)
        last = self.log[-1]
        self.log.append(make_entry(NAME, last.seq + 1, author, rfc3339(self.now), update, last.entry_hash))


def read(log: list[LogEntry], since: int, until: int, op: str) -> dict[str, str]:
    """One of the two texts, out of the difference."""
    found = {}
    for clause in redline(log, since, until):
        if clause.state != ("removed" if op == "added" else "added"):
            found[clause.id] = "".join(piece.text for piece in clause.pieces if piece.op in {"same", op})
    return found


def test_a_hand_that_goes_on_makes_one_version() -> None:
    draft = Writing()
    for seat, seconds in (("s1", 60), ("s1", 5), ("s2", 5), ("s1", 5), ("s1", 19.9), ("s1", 20)):
        draft.write(seat, "改", seconds)
    assert [(one.number, one.seq, one.author) for one in versions(draft.log)] == [
        (1, 1, "server"),
        (2, 3, "s1"),
        (3, 4, "s2"),
        (4, 6, "s1"),
        (5, 7, "s1"),
    ]


def test_who_wrote_what() -> None:
    draft = Writing()
    draft.write("s1", "赵某赔偿一千元")
    draft.write("m", "，三十日内付清")
    terms = next(clause for clause in redline(draft.log, 1, 3) if clause.id == "terms-1")
    assert terms.state == "changed"
    assert [(piece.op, piece.text, piece.author) for piece in terms.pieces] == [
        ("added", "赵某赔偿一千元", "s1"),
        ("added", "，三十日内付清", "m"),
    ]
    terms = next(clause for clause in redline(draft.log, 2, 3) if clause.id == "terms-1")
    assert [(piece.op, piece.author) for piece in terms.pieces] == [("same", "s1"), ("added", "m")]


def test_clauses_come_and_go() -> None:
    draft = Writing()
    block: dict[str, Any] = {"type": "paragraph", "content": [{"type": "text", "text": "赵某道歉。"}]}
    clause = {"id": "terms-2", "kind": "terms", "title": "道歉", "status": "open", "locked_by": "", "blocks": [block]}
    draft.store("m", suggest(draft.live().updates_since(), clause, 4))
    hand = Hand(50, draft.live().updates_since())
    root = hand.clauses
    del hand.doc.get("agreement", type=type(root[0].parent)).children[3]
    draft.store("m", hand.take())
    states = {one.id: one.state for one in redline(draft.log, 1, 3)}
    assert (states["terms-2"], states["terms-1"], states["facts"]) == ("added", "removed", "same")
    assert [one.id for one in redline(draft.log, 1, 3)].index("terms-1") == 4, "behind what stood before it"
    assert next(one for one in redline(draft.log, 1, 3) if one.id == "terms-2").heading == "第一条 道歉"
    assert {one.state for one in redline(draft.log, 0, 1)} == {"added"}


@pytest.mark.parametrize(("since", "until"), [(0, 9), (2, 1), (5, 1)])
def test_versions_that_are_none(since: int, until: int) -> None:
    draft = Writing()
    draft.write("m", "改")
    with pytest.raises(KeyError):
        redline(draft.log, since, until)


edits = st.tuples(
    st.sampled_from(sorted(HANDS)), st.text("赔偿一千元，付清修好", max_size=6), st.sampled_from([1.0, 60.0]), st.integers(0, 3)
)


@settings(max_examples=40, deadline=None)
@given(st.lists(edits, min_size=1, max_size=7), st.data())
def test_both_texts_can_be_read_out_of_their_difference(made: list[tuple[str, str, float, int]], data: st.DataObject) -> None:
    draft = Writing()
    stood = {1: draft.texts()}
    for seat, text, seconds, remove in made:
        draft.write(seat, text, seconds, remove=remove)
        stood[versions(draft.log)[-1].number] = draft.texts()
    last = versions(draft.log)[-1].number
    until = data.draw(st.integers(1, last))
    since = data.draw(st.integers(1, until))
    assert read(draft.log, since, until, "removed") == stood[since]
    assert read(draft.log, since, until, "added") == stood[until]
    wrote = {"server"} | {one.author for one in versions(draft.log)[:until]}
    assert {piece.author for clause in redline(draft.log, since, until) for piece in clause.pieces if piece.op != "removed"} <= wrote


@given(st.text("甲乙，。1.元壹佰", max_size=30), st.text("甲乙，。1.元壹佰", max_size=30))
def test_a_difference_covers_both_texts(before: str, after: str) -> None:
    codes = difference(before, after)
    assert "".join(before[a:b] for _, a, b, _, _ in codes) == before
    assert "".join(after[c:d] for _, _, _, c, d in codes) == after
    assert all(before[a:b] == after[c:d] for tag, a, b, c, d in codes if tag == "equal")
    assert all(one[0] != other[0] for one, other in itertools.pairwise(codes))


@pytest.mark.parametrize(
    "before,after,struck,written",
    [
        (
            "付1,800.00元（大写：壹仟捌佰元整）",
            "付1,500.00元（大写：壹仟伍佰元整）",
            ["1,800.00", "壹仟捌佰元整"],
            ["1,500.00", "壹仟伍佰元整"],
        ),
        ("于2026年11月28日前", "于2026年12月8日前", ["2026年11月28日"], ["2026年12月8日"]),
        ("付180元", "付1800元", ["180"], ["1800"]),
        ("共3期", "共3期，每期5元", [""], ["，每期5元"]),
    ],
)
def test_sums_and_days_are_struck_and_written_whole(before: str, after: str, struck: list[str], written: list[str]) -> None:
    changed = [(before[a:b], after[c:d]) for tag, a, b, c, d in difference(before, after) if tag == "replace"]
    assert changed == list(zip(struck, written, strict=True))


@pytest.mark.parametrize(
    ("before", "after"),
    [("一二" * 1000, "二三" * 1000), ("一二。" * 3000, "二三，" * 3000), ("a" * 50_000, "b" * 50_000), ("一" * 240, "二一" * 120)],
)
@pytest.mark.timeout(10)
def test_texts_that_repeat_themselves_take_no_longer(before: str, after: str) -> None:
    codes = difference(before, after)
    assert "".join(before[a:b] for _, a, b, _, _ in codes) == before
    assert "".join(after[c:d] for _, _, _, c, d in codes) == after


def test_long_texts_are_compared_by_sentences() -> None:
    before = "".join(f"第{n}项由赵某负责。" for n in range(200))
    after = before.replace("第7项由赵某", "第7项由李某").replace("第190项由赵某", "第190项由李某")
    changed = [(before[a:b], after[c:d]) for tag, a, b, c, d in difference(before, after) if tag == "replace"]
    assert len(changed) == 2 and all("李" in new for _, new in changed)
