"""What is printed of a case in its paper file (卷宗): plain values, masked and worded already. A process pool can be given them.

`filled` is what the office has filled in, form → field → words. Empty texts are room to write by hand.
"""

from __future__ import annotations

from datetime import date

import msgspec


class FiledPerson(msgspec.Struct, frozen=True):
    """`id_number` is masked. `acting`: 法定代理人赵某, or empty; `power`: 特别授权, 一般授权, or empty for a guardian."""

    key: str
    name: str
    capacity: str
    sex: str = ""
    nation: str = ""
    age: str = ""
    work: str = ""
    unit: str = ""
    phone: str = ""
    address: str = ""
    id_number: str = ""
    acting: str = ""
    power: str = ""

    @property
    def place(self) -> str:
        """单位或住址."""
        return "，".join(part for part in (self.unit, self.address) if part)


class Proof(msgspec.Struct, frozen=True):
    """That who sits for a party (its `key`) was verified, or confirmed the notice: who, how, and when, in words."""

    key: str
    who: str
    how: str
    at: str


class FiledReceipt(msgspec.Struct, frozen=True):
    on: str
    what: str
    debtor: str
    creditor: str
    amount: str
    note: str
    by: str


class FiledVisit(msgspec.Struct, frozen=True):
    on: str
    how: str
    by: str
    outcome: str
    satisfied: bool


class FiledItem(msgspec.Struct, frozen=True):
    """A row of the catalogue. `state`: 在卷, 缺, or 不适用; `reason` says why."""

    n: int
    name: str
    required: bool
    state: str
    reason: str
    enclosed: str = ""


class FileFacts(msgspec.Struct, frozen=True):
    """`mediators`: who leads, and who assists in a joint mediation. `noteworthy`: a sentence for each thing that was not done as agreed, or is owed still in a closed case, and what a livelihood matter was answered with. `signed`: the agreement carries electronic signatures or an electronic seal. `pages`: those that have a number, once they are counted; 0 where paper comes to them. `agreement_hash`: of its file, or of the form of an oral one."""

    number: str
    committee: str
    mediator: str
    mediators: str
    title: str
    dispute_type: str
    facts: str
    place: str
    applied: bool
    source: str
    reported_on: date
    mediated_from: date | None
    mediated_to: date | None
    closed_on: date | None
    result: str
    agreement_hash: str
    people: list[FiledPerson]
    proofs: list[Proof]
    notices: list[Proof]
    receipts: list[FiledReceipt]
    visits: list[FiledVisit]
    items: list[FiledItem]
    signed: bool = False
    archived_on: date | None = None
    archived_by: str = ""
    pages: int = 0
    closed_reason: str = ""
    noteworthy: list[str] = []
    filled: dict[str, dict[str, str]] = {}

    def words(self, form: str, field: str, otherwise: str = "") -> str:
        return self.filled.get(form, {}).get(field, "") or otherwise

    @property
    def names(self) -> str:
        return "、".join(person.name for person in self.people)

    def day(self, when: date | None) -> str:
        return f"{when.year}年{when.month}月{when.day}日" if when else ""
