"""Ratings (评价) as their readers see them: the centre all of it, with names masked; the mediator of a closed case what cannot be laid at anybody's door; a party
whether the own one was given.

Who reads it at all is decided by `cases.permissions` and asked in `realtime.audience` and `realtime.room_document`.
"""

from __future__ import annotations

from collections import Counter

from cases.case import Case
from cases.clock import rfc3339
from cases.identity import mask_name
from cases.obligation import Performance, Visit
from cases.permissions import may
from cases.satisfaction import rating_of, until
from cases.vocabulary import Action, Standing
from realtime.dossier import Dossier
from realtime.patch import Doc


def own_rating(dossier: Dossier, party: str, standing: Standing) -> Doc | None:
    """`until` when it can be given, and whether it was; the reader's clock tells whether that is over."""
    case = dossier.case
    if not party or not may((standing,), Action.RATE, case.stage):
        return None
    ends = until(case, dossier.room.ended_at if dossier.room is not None else None)
    return {"until": rfc3339(ends), "given": rating_of(case, party) is not None or None} if ends is not None else None


def ratings_for_centre(case: Case) -> Doc:
    state = case.performance or Performance()
    people = {person.id: person for person in case.parties}
    return {
        "ratings": {
            one.party: {
                "name": mask_name(people[one.party].name),
                "capacity": people[one.party].capacity,
                "score": one.score,
                "marks": [str(mark) for mark in one.marks] or None,
                "words": one.words or None,
                "at": rfc3339(one.at),
                "released": one.released or None,
                "visit": _visit(state.raised(one.party)),
            }
            for one in case.ratings
        }
    }


def ratings_for_mediator(case: Case) -> Doc:
    """Each list sorted by itself, so that neither order nor company says whose a line is; words only where the centre has released them."""
    return {
        "scores": sorted((one.score for one in case.ratings), reverse=True),
        "marks": dict(sorted(Counter(str(mark) for one in case.ratings for mark in one.marks).items())),
        "words": sorted(one.words for one in case.ratings if one.released) or None,
    }


def unhappy(case: Case) -> int | None:
    """For the centre's list: how many low ratings wait for somebody's call."""
    return (case.performance.unanswered() if case.performance is not None else 0) or None


def _visit(visit: Visit | None) -> Doc | None:
    if visit is None:
        return None
    return {"on": visit.on, "how": visit.how, "by": visit.by, "outcome": visit.outcome or None, "satisfied": visit.satisfied}
