"""A case before the centre (上报) as the office reads it: why, since when, and what was answered."""

from __future__ import annotations

from cases.case import Case
from cases.clock import rfc3339
from cases.escalation import waiting
from realtime.patch import Doc


def escalations(case: Case) -> Doc | None:
    """By id."""
    return {
        one.id: {
            "state": str(one.state),
            "reason": one.reason,
            "name": one.name,
            "at": rfc3339(one.at),
            "overdue": one.overdue or None,
            "until": rfc3339(one.closed_at) if one.closed_at else None,
            "answered_by": one.answered_by or None,
            "words": one.words or None,
        }
        for one in case.escalations
    } or None


def escalated_at(case: Case) -> str | None:
    """Since when the centre's answer is waited for."""
    one = waiting(case)
    return rfc3339(one.at) if one is not None else None
