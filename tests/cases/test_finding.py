"""What a case can be found by, and what a line of words asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.casework import back_to_pool
from cases.finding import BREAK, Phrase, phrases_of, scope_of, words_of
from cases.vocabulary import Action
from tests.cases.test_case import ACTORS, NOW, taken
from tests.cases.test_case import case as new_case


def found(words: list[str], phrases: list[Phrase]) -> bool:
    """What an index does: all phrases, each with its words next to each other."""

    def stands(phrase: Phrase, at: int) -> bool:
        there = words[at : at + len(phrase.words)]
        if len(there) < len(phrase.words) or there[:-1] != list(phrase.words[:-1]):
            return False
        return there[-1] == phrase.words[-1] or (phrase.unfinished and there[-1].startswith(phrase.words[-1]))

    return all(any(stands(phrase, at) for at in range(len(words))) for phrase in phrases)


@pytest.mark.parametrize(
    ("line", "phrases"),
    [
        ("屋檐雨水", [Phrase(("屋檐", "檐雨", "雨水"))]),
        ("雨", [Phrase(("雨",), True)]),
        ("李某 00001", [Phrase(("李某",)), Phrase(("00001",), True)]),
        ("HY-7K3M", [Phrase(("hy",), True), Phrase(("7k3m",), True)]),
        ("第00001号", [Phrase(("第",), True), Phrase(("00001",), True), Phrase(("号",), True)]),
        ("欠款1800元", [Phrase(("欠款",)), Phrase(("1800",), True), Phrase(("元",), True)]),
        (' " * ( ) AND: _r139901 \u200b', [Phrase(("and",), True), Phrase(("r139901",), True)]),
        ("…，。", []),
    ],
)
def test_lines_of_words(line: str, phrases: list[Phrase]) -> None:
    assert phrases_of(line) == phrases


TEXT = st.text(
    st.one_of(st.characters(categories=("Lu", "Ll", "Nd", "Po", "Pd", "Zs")), st.sampled_from("屋檐雨水流向邻家院墙𠮷")), max_size=30
)


@given(TEXT, st.data())
def test_every_piece_of_a_text_finds_it(text: str, data: st.DataObject) -> None:
    case = new_case()
    case.title = text
    start = data.draw(st.integers(0, len(text)))
    # A piece of a word in letters is found from its beginning only.
    before = text[start - 1] if start else " "
    if before.isalnum() and not _han(before):
        return
    assert found(words_of(case), phrases_of(text[start : data.draw(st.integers(start, len(text)))]))


def _han(char: str) -> bool:
    return char in "屋檐雨水流向邻家院墙𠮷"


def test_a_phrase_never_reaches_from_one_field_into_the_next() -> None:
    case = new_case()
    case.title, case.number = "漏水", "修缮"
    words = words_of(case)
    assert found(words, phrases_of("漏水")) and found(words, phrases_of("修缮"))
    assert not found(words, phrases_of("水修"))
    assert BREAK not in {word for phrase in phrases_of("_ a_b 水_修") for word in phrase.words}


@given(TEXT)
def test_no_text_and_no_query_has_a_word_of_scope(text: str) -> None:
    case = new_case()
    case.title = case.facts = text
    scope = set(scope_of(case))
    assert scope and all(word.startswith("_") for word in scope)
    assert not scope & (set(words_of(case)) - {BREAK})
    assert not any(word.startswith("_") for phrase in phrases_of(text) for word in phrase.words)


def test_a_case_that_is_in_the_pool_again_is_found_by_the_number_that_notices_named() -> None:
    case = taken()
    number = case.number
    back_to_pool(case, Action.TAKE_OVER, ACTORS["centre"], NOW, "由县里办")
    assert (case.number, case.numbers) == ("", [number])
    assert number and found(words_of(case), phrases_of(number))
    case.number = "安和人调字〔2026〕第00002号"
    assert all(found(words_of(case), phrases_of(line)) for line in ("00001", "00002"))


@pytest.mark.parametrize("line", ["安和人调字〔2026〕第00276号", "第276号", "276号", "276", "00276"])
def test_a_number_is_found_as_it_is_said(line: str) -> None:
    case = new_case()
    case.number = "安和人调字〔2026〕第00276号"
    assert found(words_of(case), phrases_of(line))
    assert not found(words_of(case), phrases_of("第76号"))
    case.number, case.numbers = "", [case.number]
    assert found(words_of(case), phrases_of(line))
