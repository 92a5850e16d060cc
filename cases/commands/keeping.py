"""What people ask of the keeping of a case: holds, and destruction of its recordings."""

from __future__ import annotations

import msgspec


class PlaceHold(msgspec.Struct, tag_field="t", tag="place_hold", forbid_unknown_fields=True):
    """Nothing of the case may be destroyed until the hold is lifted, whatever the organisation's policy says."""

    case: str
    reason: str


class LiftHold(msgspec.Struct, tag_field="t", tag="lift_hold", forbid_unknown_fields=True):
    case: str
    reason: str


class AskDestruction(msgspec.Struct, tag_field="t", tag="ask_destruction", forbid_unknown_fields=True):
    """The recordings of a closed case are to be destroyed. Nothing goes before the waiting time is over and somebody else has approved it."""

    case: str
    reason: str


class WithdrawDestruction(msgspec.Struct, tag_field="t", tag="withdraw_destruction", forbid_unknown_fields=True):
    """What was asked for is not to be done after all."""

    case: str
    reason: str


class ApproveDestruction(msgspec.Struct, tag_field="t", tag="approve_destruction", forbid_unknown_fields=True):
    """A second person's word after the waiting time: sound and picture go for good, their keys are destroyed. What the chain says of them stays."""

    case: str


KeepingCommand = PlaceHold | LiftHold | AskDestruction | WithdrawDestruction | ApproveDestruction
