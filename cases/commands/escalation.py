"""What people ask of a case before the centre (上报)."""

from __future__ import annotations

from typing import Literal

import msgspec


class Escalate(msgspec.Struct, tag_field="t", tag="escalate", forbid_unknown_fields=True):
    """The lead brings the case before the centre (上报)."""

    case: str
    reason: str


class AnswerEscalation(msgspec.Struct, tag_field="t", tag="answer_escalation", forbid_unknown_fields=True):
    """By the centre. `instruct`: the lead goes on, by these `words`; `take`: the case goes back to the centre, to be dispatched anew (提级办理), with or without words."""

    case: str
    what: Literal["instruct", "take"]
    words: str = ""


class WithdrawEscalation(msgspec.Struct, tag_field="t", tag="withdraw_escalation", forbid_unknown_fields=True):
    case: str


EscalationCommand = Escalate | AnswerEscalation | WithdrawEscalation
