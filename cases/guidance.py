"""What kind of dispute a text seems to be about, and where (智能导办): proposals with the words they rest on. Pure, and final about nothing: whoever classifies chooses.

A type is proposed by the words of it that stand in the text, longer words counting more; a word that stands inside a longer one that was found counts for
nothing of its own. A specific word proposes its type alone; a general one, however often it is written, only together with another word of the type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import msgspec

from cases.type_words import WORDS
from cases.vocabulary import DISPUTE_TYPES

PROPOSED = 3
PLACES_PROPOSED = 2
WORDS_TOLD = 4
_KIND = re.compile("(街道办事处|街道|镇|乡|办事处)$")


class Hint(msgspec.Struct, frozen=True):
    """A type, and the words of the text that speak for it: the specific ones first, and among them the longest."""

    type: str
    words: list[str]


class Place(msgspec.Struct, frozen=True):
    """A township by its code, and the words of the text that name it."""

    region: str
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


def places_of(text: str, townships: Mapping[str, str], chosen: str) -> list[Place]:
    """Townships (names by code) that the text names, in the order in which they stand in it, at most `PLACES_PROPOSED`; none where it names that of the region `chosen`. The same
    rule proposes on the report form (`web/client/src/report/places.ts`): by the whole name, or by what is before 镇, 乡 or 街道 in it, if that has two characters."""
    found: list[tuple[int, str, str]] = []
    for code, name in townships.items():
        stem = _KIND.sub("", name)
        word = next((word for word in (name, *([stem] if len(stem) > 1 else [])) if word in text), None)
        if word is not None:
            found.append((text.index(word), code, word))
    # 河东 is also in 大河东镇: what stands within a longer name that was found names nothing by itself.
    own = sorted(one for one in found if not any(len(other[2]) > len(one[2]) and one[2] in other[2] for other in found))
    if any(chosen.startswith(code) for _, code, _ in own):
        return []
    return [Place(code, [word]) for _, code, word in own[:PLACES_PROPOSED]]
