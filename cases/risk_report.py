"""What was reported of a case to the risk early-warning platform, and how far the platform has it. Kept in the case, like all that is told of it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cases.vocabulary import RiskLevel, RiskReason, RiskState


class RiskWithdrawal(msgspec.Struct):
    """That the risk is no longer seen: who says so, when and why. A later version, not an undoing: what was told stays told."""

    by: str
    at: datetime
    why: str


class RiskSync(msgspec.Struct, omit_defaults=True):
    """`state` is that of the newest version, since `at`. `trouble`: why it still waits, or why it was refused or given up, as a code."""

    state: RiskState
    at: datetime
    trouble: str = ""
    late: bool = False  # somebody was told that it is not there yet
    tries: int = 0
    again_at: datetime | None = None
    acknowledged: int = 0  # the newest version that the platform has acknowledged
    acknowledged_at: datetime | None = None
    receipt: str = ""  # the platform's own number of it


class RiskReport(msgspec.Struct, omit_defaults=True):
    level: RiskLevel
    reason: RiskReason
    words: str
    by: str
    at: datetime
    version: int
    sync: RiskSync
    withdrawn: RiskWithdrawal | None = None
