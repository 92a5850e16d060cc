"""Reminders and alarms come once each, and a changed calendar moves what is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cases.actor import SYSTEM
from cases.calendar import STATUTORY, Day, county_day
from cases.case import Case, Numbering
from cases.casework import handle
from cases.commands.casework import Accept, Dispatch, Refuse
from cases.errors import NotAllowed
from cases.notices import Notice, holds, notices_of
from cases.ports import Happened
from cases.terms import recount, waits_since, watch
from cases.vocabulary import CaseStage, NoticeKind, Term
from tests.cases.test_case import ACTORS, NOW, case


def offered() -> Case:
    one = case()
    handle(one, Dispatch("k1", ["wang"], names=["县调委会"]), ACTORS["centre"], NOW, Numbering("x"))
    return one


def accepted() -> Case:
    one = offered()
    handle(one, Accept("k1"), ACTORS["wang"], NOW, Numbering("x", number="1号"))
    return one


def told(one: Case, now: datetime) -> list[str]:
    return [event.kind for event in watch(one, SYSTEM, now, STATUTORY)]


def test_what_came_in_is_dispatched_within_a_working_day() -> None:
    one = case()  # on a Wednesday
    due = datetime(2026, 3, 19, 15, 59, 59, tzinfo=UTC)
    assert [told(one, at) for at in (NOW, due - timedelta(seconds=1), due, due + timedelta(days=9))] == [[], [], ["case.undispatched"], []]
    (notice,) = notices_of(one, [Happened("case.undispatched", {})])
    assert notice == Notice(NoticeKind.CASE_UNDISPATCHED, centre="139901001") and holds(one, notice)
    handle(one, Dispatch("k1", ["wang"], names=["县调委会"]), ACTORS["centre"], due, Numbering("x"))
    assert not holds(one, notice) and one.undispatched_at is None
    handle(one, Refuse("k1", "不属于本辖区"), ACTORS["wang"], due + timedelta(days=1), Numbering("x"))
    assert told(one, due + timedelta(days=3)) == [], "it came back on a Friday"
    assert told(one, due + timedelta(days=4)) == ["case.undispatched"]


def test_an_offer_is_reminded_of_and_then_late() -> None:
    one = offered()
    assert one.answer_by and county_day(one.answer_by) == date(2026, 3, 23) and one.answer_term is Term.ANSWER
    steps = [NOW, one.answer_by - timedelta(days=3), one.answer_by - timedelta(hours=1), one.answer_by, one.answer_by + timedelta(days=3)]
    assert [told(one, at) for at in steps] == [[], ["case.answer_reminded"], [], ["case.unanswered"], ["case.undispatched"]]


def test_what_came_back_unanswered_is_dispatched_within_a_working_day_again() -> None:
    one = offered()
    end = one.answer_by
    assert end and county_day(end) == date(2026, 3, 23)  # a Monday
    watch(one, SYSTEM, end, STATUTORY)
    assert one.stage is CaseStage.REPORTED and waits_since(one) is None
    day = timedelta(days=1)
    assert [told(one, at) for at in (end, end + day - timedelta(seconds=1), end + day)] == [[], [], ["case.undispatched"]]
    assert waits_since(one) == end, "from when it came back, and not from the report"
    handle(one, Dispatch("k1", ["chen"], names=["县调委会"]), ACTORS["centre"], end + day, Numbering("x"))
    assert one.answer_by and told(one, one.answer_by) == ["case.unanswered"] and one.unanswered_by == ["wang", "chen"]


def test_a_calendar_that_gives_more_time_is_asked_before_an_order_goes_back() -> None:
    one = offered()
    end = one.answer_by
    assert end
    altered = STATUTORY.altered({county_day(end): Day(county_day(end), False, "庙会")})
    assert [event.kind for event in recount(one, SYSTEM, end, altered)] == ["case.recounted"]
    assert watch(one, SYSTEM, end, altered) == [
        Happened("case.answer_reminded", {"to": ["wang"], "answer_by": "2026-03-24T15:59:59.000000Z"})
    ]
    assert one.stage is CaseStage.DISPATCHED


def test_the_term_of_a_mediation_is_reminded_of_and_then_over() -> None:
    one = accepted()
    assert one.due and county_day(one.due) == date(2026, 4, 20) and one.due_term is Term.MEDIATION
    near = watch(one, SYSTEM, one.due - timedelta(days=3), STATUTORY)
    (notice,) = notices_of(one, near)
    assert notice == Notice(NoticeKind.CASE_DUE, account="wang") and holds(one, notice)
    over = notices_of(one, watch(one, SYSTEM, one.due, STATUTORY))
    assert over == [Notice(NoticeKind.CASE_OVERDUE, account="wang"), Notice(NoticeKind.CASE_OVERDUE, centre="139901001")]
    assert not holds(one, notice) and all(holds(one, each) for each in over)
    assert told(one, one.due + timedelta(days=9)) == [], "once"
    with pytest.raises(NotAllowed):
        watch(one, ACTORS["wang"], NOW, STATUTORY)


def test_a_changed_calendar_moves_what_is_open() -> None:
    one, late = accepted(), date(2026, 4, 20)
    assert recount(one, SYSTEM, NOW, STATUTORY) == []
    assert one.due
    told(one, one.due)
    altered = STATUTORY.altered({late: Day(late, False, "庙会")})
    (event,) = recount(one, SYSTEM, NOW, altered)
    assert event.kind == "case.recounted" and event.payload["term"] == "mediation" and event.payload["due"] > event.payload["due_was"]
    assert county_day(one.due) == date(2026, 4, 21) and one.overdue_at is None and not one.due_reminded
    assert recount(one, SYSTEM, NOW, altered) == []
    before = offered()
    (event,) = recount(before, SYSTEM, NOW, STATUTORY.altered({date(2026, 3, 21): Day(date(2026, 3, 21), True, "补班")}))
    assert before.answer_by and county_day(before.answer_by) == date(2026, 3, 21) and event.payload["term"] == "answer"


def test_what_was_counted_before_rules_were_kept_stays() -> None:
    one = accepted()
    one.due_term = None
    assert recount(one, SYSTEM, NOW, STATUTORY.altered({date(2026, 4, 20): Day(date(2026, 4, 20), False, "庙会")})) == []
