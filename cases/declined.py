"""Why a report was not taken up, as its case keeps it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cases.vocabulary import DeclineReason


class Declined(msgspec.Struct, omit_defaults=True):
    """`words`: what the reporter reads. `same`: the other case of a matter that was reported twice, which is told to whoever may see that one."""

    why: DeclineReason
    words: str
    by: str
    at: datetime
    same: str = ""
