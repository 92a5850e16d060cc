"""The clocks of a case: who is reminded before one runs out, what happens when it has, and what a changed calendar makes of it. Pure.

An order that nobody takes in time goes back to the centre by itself. Somebody may take it until the clock has looked: which of the two comes
first has the case.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cases.actor import Actor
from cases.calendar import Calendar, county_day, end_of_term, office_hours, remind_from
from cases.case import Case, move, standings, term_began
from cases.clock import rfc3339
from cases.permissions import TIMED, demand
from cases.ports import Happened
from cases.vocabulary import Action, CaseStage, Term

RUNNING = frozenset({CaseStage.ACCEPTED, CaseStage.MEDIATING})
"""Stages in which the term of the mediation runs against a lead. Of a case that was taken over once it runs on at the centre too, which is shown and told to nobody."""


def unanswered(case: Case, now: datetime) -> bool:
    """Whether an offered order is past its time for an answer."""
    return _waits(case) and case.answer_by is not None and case.answer_by <= now


def mark_unanswered(case: Case, actor: Actor, now: datetime) -> list[Happened]:
    """What the clock does by itself: the order is nobody's any more, and the case the centre's, whose own clock begins anew."""
    demand(standings(case, actor), Action.MARK_UNANSWERED, case.stage)
    if not unanswered(case, now):
        return []
    assert case.answer_by is not None
    told = {"to": case.offered_to, "answer_by": rfc3339(case.answer_by)}
    case.unanswered_by += [one for one in case.offered_to if one not in case.unanswered_by]
    names = "、".join(dict.fromkeys(case.offered_names))
    case.offered_to, case.offered_names, case.answer_by = [], [], None
    move(case, Action.MARK_UNANSWERED, now, who=names, unanswered=True)
    return [Happened("case.unanswered", told)]


def lapsed_for(case: Case, account: str) -> bool:
    """Whether this account was offered the case, let the time for an answer pass, and has had nothing to do with it since."""
    return account in case.unanswered_by and account not in case.offered_to and all(share.account != account for share in case.joint)


def watch(case: Case, actor: Actor, now: datetime, calendar: Calendar) -> list[Happened]:
    """What the clock says of a case, each once: a working day before the end of a term, and after it; of the centre's own term, which is one working day, in
    the office hours of its day."""
    demand(standings(case, actor), Action.WATCH_TERMS, case.stage)
    if case.stage is CaseStage.REPORTED:
        return _undispatched(case, now, calendar)
    happened = mark_unanswered(case, actor, now) if _waits(case) else []
    if _waits(case) and not case.answer_reminded and case.answer_by and remind_from(case.answer_by, calendar) <= now < case.answer_by:
        case.answer_reminded = True
        happened.append(Happened("case.answer_reminded", {"to": case.offered_to, "answer_by": rfc3339(case.answer_by)}))
    if case.stage not in RUNNING or case.due is None:
        return happened
    if not case.due_reminded and remind_from(case.due, calendar) <= now < case.due:
        case.due_reminded = True
        happened.append(Happened("case.due_reminded", {"due": rfc3339(case.due)}))
    if case.overdue_at is None and case.due <= now:
        case.overdue_at = now
        happened.append(Happened("case.overdue", {"due": rfc3339(case.due)}))
    return happened


def recount(case: Case, actor: Actor, now: datetime, calendar: Calendar) -> list[Happened]:
    """Count the open clock anew from where it began, by the rule that is kept beside it. A term that ends later than now is told of anew."""
    if case.stage not in TIMED:
        return []
    demand(standings(case, actor), Action.RECOUNT, case.stage)
    told: dict[str, Any] = {}
    if _waits(case) and case.answer_term and case.answer_by:
        end = end_of_term(case.answer_term, _began(case, CaseStage.DISPATCHED), calendar)
        if end != case.answer_by:
            told |= {"answer_by": rfc3339(end), "answer_by_was": rfc3339(case.answer_by), "term": str(case.answer_term)}
            case.answer_by, case.answer_reminded = end, False
    if (case.stage in RUNNING or case.first_accepted) and case.due_term and case.due:
        end = end_of_term(case.due_term, term_began(case), calendar)
        if end != case.due:
            told |= {"due": rfc3339(end), "due_was": rfc3339(case.due), "term": str(case.due_term)}
            case.due, case.due_reminded = end, False
            case.overdue_at = case.overdue_at if end <= now else None
    return [Happened("case.recounted", told)] if told else []


def waits_since(case: Case) -> datetime | None:
    """Since when a case waits for the centre that was not dispatched in time; none of any other."""
    return _began(case, CaseStage.REPORTED) if case.stage is CaseStage.REPORTED and case.undispatched_at is not None else None


def dispatch_by(case: Case) -> datetime | None:
    """Until when a case is to be dispatched of which the centre was reminded; none of one that is late already, or of any other."""
    return case.dispatch_reminded if case.stage is CaseStage.REPORTED and case.undispatched_at is None else None


def _undispatched(case: Case, now: datetime, calendar: Calendar) -> list[Happened]:
    """Counted from when it came to the centre, for the first time or back again. Its end is kept with the reminder alone: where a calendar has moved it since, the
    centre is reminded of the day that holds."""
    since = _began(case, CaseStage.REPORTED)
    due = end_of_term(Term.DISPATCH, since, calendar)
    told = {"since": rfc3339(since), "due": rfc3339(due)}
    if case.undispatched_at is not None:
        return []
    if now >= due:
        case.undispatched_at = now
        return [Happened("case.undispatched", told)]
    opens, closes = office_hours(county_day(due))
    if case.dispatch_reminded == due or not opens <= now < closes:
        return []
    case.dispatch_reminded = due
    return [Happened("case.dispatch_reminded", told)]


def _waits(case: Case) -> bool:
    return case.stage is CaseStage.DISPATCHED


def _began(case: Case, stage: CaseStage) -> datetime:
    """The last time that the case came into this stage."""
    return next(step.at for step in reversed(case.history) if step.stage is stage)
