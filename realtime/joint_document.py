"""A joint mediation as the office reads it: which organisations were asked to assist, who does, since when."""

from __future__ import annotations

from itertools import zip_longest

from cases.assistance import Share
from cases.case import Case
from cases.clock import rfc3339
from realtime.patch import Doc


def shares(case: Case) -> Doc | None:
    """By id. `declined`: what those said who do not want to, and who it was (of old ones that is not known)."""
    return {
        share.id: {
            "org": share.org_name,
            "state": str(share.state),
            "reason": share.reason,
            "asked_by": share.asked_by,
            "asked_at": rfc3339(share.asked_at),
            "asked": len(share.asked) if share.waits else None,
            "declined": [{"name": name, "reason": reason} for name, reason in zip_longest(share.declined_by, share.declined)] or None,
            "account": share.account or None,
            "name": share.name or None,
            "since": rfc3339(share.joined_at) if share.joined_at else None,
            "until": rfc3339(share.closed_at) if share.closed_at else None,
            "why": share.closed_why or None,
        }
        for share in case.joint
    } or None


def request(case: Case, share: Share) -> Doc:
    """To whom it is put: why, who asks, and who leads."""
    return {
        "share": share.id,
        "why": share.reason,
        "asked_by": share.asked_by,
        "asked_at": rfc3339(share.asked_at),
        "mediator": case.mediator.name if case.mediator else None,
        "lead": case.mediator.org_name if case.mediator else None,
    }
