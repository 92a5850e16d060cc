"""Reminders and alarms come once each, and a changed calendar moves what is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import SYSTEM
from cases.calendar import CLOSES, OPENS, STATUTORY, Day, county_day, end_of_term
from cases.case import Case, Numbering, Step
from cases.casework import handle
from cases.clock import COUNTY_TIME
from cases.commands.casework import Accept, Dispatch, Refuse
from cases.commands.declining import DeclineReport, TakeUp
from cases.declining import handle as handle_declining
from cases.errors import NotAllowed, OutOfTurn
from cases.notices import Notice, channels_of, holds, notices_of
from cases.ports import Happened
from cases.terms import dispatch_by, recount, waits_since, watch
from cases.vocabulary import CaseStage, Channel, DeclineReason, NoticeKind, Term
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


def test_the_centre_is_reminded_in_the_office_hours_of_the_last_day() -> None:
    one = case()  # on a Wednesday
    opens, closes = (datetime(2026, 3, 19, *at, tzinfo=UTC) for at in ((0, 30), (9, 30)))
    second = timedelta(seconds=1)
    steps = [NOW, opens - second, opens, opens + second, closes - second]
    assert [told(one, at) for at in steps] == [[], [], ["case.dispatch_reminded"], [], []], "once"
    (notice,) = notices_of(one, [Happened("case.dispatch_reminded", {})])
    due = datetime(2026, 3, 19, 15, 59, 59, tzinfo=UTC)
    assert notice == Notice(NoticeKind.DISPATCH_DUE, centre="139901001") and holds(one, notice) and dispatch_by(one) == due
    assert channels_of(notice, one) == {Channel.PAGE, Channel.EMAIL}, "nothing that rings"
    moved = STATUTORY.altered({date(2026, 3, 19): Day(date(2026, 3, 19), False, "庙会")})
    day = timedelta(days=1)
    late = [[event.kind for event in watch(one, SYSTEM, at, moved)] for at in (due, opens + day, opens + day, due + day)]
    assert late == [[], ["case.dispatch_reminded"], [], ["case.undispatched"]], "a calendar gave it another day"
    assert not holds(one, notice) and dispatch_by(one) is None


def test_who_has_dispatched_is_not_reminded_and_what_comes_back_is_a_new_wait() -> None:
    one = case()
    opens = datetime(2026, 3, 19, 0, 30, tzinfo=UTC)
    told(one, opens)
    (notice,) = notices_of(one, [Happened("case.dispatch_reminded", {})])
    handle(one, Dispatch("k1", ["wang"], names=["县调委会"]), ACTORS["centre"], opens, Numbering("x"))
    assert not holds(one, notice) and told(one, opens + timedelta(hours=1)) == []
    handle(one, Refuse("k1", "不属于本辖区"), ACTORS["wang"], opens + timedelta(hours=2), Numbering("x"))
    assert not holds(one, notice), "of the former wait"
    assert [told(one, opens + timedelta(days=n)) for n in (0, 1)] == [[], ["case.dispatch_reminded"]]
    declined = case()
    told(declined, opens)
    handle_declining(declined, DeclineReport("k1", DeclineReason.UNCLEAR, "电话打不通"), ACTORS["centre"], opens)
    with pytest.raises(OutOfTurn):
        told(declined, opens)
    handle_declining(declined, TakeUp("k1", "人来了"), ACTORS["centre"], opens)
    assert dispatch_by(declined) is None and told(declined, opens + timedelta(days=1)) == ["case.dispatch_reminded"]


@given(st.integers(0, 2 * 365 * 24 * 60), st.integers(1, 90))
def test_whoever_looks_often_reminds_once_in_office_hours_before_the_alarm(minutes: int, every: int) -> None:
    """`every`: minutes between two looks. Of what came in at any minute of two years, holidays and weekends worked among them."""
    one = case()
    came = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    one.history = [Step(CaseStage.REPORTED, came)]
    due, found, now = end_of_term(Term.DISPATCH, came), list[tuple[str, datetime]](), came
    while now < due + timedelta(hours=2):
        found += [(kind, now) for kind in told(one, now)]
        now += timedelta(minutes=every)
    (first, reminded), (second, late) = found
    assert (first, second) == ("case.dispatch_reminded", "case.undispatched") and reminded < due <= late
    local = reminded.astimezone(COUNTY_TIME)
    assert STATUTORY.working(local.date()) and OPENS <= local.time() < CLOSES and local.date() == county_day(due)


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
