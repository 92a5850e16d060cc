"""What becomes of a case's recordings and of its file: for the office with names and reasons, for the parties that and when."""

from __future__ import annotations

from cases.case import Case
from cases.clock import rfc3339
from cases.vocabulary import CaseStage
from realtime.patch import Doc


def archived(case: Case) -> Doc | None:
    """For the office: where its paper file lies."""
    if case.archived is None:
        return None
    kept = case.archived
    return {
        "at": rfc3339(kept.at),
        "by": kept.by or None,
        "shelf": kept.shelf or None,
        "missing": list(kept.missing) or None,
        "reason": kept.reason or None,
        "sha256": kept.sha256 or None,
        "pages": kept.pages or None,
    }


def taken_out(case: Case) -> Doc | None:
    """For the office: that the file is to be put right, and why."""
    kept = case.taken_out
    return {"at": rfc3339(kept.at), "by": kept.by, "reason": kept.reason} if kept is not None else None


def unfiled(case: Case) -> bool | None:
    """For lists of the office: that it is closed, and its paper file not archived yet."""
    return (case.stage is CaseStage.CLOSED and case.archived is None and case.erased is None) or None


def destruction(case: Case) -> Doc | None:
    """For the office: what is asked for and not done."""
    asked = case.destruction
    if asked is None:
        return None
    return {"what": asked.what, "by": asked.by, "reason": asked.reason, "at": rfc3339(asked.at), "due": rfc3339(asked.due)}


def destroyed(case: Case) -> Doc | None:
    """For the office: what is done."""
    if case.destroyed_at is None:
        return None
    return {
        "at": rfc3339(case.destroyed_at),
        "by": case.destroyed_by or None,
        "asked_by": case.destroyed_asked_by or None,
        "reason": case.destroyed_why or None,
    }


def erased(case: Case) -> Doc | None:
    """For the office: that its file is destroyed."""
    if case.erased is None:
        return None
    return {"at": rfc3339(case.erased.at), "by": case.erased.by, "asked_by": case.erased.asked_by, "reason": case.erased.reason}


def gone_since(case: Case) -> str | None:
    """For everybody else: since when its file is destroyed."""
    return rfc3339(case.erased.at) if case.erased else None


def recordings_going(case: Case) -> Doc | None:
    """For the parties: that the recordings, or the whole `file`, are to be destroyed, from when on, and whose committee to turn to, or that they were, and whether an agreement
    remains (`agreed`); neither by whom nor why."""
    if case.destruction is not None and (case.destroyed_at is None or case.destruction.what == "file"):
        office = case.mediator.org_name if case.mediator else None
        asked = case.destruction
        file = asked.what == "file" or None
        return {"asked": rfc3339(asked.at), "due": rfc3339(asked.due), "office": office or None, "file": file}
    if case.destroyed_at is not None and case.erased is None:
        return {"destroyed": rfc3339(case.destroyed_at), "agreed": case.agreed_at is not None or None}
    return None
