"""What is counted of cases, drawn at random around one morning of a county."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from cases.counted import ENDED, Counted
from cases.vocabulary import CaseStage, RiskLevel

NOW = datetime(2026, 3, 18, 1, 0, tzinfo=UTC)  # nine in the morning in the county
TOWNSHIPS = {"139901001": "城关镇", "139901002": "柳林镇", "139901003": "河东街道"}
MEDIATORS = ["wang", "chen", "sun"]
TYPES = ["邻里", "合同", "物业", "婚姻家庭", "消费", "其他"]


@st.composite
def counts(draw: st.DrawFn) -> Counted:
    """Of a case whose times follow one another, up to its stage; a livelihood matter may be closed without a mediation."""
    stage = draw(st.sampled_from(list(CaseStage)))
    minutes = st.integers(0, 9000)
    reported = NOW - timedelta(minutes=draw(st.integers(-1, 600_000)))
    accepted = mediated = agreed = ended = closed = None
    if stage in ENDED or stage in {CaseStage.ACCEPTED, CaseStage.MEDIATING}:
        accepted = reported + timedelta(minutes=draw(minutes))
    handled = stage is CaseStage.CLOSED and draw(st.booleans())
    if handled and accepted:
        ended = closed = accepted + timedelta(minutes=draw(minutes))
    elif accepted and stage is not CaseStage.ACCEPTED:
        mediated = accepted + timedelta(minutes=draw(minutes))
    if mediated and stage is not CaseStage.MEDIATING:
        ended = mediated + timedelta(minutes=draw(minutes))
        agreed = ended if stage is CaseStage.AGREED or (stage is CaseStage.CLOSED and draw(st.booleans())) else None
        closed = ended + timedelta(minutes=draw(minutes)) if stage is CaseStage.CLOSED else None
    asked = draw(st.integers(1, 4)) if closed else 0
    answered = draw(st.integers(0, asked)) if asked else 0
    risk = (
        draw(st.none() | st.sampled_from(list(RiskLevel)))
        if stage not in {CaseStage.CLOSED, CaseStage.WITHDRAWN, CaseStage.DECLINED}
        else None
    )
    return Counted(
        region=draw(st.sampled_from(sorted(TOWNSHIPS))),
        dispute_type=draw(st.sampled_from(TYPES)),
        stage=stage,
        mediator=draw(st.sampled_from(MEDIATORS)) if accepted else "",
        reported_at=reported,
        due=accepted + timedelta(days=draw(st.integers(0, 40)), minutes=draw(minutes)) if accepted else None,
        accepted_at=accepted,
        mediated_at=mediated,
        agreed_at=agreed,
        ended_at=ended,
        closed_at=closed,
        live=stage is CaseStage.MEDIATING and draw(st.booleans()),
        risk=risk,
        risk_at=reported + timedelta(minutes=draw(minutes)) if risk else None,
        asked=asked,
        answered=answered,
        content=draw(st.integers(0, answered)) if answered else 0,
    )
