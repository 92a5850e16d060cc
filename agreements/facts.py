"""What an agreement takes over from its case: number, committee, parties, matter, mediator.

`case_facts(dict)` turns the case's plain data into the typed form; it refuses unknown or missing names and text beyond its limit
with a `FactsError` that names the place. Both drafting (`seed`) and printing (`layout`) read these facts and nothing else of the case.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

MAX_PARTIES = 20

Line = Annotated[str, msgspec.Meta(max_length=200)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Seat = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.:-]{1,60}$")]
Prose = Annotated[str, msgspec.Meta(max_length=20_000)]


class FactsError(ValueError):
    """The case's data do not fit; `code` is `bad_facts`, the message names the place."""

    code = "bad_facts"


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A natural or legal person. `role` is 申请人, 被申请人 or 第三人; `represented_by` names a guardian, agent or legal representative
    with the capacity, such as 法定代表人 王某; `signs_as`: who signs where it is not the party, such as 赵某（李某的法定代理人）."""

    seat: Seat
    name: Name
    role: Annotated[str, msgspec.Meta(min_length=1, max_length=20)] = "当事人"
    id_number: Line = ""
    address: Line = ""
    represented_by: Line = ""
    signs_as: Line = ""


class CaseFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`number` is printed in the head, such as 安和人调字〔2026〕第00001号; `committee` seals; `recorder` signs where there is one."""

    number: Name
    committee: Name
    parties: Annotated[list[Party], msgspec.Meta(min_length=2, max_length=MAX_PARTIES)]
    mediator: Name
    dispute_type: Name
    facts: Prose = ""
    disputes: Annotated[str, msgspec.Meta(max_length=500)] = ""
    recorder: Annotated[str, msgspec.Meta(max_length=100)] = ""
    matters: list[Name] = []


def case_facts(data: dict[str, Any]) -> CaseFacts:
    """Check and type the case's data. Raises `FactsError`."""
    try:
        facts = msgspec.convert(data, CaseFacts)
    except msgspec.ValidationError as error:
        raise FactsError(f"the case's data do not fit an agreement: {error}") from error
    seats = [party.seat for party in facts.parties]
    if len(set(seats)) != len(seats):
        raise FactsError("two parties have the same seat: every party signs from a seat of its own")
    return facts
