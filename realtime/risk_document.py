"""What the office reads of a report to the risk platform. Nobody else has a document with any of it."""

from __future__ import annotations

from cases.case import Case
from cases.clock import rfc3339
from realtime.patch import Doc


def risk_document(case: Case) -> Doc | None:
    """On the page of the case."""
    report = case.risk
    if report is None:
        return None
    sync, gone = report.sync, report.withdrawn
    return {
        "level": str(report.level),
        "reason": str(report.reason),
        "words": report.words,
        "by": report.by,
        "at": rfc3339(report.at),
        "version": report.version,
        "withdrawn": {"by": gone.by, "at": rfc3339(gone.at), "why": gone.why} if gone else None,
        "state": str(sync.state),
        "state_at": rfc3339(sync.at),
        "trouble": sync.trouble or None,
        "late": sync.late or None,
        "tries": sync.tries or None,
        "again_at": rfc3339(sync.again_at) if sync.again_at else None,
        "acknowledged": sync.acknowledged or None,
        "acknowledged_at": rfc3339(sync.acknowledged_at) if sync.acknowledged_at else None,
        "receipt": sync.receipt or None,
    }


def risk_mark(case: Case) -> Doc | None:
    """Beside the case in the list of the centre."""
    report = case.risk
    if report is None:
        return None
    sync = report.sync
    return {
        "level": str(report.level),
        "version": report.version,
        "withdrawn": report.withdrawn is not None or None,
        "state": str(sync.state),
        "state_at": rfc3339(sync.at),
        "trouble": sync.trouble or None,
        "late": sync.late or None,
        "again_at": rfc3339(sync.again_at) if sync.again_at else None,
        "receipt": sync.receipt or None,
    }
