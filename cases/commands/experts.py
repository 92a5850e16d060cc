"""What people ask of experts of the pool in a case."""

from __future__ import annotations

from typing import Literal

import msgspec

from cases.vocabulary import SessionStage


class InviteExpert(msgspec.Struct, tag_field="t", tag="invite_expert", forbid_unknown_fields=True):
    """`expert` of the pool to the open session. `stages`: in which, none for all; `files`: photographs that may be looked at; `at`: for when, empty for now."""

    case: str
    expert: str
    brief: str
    minutes: int = 10
    stages: list[SessionStage] = []
    files: list[str] = []
    at: str = ""


class WithdrawExpert(msgspec.Struct, tag_field="t", tag="withdraw_expert", forbid_unknown_fields=True):
    case: str
    invitation: str


class DeclareInterest(msgspec.Struct, tag_field="t", tag="declare_interest", forbid_unknown_fields=True):
    """What an expert answers from the own link, before coming in: no interest in the case, one (`conflict`), or no time."""

    case: str
    answer: Literal["none", "conflict", "decline"]
    reason: str = ""


class ExtendExpert(msgspec.Struct, tag_field="t", tag="extend_expert", forbid_unknown_fields=True):
    """As many minutes again, once, while the expert sits in the room."""

    case: str
    invitation: str


class RateExpert(msgspec.Struct, tag_field="t", tag="rate_expert", forbid_unknown_fields=True):
    """How much the expert's help was worth, 1 to 5, once."""

    case: str
    invitation: str
    score: int


ExpertCommand = InviteExpert | WithdrawExpert | DeclareInterest | ExtendExpert | RateExpert
