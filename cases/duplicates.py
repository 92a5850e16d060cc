"""Cases that may be about the same matter (重复件): which, and why. Pure, and final about nothing: the centre looks at both.

Reasons, and what each weighs
* the same telephone stands in both (2), the same people on both sides (3), or one name of another side in both (1);
* the words of subject and facts are mostly the same (3), or many of them are (2), by the share of pairs of characters that both have (Jaccard, 1912);
* the same place was written (1).
From `ENOUGH` on they are shown: whoever reports twice may have two matters, so that a telephone alone is not enough. A case more than half a year older is another matter.

What every report says counts for nothing: stock phrases (`cases.stock_phrases`) are taken out, and a pair of characters weighs the less, the more of the county's recent cases have
it, down to nothing where a quarter of them do (after inverse document frequency, Spärck Jones, 1972). Where fewer than `LEAST` pairs are left of either, its words say nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Literal

import msgspec

from cases.case import Case
from cases.stock_phrases import clauses_of
from cases.vocabulary import CaseStage

Why = Literal["phone", "people", "name", "words", "similar", "place"]
WEIGHTS: dict[Why, int] = {"phone": 2, "people": 3, "name": 1, "words": 3, "similar": 2, "place": 1}
ENOUGH = 3
MOSTLY, MANY = 0.5, 0.25
SHOWN = 5
AS_LONG_AS = timedelta(days=183)
COMMON = 0.25
"""Of the recent cases: a pair that as many of them have is no sign of anything."""
TELLING = 40
"""Recent cases; fewer do not tell what is common, and where ten neighbours report one matter, they must not make it so."""
LEAST = 4


class Alike(msgspec.Struct, frozen=True):
    """Another case, and what speaks for its being the same matter."""

    case: str
    reasons: list[Why]


def alike(case: Case, others: Iterable[Case], recent: Iterable[Case] = ()) -> list[Alike]:
    """The likeliest first, at most `SHOWN`. What was withdrawn or declined is not among them. `recent`: cases of the county, of whatever kind, by which it is judged how common words are."""
    found: list[tuple[int, float, str, Alike]] = []
    own, common = _pairs(case), _common(one for one in recent if one.id != case.id)
    for other in others:
        if (
            other.id == case.id
            or other.stage in {CaseStage.WITHDRAWN, CaseStage.DECLINED}
            or abs(case.reported_at - other.reported_at) > AS_LONG_AS
        ):
            continue
        shared = _share(own, _pairs(other), common)
        reasons = _reasons(case, other, shared)
        weight = sum(WEIGHTS[reason] for reason in reasons)
        if weight >= ENOUGH:
            found.append((-weight, -shared, other.id, Alike(other.id, reasons)))
    return [one for _, _, _, one in sorted(found, key=lambda each: each[:3])[:SHOWN]]


def _reasons(case: Case, other: Case, shared: float) -> list[Why]:
    reasons: list[Why] = []
    if _phones(case) & _phones(other):
        reasons.append("phone")
    sides = [_names(case, side) & _names(other, side) for side in ("applicant", "respondent")]
    if all(sides):
        reasons.append("people")
    elif (_names(case) & _names(other)) and "phone" not in reasons:
        reasons.append("name")
    if shared >= MANY:
        reasons.append("words" if shared >= MOSTLY else "similar")
    if case.place.strip() and case.place.strip() == other.place.strip():
        reasons.append("place")
    return reasons


def _phones(case: Case) -> set[str]:
    return {person.phone for person in case.parties if person.phone}


def _names(case: Case, side: str = "") -> set[str]:
    return {person.name for person in case.parties if side in {"", person.capacity}}


def _pairs(case: Case) -> frozenset[str]:
    return frozenset(a + b for text in (case.subject, case.facts) for clause in clauses_of(text) for a, b in pairwise(clause))


def _common(recent: Iterable[Case]) -> dict[str, float]:
    """What a pair weighs that several recent cases have, from nearly 1 down to 0; what is not in it weighs 1."""
    cases = list(recent)
    if len(cases) < TELLING:
        return {}
    held = Counter(pair for one in cases for pair in _pairs(one))
    return {pair: max(0.0, 1 - count / (COMMON * len(cases))) for pair, count in held.items() if count > 1}


def _share(own: frozenset[str], theirs: frozenset[str], common: Mapping[str, float]) -> float:
    def weight(pairs: Iterable[str]) -> float:
        return sum(common.get(pair, 1.0) for pair in sorted(pairs))

    if min(weight(own), weight(theirs)) < LEAST:
        return 0.0
    return weight(own & theirs) / weight(own | theirs)
