"""What came of a livelihood matter, as its case keeps it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cases.vocabulary import MatterOutcome


class Answered(msgspec.Struct):
    """`words`: what the reporter reads."""

    outcome: MatterOutcome
    words: str
    by: str
    at: datetime
