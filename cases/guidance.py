"""What kind of dispute a text seems to be about (智能导办): proposals with the words they rest on. Pure, and final about nothing: whoever classifies chooses.

A type is proposed by the words of it that stand in the text, longer words counting more; a word that stands inside a longer one that was found counts for
nothing of its own.
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
    """A type, and the words of the text that speak for it, the longest first."""

    type: str
    words: list[str]


@cache
def _lexicon() -> dict[str, tuple[str, ...]]:
    unknown = set(WORDS) - set(DISPUTE_TYPES)
    assert not unknown, f"no such types: {unknown}"
    return {kind: tuple(sorted(dict.fromkeys(WORDS[kind].split()), key=lambda word: (-len(word), word))) for kind in WORDS}


def types_of(*texts: str) -> list[Hint]:
    """The types that a text speaks for, the likeliest first, at most `PROPOSED`."""
    text = "\n".join(texts)
    found: list[tuple[int, int, Hint]] = []
    for place, (kind, words) in enumerate(_lexicon().items()):
        held, rest = [], text
        for word in words:
            if word in rest:
                held.append(word)
                rest = re.sub(re.escape(word), "\n", rest)
        if held:
            weight = sum(len(word) for word in held)
            found.append((-weight, place, Hint(kind, held[:WORDS_TOLD])))
    return [hint for _, _, hint in sorted(found, key=lambda one: one[:2])[:PROPOSED]]
