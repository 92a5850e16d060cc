"""Cases that may be about the same matter (重复件): which, and why. Pure, and final about nothing: the centre looks at both.

Reasons, and what each weighs
* the same telephone stands in both (2), the same people on both sides (3), or one name of another side in both (1);
* the words of subject and facts are mostly the same (3), or many of them are (2), by the share of pairs of characters that both have (Jaccard, 1912);
* the same place was written (1).
From `ENOUGH` on they are shown: whoever reports twice may have two matters, so that a telephone alone is not enough. A case more than half a year older is another matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Literal

import msgspec

from cases.case import Case
from cases.vocabulary import CaseStage

Why = Literal["phone", "people", "name", "words", "similar", "place"]
WEIGHTS: dict[Why, int] = {"phone": 2, "people": 3, "name": 1, "words": 3, "similar": 2, "place": 1}
ENOUGH = 3
MOSTLY, MANY = 0.5, 0.25
SHOWN = 5
AS_LONG_AS = timedelta(days=183)
_LETTERS = re.compile(r"\w")


class Alike(msgspec.Struct, frozen=True):
    """Another case, and what speaks for its being the same matter."""

    case: str
    reasons: list[Why]


def alike(case: Case, others: Iterable[Case]) -> list[Alike]:
    """The likeliest first, at most `SHOWN`. What was withdrawn is not among them."""
    found: list[tuple[int, float, str, Alike]] = []
    own = _pairs(case)
    for other in others:
        if other.id == case.id or other.stage is CaseStage.WITHDRAWN or abs(case.reported_at - other.reported_at) > AS_LONG_AS:
            continue
        shared = _share(own, _pairs(other))
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
    letters = _LETTERS.findall(f"{case.title}{case.facts}".lower())
    return frozenset(a + b for a, b in pairwise(letters))


def _share(own: frozenset[str], theirs: frozenset[str]) -> float:
    together = len(own | theirs)
    return len(own & theirs) / together if together else 0.0
