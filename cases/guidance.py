"""What kind of dispute a text seems to be about (智能导办): proposals with the words they rest on. Pure, and final about nothing: whoever classifies chooses.

A type is proposed by the words of it that stand in the text, longer words counting more; a word that stands inside a longer one that was found counts for
nothing of its own. A specific word proposes its type alone; a general one, however often it is written, only together with another word of the type.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

from cases.type_words import WORDS
from cases.vocabulary import DISPUTE_TYPES

PROPOSED = 3
WORDS_TOLD = 4


class Hint(msgspec.Struct, frozen=True):
    """A type, and the words of the text that speak for it: the specific ones first, and among them the longest."""

    type: str
    words: list[str]


@cache
def _lexicon() -> dict[str, tuple[tuple[str, ...], frozenset[str]]]:
    """By type: all of its words, the longest first; and those that are general."""
    unknown = set(WORDS) - set(DISPUTE_TYPES)
    assert not unknown, f"no such types: {unknown}"
    found = {}
    for kind, (specific, general) in WORDS.items():
        words = set(specific.split()) | set(general.split())
        found[kind] = (tuple(sorted(words, key=lambda word: (-len(word), word))), frozenset(general.split()))
    return found


def types_of(*texts: str) -> list[Hint]:
    """The types that a text speaks for, the likeliest first, at most `PROPOSED`."""
    text = "\n".join(texts)
    found: list[tuple[int, int, Hint]] = []
    for place, (kind, (words, general)) in enumerate(_lexicon().items()):
        held, rest = [], text
        for word in words:
            if word in rest:
                held.append(word)
                rest = re.sub(re.escape(word), "\n", rest)
        if len(held) > 1 or not general.issuperset(held):
            weight = sum(len(word) for word in held)
            told = sorted(held, key=general.__contains__)
            found.append((-weight, place, Hint(kind, told[:WORDS_TOLD])))
    return [hint for _, _, hint in sorted(found, key=lambda one: one[:2])[:PROPOSED]]
