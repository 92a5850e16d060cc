"""What people ask of a report to the risk platform."""

from __future__ import annotations

import msgspec

from cases.vocabulary import RiskLevel, RiskReason


class ReportRisk(msgspec.Struct, tag_field="t", tag="report_risk", forbid_unknown_fields=True):
    """To the risk early-warning platform (命案风险预警), or again with another level, reason or sentence. It cannot be called back."""

    case: str
    level: RiskLevel
    reason: RiskReason
    words: str


class WithdrawRisk(msgspec.Struct, tag_field="t", tag="withdraw_risk", forbid_unknown_fields=True):
    """What was reported is no longer a risk. The platform is told so, and keeps what it was told before."""

    case: str
    reason: str


class SendRiskAgain(msgspec.Struct, tag_field="t", tag="send_risk_again", forbid_unknown_fields=True):
    """As a new version that tells the present state: after a refusal, after days in vain, or where the platform has lost it."""

    case: str


RiskCommand = ReportRisk | WithdrawRisk | SendRiskAgain
