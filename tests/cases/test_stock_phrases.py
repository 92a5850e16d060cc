"""Stock phrases leave a report, whole and longest first; what they stood between is not joined."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cases.stock_phrases import PHRASES, clauses_of
from cases.type_words import WORDS

ALL = PHRASES.split()


def test_a_clause_loses_its_stock_phrases_and_nothing_else() -> None:
    assert clauses_of("楼上漏水，多次协商未果，现请调委会帮助调解。") == ["楼上漏水", "现"]
    assert clauses_of("墙倒了双方协商未果砖还在路上") == ["墙倒了", "砖还在路上"]
    assert clauses_of("") == clauses_of("特此申请") == []


@given(st.lists(st.sampled_from(ALL), max_size=8), st.sampled_from(["，", "。", "\n", " ", "；"]))
def test_of_stock_phrases_nothing_is_left(said: list[str], between: str) -> None:
    assert clauses_of(between.join(said)) == []


def test_no_word_that_speaks_for_a_type_is_a_stock_phrase() -> None:
    words = {word for of in WORDS.values() for line in of for word in line.split()}
    assert not words & set(ALL) and len(ALL) == len(set(ALL))
