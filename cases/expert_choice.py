"""Which experts of the pool to propose for a case, in what order, why, and who is left out and why. Pure; the mediator chooses.

Rules, in this order
* Left out is who is a party to the case (the same telephone or name), who declared an interest in it before (在线调解规则 13), and who is away at the time.
* Whose speciality it is comes before who has another one; then who is nearer in the tree of regions; then who can be asked at that time; then who has the
  lighter load; then who was found the more helpful. Names settle the rest.
* A rating counts where there are enough of them; who has too few stands where the middle of the scale is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from cases.case import Case
from cases.experts import Entry, Tally, available, away
from cases.vocabulary import InvitationState

Why = Literal["speciality", "same_place", "covers_place", "county", "available", "unavailable", "load", "rating"]
WhyNot = Literal["is_party", "declared", "away"]
MIDDLE = 300
COUNTY_DIGITS = 6
MINUTES = 10


class Candidate(msgspec.Struct, frozen=True):
    """An entry with what invitations come to. `mark`: the telephone's keyed hash, by which it is compared without being read."""

    id: str
    entry: Entry
    mark: str = ""
    tally: Tally = Tally()


class Sought(msgspec.Struct, frozen=True):
    """What is filtered by; empty: by nothing. `free`: who can be asked at `at`."""

    kind: str = ""
    mediation: str = ""
    speciality: str = ""
    language: str = ""
    region: str = ""
    words: str = ""
    free: bool = False


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """`word`: the type of dispute; `count`: sessions and open invitations, or a mean in hundredths; `of`: how many ratings."""

    code: Why
    word: str = ""
    count: int = 0
    of: int = 0


class LeftOut(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    code: WhyNot
    word: str = ""


class Proposed(msgspec.Struct, frozen=True):
    id: str
    reasons: list[Reason]


class Choice(msgspec.Struct, frozen=True):
    """`proposed`: the best first."""

    proposed: list[Proposed]
    left_out: list[LeftOut]


def fits(one: Candidate, sought: Sought, at: datetime) -> bool:
    """Whether the filters let an entry through."""
    entry = one.entry
    return (
        (not sought.kind or entry.kind == sought.kind)
        and (not sought.mediation or entry.mediation == sought.mediation)
        and (not sought.speciality or sought.speciality in entry.specialities)
        and (not sought.language or sought.language in entry.languages)
        and (not sought.region or entry.region.startswith(sought.region) or sought.region.startswith(entry.region))
        and (not sought.words or any(sought.words in text for text in (entry.name, entry.employer, entry.spoken)))
        and (not sought.free or available(entry.week, entry.away_until, at, MINUTES))
    )


def choose(case: Case, dispute_type: str, candidates: Iterable[Candidate], marks: frozenset[str], at: datetime) -> Choice:
    """`marks`: of the parties' telephones; `at`: when the expert is wanted."""
    fit: list[tuple[tuple[bool, int, bool, int, int, str, str], Proposed]] = []
    left_out: list[LeftOut] = []
    for one in candidates:
        against = why_not(case, one, marks, at)
        if against is not None:
            left_out.append(against)
            continue
        versed = dispute_type in one.entry.specialities
        free = available(one.entry.week, one.entry.away_until, at, MINUTES)
        order = (not versed, nearness(case.region, one.entry.region), not free, one.tally.load, -_mean(one.tally), one.entry.name, one.id)
        fit.append((order, Proposed(one.id, _reasons(case, one, dispute_type if versed else "", free))))
    return Choice([proposed for _, proposed in sorted(fit, key=lambda each: each[0])], left_out)


def why_not(case: Case, one: Candidate, marks: frozenset[str], at: datetime) -> LeftOut | None:
    """Why somebody is not to be invited to this case at this time."""
    if (one.mark and one.mark in marks) or any(one.entry.name == person.name for person in case.parties):
        return LeftOut(one.id, "is_party")
    if any(said.expert == one.id and said.state is InvitationState.CONFLICT for said in case.experts):
        return LeftOut(one.id, "declared")
    if away(one.entry.away_until, at):
        return LeftOut(one.id, "away", one.entry.away_until)
    return None


def nearness(case_region: str, region: str) -> int:
    """0: of the same place; 1: whose region holds the place; 2: of another place of the county; 3: from further away."""
    if case_region == region:
        return 0
    if case_region.startswith(region):
        return 1
    return 2 if case_region[:COUNTY_DIGITS] == region[:COUNTY_DIGITS] else 3


def _reasons(case: Case, one: Candidate, versed: str, free: bool) -> list[Reason]:
    near = nearness(case.region, one.entry.region)
    place: Why = "same_place" if near == 0 else "covers_place" if near == 1 else "county"
    rated = [Reason("rating", count=one.tally.mean, of=one.tally.ratings)] if one.tally.mean else []
    return [
        *([Reason("speciality", versed)] if versed else []),
        Reason(place),
        Reason("available" if free else "unavailable"),
        Reason("load", count=one.tally.load),
        *rated,
    ]


def _mean(tally: Tally) -> int:
    return tally.mean or MIDDLE
