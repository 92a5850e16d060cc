"""Words give way to others and nothing else does, however they were written and whatever is written beside them meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc

from agreements.guard import Accepted, Guard
from agreements.rewording import WordsGone, WordsTwice, reword
from agreements.schema import read_document, text_of
from agreements.seed import SERVER_GRANT, seed
from rehearsal.hand import Hand
from tests.agreements.test_linter import FACTS


def written(*pieces: str) -> bytes:
    """A draft whose terms were written by several hands, piece by piece."""
    state = seed(FACTS)
    for n, piece in enumerate(pieces):
        hand = Hand(10 + n, state)
        hand.write("terms-1", piece)
        state = hand.doc.get_update()
    return state


def terms(state: bytes, *updates: bytes) -> str:
    doc: Doc = Doc()
    for update in (state, *updates):
        doc.apply_update(update)
    return next(text_of(clause) for clause in read_document(doc)["clauses"] if clause["id"] == "terms-1")


@pytest.mark.parametrize(
    ("pieces", "quote", "wording", "after"),
    [
        (("赵某付一千元。",), "一千元", "二千元", "赵某付二千元。"),
        (("赵某付一", "千元。"), "一千元", "二千元", "赵某付二千元。"),
        (("𠮷某", "付一千", "元", "。"), "某付一千元", "𠮷愿付三千元", "𠮷𠮷愿付三千元。"),
        (("全部",), "全部", "换掉", "换掉"),
    ],
)
def test_these_words_and_no_others(pieces: tuple[str, ...], quote: str, wording: str, after: str) -> None:
    state = written(*pieces)
    update = reword(state, "terms-1", quote, wording)
    assert terms(state, update) == after
    assert isinstance(Guard(state).check(update, SERVER_GRANT, "drafting"), Accepted)


def test_what_others_write_beside_it_stays() -> None:
    state = written("赵某付一千元")
    other = Hand(99, state)
    other.write("terms-1", "，年底前付清")
    beside, update = other.take(), reword(state, "terms-1", "一千元", "二千元")
    assert terms(state, beside, update) == terms(state, update, beside)
    assert "二千元" in terms(state, beside, update) and "年底前付清" in terms(state, beside, update)


@pytest.mark.parametrize(
    ("clause", "quote"), [("terms-1", "三千元"), ("nothing", "一千元"), ("terms-1", ""), ("performance", "履行方式：。履行期限")]
)
def test_words_that_are_not_there(clause: str, quote: str) -> None:
    with pytest.raises(WordsGone):
        reword(written("一千元"), clause, quote, "二千元")


def test_words_that_stand_twice_are_not_guessed_at() -> None:
    with pytest.raises(WordsTwice):
        reword(written("一千元，一千元"), "terms-1", "一千元", "二千元")


words = st.text("甲乙𠮷，", min_size=1, max_size=5)


@given(st.lists(words, min_size=1, max_size=5), st.data(), st.text("丙丁", max_size=4))
def test_it_replaces_as_text_does(pieces: list[str], data: st.DataObject, wording: str) -> None:
    whole = "".join(pieces)
    start = data.draw(st.integers(0, len(whole) - 1))
    quote = whole[start : data.draw(st.integers(start + 1, len(whole)))]
    state = written(*pieces)
    before = terms(state)
    if before.count(quote) == 1 and before.find(quote, before.find(quote) + 1) < 0:
        assert terms(state, reword(state, "terms-1", quote, wording)) == before.replace(quote, wording, 1)
