"""What somebody owes by an agreement, and what became of it: the data of 履行跟踪, and what follows from them. Pure.

Amounts are yuan with two decimals ("1800.00"), added up in fen; dates are days of the county's calendar ("2026-12-01"). People are ids of the
case's parties; empty where the text does not tell and nobody has said it yet.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum

import msgspec

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})\.[0-9]{2}")


class State(StrEnum):
    """Of an obligation. It is never stored: it follows from receipts, waiver and breach."""

    DUE = "due"  # 待履行
    PARTLY = "partly"  # 部分履行
    DONE = "done"  # 已履行
    WAIVED = "waived"  # 债权人放弃
    BREACHED = "breached"  # 违约


OPEN = frozenset({State.DUE, State.PARTLY, State.BREACHED})


class Said(msgspec.Struct):
    """A statement with its reason: who made it (a name of staff) and when."""

    reason: str
    by: str
    at: datetime


class Answer(msgspec.Struct, omit_defaults=True):
    """What the other side says to a receipt."""

    party: str
    agreed: bool
    at: datetime
    note: str = ""


class Receipt(msgspec.Struct, omit_defaults=True):
    """That something was performed, in whole or in part, on a day. `party`: whose word it is, empty for the office's own. It counts once `confirmed` is set.
    `photo`: id of the photograph beside it."""

    id: str
    on: str
    at: datetime
    party: str = ""
    amount: str = ""
    part: bool = False
    note: str = ""
    photo: str = ""
    answer: Answer | None = None
    confirmed: Said | None = None
    taken_back: Said | None = None

    @property
    def stands(self) -> bool:
        return self.taken_back is None


class Obligation(msgspec.Struct, omit_defaults=True):
    """`drawn`: taken from the sealed text, not entered by hand. `reminded_at`: when people were told that its day comes near; `overdue_at`: when the
    clockwork noted that the day had passed."""

    id: str
    what: str
    clause: str = ""
    debtor: str = ""
    creditor: str = ""
    amount: str = ""
    due: str = ""
    manner: str = ""
    drawn: bool = False
    receipts: list[Receipt] = []
    waived: Said | None = None
    breach: Said | None = None
    reminded_at: datetime | None = None
    overdue_at: datetime | None = None

    @property
    def state(self) -> State:
        if self.waived is not None:
            return State.WAIVED
        counted = [one for one in self.receipts if one.stands and one.confirmed is not None]
        if counted and (sum(fen(one.amount) for one in counted) >= self.total if self.amount else any(not r.part for r in counted)):
            return State.DONE
        if self.breach is not None:
            return State.BREACHED
        return State.PARTLY if counted else State.DUE

    @property
    def total(self) -> int:
        return fen(self.amount)

    @property
    def told(self) -> int:
        """Fen of all receipts that stand, confirmed or not: together they never exceed what is owed."""
        return sum(fen(one.amount) for one in self.receipts if one.stands)

    @property
    def confirmed(self) -> int:
        return sum(fen(one.amount) for one in self.receipts if one.stands and one.confirmed is not None)

    @property
    def concerns(self) -> tuple[str, ...]:
        return tuple(party for party in (self.debtor, self.creditor) if party)

    def overdue(self, today: date) -> bool:
        return bool(self.due) and self.state in OPEN and date.fromisoformat(self.due) < today

    def near(self, today: date, days: int) -> bool:
        """Whether it falls due today or within so many days."""
        return bool(self.due) and self.state in OPEN and 0 <= (date.fromisoformat(self.due) - today).days <= days


class Visit(msgspec.Struct, omit_defaults=True):
    """A follow-up (回访). `how`: telephone, visit or video. `outcome` is empty while it is only planned. `rating`: the party whose low rating has asked for it;
    then it is the centre's own, and the mediator reads nothing of it."""

    id: str
    on: str
    how: str
    by: str
    at: datetime
    outcome: str = ""
    satisfied: bool = False
    rating: str = ""


class Performance(msgspec.Struct, omit_defaults=True):
    """`made` counts obligations that were ever made, so that an id is never given twice. `left_out`: how many the text held beyond the limit."""

    obligations: list[Obligation] = []
    visits: list[Visit] = []
    made: int = 0
    left_out: int = 0

    def open(self) -> list[Obligation]:
        return [one for one in self.obligations if one.state in OPEN]

    def planned(self) -> list[Visit]:
        """Follow-ups that the office planned by itself."""
        return [one for one in self.visits if not one.rating]

    def raised(self, party: str) -> Visit | None:
        """The follow-up that this party's low rating has asked for."""
        return next((one for one in self.visits if one.rating == party), None) if party else None

    def unanswered(self) -> int:
        """How many low ratings nobody has followed up yet."""
        return sum(1 for one in self.visits if one.rating and not one.outcome)


def is_amount(text: str) -> bool:
    return bool(_AMOUNT.fullmatch(text)) and fen(text) > 0


def fen(amount: str) -> int:
    """Of an amount as it is written here; 0 of none."""
    return int(amount.replace(".", "")) if amount else 0


def yuan(amount: int) -> str:
    """Fen as they are written here."""
    return f"{amount // 100}.{amount % 100:02d}"
