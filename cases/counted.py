"""What the statistics count of one case: a handful of facts, kept in the case's row beside its state, so that lists and counts need not read the whole."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cases.case import Case
from cases.rating import HIGHEST
from cases.vocabulary import CaseStage, RiskLevel

CONTENT = HIGHEST - 1
"""A score from which somebody counts as content (满意)."""
ACTIVE = frozenset({CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.ACCEPTED, CaseStage.MEDIATING})
ENDED = frozenset({CaseStage.AGREED, CaseStage.CLOSED, CaseStage.FAILED})


class Counted(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`live`: two people or more sit in its room now. `risk`: the level of a report that stands while the case is open, and when it was made. `asked`,
    `answered`, `content`: parties who may rate, who have, who were content; nothing of a case that is not closed, since its mediator is not to learn of them."""

    region: str
    dispute_type: str
    stage: CaseStage
    mediator: str
    reported_at: datetime
    due: datetime | None = None
    accepted_at: datetime | None = None
    mediated_at: datetime | None = None
    agreed_at: datetime | None = None
    ended_at: datetime | None = None
    closed_at: datetime | None = None
    live: bool = False
    risk: RiskLevel | None = None
    risk_at: datetime | None = None
    asked: int = 0
    answered: int = 0
    content: int = 0


def counted(case: Case, live: bool) -> Counted:
    """The times are those of the last acceptance: a case that was given back begins its course anew."""
    at: dict[CaseStage, datetime] = {}
    for step in case.history:
        if step.stage is CaseStage.ACCEPTED:
            at.pop(CaseStage.MEDIATING, None)
            at[step.stage] = step.at
        elif step.stage is CaseStage.REPORTED:
            at.clear()
        else:
            at.setdefault(step.stage, step.at)
    report = case.risk
    stands = (
        report is not None and report.withdrawn is None and case.stage not in {CaseStage.CLOSED, CaseStage.WITHDRAWN, CaseStage.DECLINED}
    )
    closed = case.stage is CaseStage.CLOSED
    return Counted(
        region=case.region,
        dispute_type=case.dispute_type,
        stage=case.stage,
        mediator=case.mediator.account if case.mediator else "",
        reported_at=case.reported_at,
        due=case.due,
        accepted_at=at.get(CaseStage.ACCEPTED),
        mediated_at=at.get(CaseStage.MEDIATING),
        agreed_at=case.agreed_at,
        ended_at=(case.agreed_at or at.get(CaseStage.FAILED) or at.get(CaseStage.CLOSED)) if case.stage in ENDED else None,
        closed_at=at.get(CaseStage.CLOSED),
        live=live,
        risk=report.level if report is not None and stands else None,
        risk_at=report.at if report is not None and stands else None,
        asked=_asked(case) if closed else 0,
        answered=len(case.ratings) if closed else 0,
        content=sum(one.score >= CONTENT for one in case.ratings) if closed else 0,
    )


def _asked(case: Case) -> int:
    """How many may rate it: of a matter that was answered whoever reported alone, if anybody did."""
    return len(case.parties) if case.answered is None else int(case.reporter is not None)
