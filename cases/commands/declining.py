"""What the centre asks of a report that it does not take up."""

from __future__ import annotations

import msgspec

from cases.vocabulary import DeclineReason


class DeclineReport(msgspec.Struct, tag_field="t", tag="decline_report", forbid_unknown_fields=True):
    """`words`: read by whoever reported; needed unless the matter was reported twice. `same`: the id of that other case."""

    case: str
    why: DeclineReason
    words: str = ""
    same: str = ""


class TakeUp(msgspec.Struct, tag_field="t", tag="take_up", forbid_unknown_fields=True):
    """All the same; `reason` stays in the file."""

    case: str
    reason: str


DecliningCommand = DeclineReport | TakeUp
