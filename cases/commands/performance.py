"""What people ask of the performance of an agreement (履行)."""

from __future__ import annotations

from typing import Literal

import msgspec


class SetObligation(msgspec.Struct, tag_field="t", tag="set_obligation", forbid_unknown_fields=True):
    """Enter what somebody owes, or correct it; `obligation` is empty for a new one. `amount` in yuan with two decimals, `due` a day; both may be empty."""

    case: str
    what: str
    obligation: str = ""
    clause: str = ""
    debtor: str = ""
    creditor: str = ""
    amount: str = ""
    due: str = ""
    manner: str = ""


class DropObligation(msgspec.Struct, tag_field="t", tag="drop_obligation", forbid_unknown_fields=True):
    """Take an obligation out that is none, as long as nothing was received of it."""

    case: str
    obligation: str
    reason: str


class TellReceipt(msgspec.Struct, tag_field="t", tag="tell_receipt", forbid_unknown_fields=True):
    """A party says: I have done it, or I have received it. `on` is the day. Without `amount` all that is still owed is meant; of what has no amount `part` says
    whether it was done in part."""

    case: str
    obligation: str
    on: str
    amount: str = ""
    part: bool = False
    note: str = ""


class AnswerReceipt(msgspec.Struct, tag_field="t", tag="answer_receipt", forbid_unknown_fields=True):
    """The other side's word on a receipt that a party told."""

    case: str
    obligation: str
    receipt: str
    agreed: bool
    note: str = ""


class NoteReceipt(msgspec.Struct, tag_field="t", tag="note_receipt", forbid_unknown_fields=True):
    """The office notes a performance itself: it counts at once. Fields as of `tell_receipt`."""

    case: str
    obligation: str
    on: str
    amount: str = ""
    part: bool = False
    note: str = ""


class ConfirmReceipt(msgspec.Struct, tag_field="t", tag="confirm_receipt", forbid_unknown_fields=True):
    """A party's word is found right, and counts from now on."""

    case: str
    obligation: str
    receipt: str


class TakeBackReceipt(msgspec.Struct, tag_field="t", tag="take_back_receipt", forbid_unknown_fields=True):
    """It was a mistake: it does not count any more, and stays to be seen with the reason."""

    case: str
    obligation: str
    receipt: str
    reason: str


class WaiveObligation(msgspec.Struct, tag_field="t", tag="waive_obligation", forbid_unknown_fields=True):
    """The creditor gives up what is still owed, as the office heard from the creditor; `reason` says how."""

    case: str
    obligation: str
    reason: str


class StateBreach(msgspec.Struct, tag_field="t", tag="state_breach", forbid_unknown_fields=True):
    """The mediator states that it was not performed, and why that is said. With `on` false the statement is withdrawn."""

    case: str
    obligation: str
    reason: str
    on: bool = True


How = Literal["telephone", "visit", "video"]


class PlanVisit(msgspec.Struct, tag_field="t", tag="plan_visit", forbid_unknown_fields=True):
    """A follow-up (回访) on a day."""

    case: str
    on: str
    how: How


class NoteVisit(msgspec.Struct, tag_field="t", tag="note_visit", forbid_unknown_fields=True):
    """What came out of a planned follow-up, on the day it took place."""

    case: str
    visit: str
    on: str
    outcome: str
    satisfied: bool


PerformanceCommand = (
    SetObligation | DropObligation | TellReceipt | AnswerReceipt | NoteReceipt | ConfirmReceipt | TakeBackReceipt
    | WaiveObligation | StateBreach | PlanVisit | NoteVisit
)  # fmt: skip
