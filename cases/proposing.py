"""Whom to propose for a case (派给谁): in what order, why, and who is left out and why. Pure, and final about nothing: the centre chooses.

Rules, in this order
* Left out is who has an interest in the case (在线调解规则 13), who refused it before, who is away, and who works for another township.
* Three points for the office that the matter asks for (a mediator's for a dispute, a grid worker's for a matter of livelihood), two for the own township, two for
  the speciality. So a mediator of the township and one of the county who is versed in the type stand level, and any mediator before a grid worker who is only near.
* Among those who stand level, whoever let an order of this case go back unanswered comes last; nobody is left out for that.
* Then who has fewer open cases; names settle the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

import msgspec

from cases.case import Case, Person
from cases.vocabulary import DisputeKind, Role

Why = Literal["own_region", "county", "speciality", "office", "unanswered", "load"]
WhyNot = Literal["is_party", "declared", "other_side", "refused", "away", "elsewhere"]


class Candidate(msgspec.Struct, frozen=True):
    """Somebody who takes orders. `load`: open cases; `away_until`: the last day of an absence."""

    id: str
    name: str
    region: str
    role: Role = Role.MEDIATOR
    load: int = 0
    phone: str = ""
    speciality: str = ""
    away_until: date | None = None


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """`word`: the type of dispute, a role, or a day; `count`: open cases."""

    code: Why
    word: str = ""
    count: int = 0


class LeftOut(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    code: WhyNot
    word: str = ""


class Proposed(msgspec.Struct, frozen=True):
    id: str
    reasons: list[Reason]


class Proposal(msgspec.Struct, frozen=True):
    """`proposed`: the best first."""

    proposed: list[Proposed]
    left_out: list[LeftOut]


OFFICE = {DisputeKind.DISPUTE: Role.MEDIATOR, DisputeKind.MATTER: Role.GRID_WORKER}


def propose(
    case: Case, kind: DisputeKind, dispute_type: str, candidates: Iterable[Candidate], past: Sequence[Case], today: date
) -> Proposal:
    """`past`: other cases between these people. `kind`, `dispute_type`: as the centre is about to classify it."""
    fit: list[tuple[tuple[int, bool, int, str, str], Proposed]] = []
    left_out: list[LeftOut] = []
    for one in candidates:
        against = _against(case, one, past, today)
        if against is not None:
            left_out.append(against)
            continue
        own, versed, called = one.region == case.region, _versed(one.speciality, dispute_type), one.role is OFFICE[kind]
        silent = one.id in case.unanswered_by
        reasons = [
            Reason("own_region" if own else "county"),
            *([Reason("speciality", dispute_type)] if versed else []),
            *([Reason("office", one.role)] if called else []),
            *([Reason("unanswered")] if silent else []),
            Reason("load", count=one.load),
        ]
        fit.append(((-(3 * called + 2 * own + 2 * versed), silent, one.load, one.name, one.id), Proposed(one.id, reasons)))
    return Proposal([proposed for _, proposed in sorted(fit, key=lambda each: each[0])], left_out)


def interest_of(case: Case, one: Candidate, past: Sequence[Case]) -> LeftOut | None:
    """What makes somebody take a side in the case. `past`: other cases between its people."""
    if any(_same(one.name, one.phone, person) for person in case.parties):
        return LeftOut(one.id, "is_party")
    if one.id in case.conflicted:
        return LeftOut(one.id, "declared")
    if any(other.mediator and other.mediator.account == one.id and _swapped(case, other) for other in past):
        return LeftOut(one.id, "other_side")
    return None


def _against(case: Case, one: Candidate, past: Sequence[Case], today: date) -> LeftOut | None:
    interest = interest_of(case, one, past)
    if interest is not None:
        return interest
    if one.id in case.refused_by:
        return LeftOut(one.id, "refused")
    if one.away_until is not None and today <= one.away_until:
        return LeftOut(one.id, "away", one.away_until.isoformat())
    return None if case.region.startswith(one.region) else LeftOut(one.id, "elsewhere")


def _same(name: str, phone: str, person: Person) -> bool:
    return name == person.name or bool(phone and phone == person.phone)


def _swapped(case: Case, other: Case) -> bool:
    """Whether who complains here was complained of there, by whom it is complained of here."""
    return other.id != case.id and _meet(case, other, "applicant", "respondent") and _meet(case, other, "respondent", "applicant")


def _meet(case: Case, other: Case, here: str, there: str) -> bool:
    """Whether somebody of the side `here` was of the side `there` in the other case."""
    ours = [person for person in case.parties if person.capacity == here]
    theirs = [person for person in other.parties if person.capacity == there]
    return any(_same(a.name, a.phone, b) for a in ours for b in theirs)


def _versed(speciality: str, dispute_type: str) -> bool:
    """养老赡养/继承 is named by either of its halves."""
    return any(half in speciality for half in dispute_type.split("/"))
