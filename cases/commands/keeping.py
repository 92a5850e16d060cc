"""What people ask of the keeping of a case: holds, and destruction of its recordings or of its file."""

from __future__ import annotations

from typing import Literal

import msgspec

What = Literal["recordings", "file"]
"""What is destroyed: sound and picture, or all that is personal in the case, with them."""


class PlaceHold(msgspec.Struct, tag_field="t", tag="place_hold", forbid_unknown_fields=True):
    """Nothing of the case may be destroyed until the hold is lifted, whatever the organisation's policy says."""

    case: str
    reason: str


class LiftHold(msgspec.Struct, tag_field="t", tag="lift_hold", forbid_unknown_fields=True):
    case: str
    reason: str


class AskDestruction(msgspec.Struct, tag_field="t", tag="ask_destruction", forbid_unknown_fields=True):
    """The recordings of a closed case, or its file, are to be destroyed. Nothing goes before the waiting time is over and somebody else has approved it."""

    case: str
    reason: str
    what: What = "recordings"


class WithdrawDestruction(msgspec.Struct, tag_field="t", tag="withdraw_destruction", forbid_unknown_fields=True):
    """What was asked for is not to be done after all."""

    case: str
    reason: str
    what: What = "recordings"


class ApproveDestruction(msgspec.Struct, tag_field="t", tag="approve_destruction", forbid_unknown_fields=True):
    """A second person's word after the waiting time: what was asked for goes for good, its keys are destroyed. The chain stays."""

    case: str
    what: What = "recordings"


KeepingCommand = PlaceHold | LiftHold | AskDestruction | WithdrawDestruction | ApproveDestruction
