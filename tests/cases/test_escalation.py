"""Escalation: who brings a case before the centre and who answers, what it makes of the case, and that the month goes on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import joint_mediation, scheduling, terms
from cases.actor import Actor
from cases.calendar import STATUTORY, Day, county_day
from cases.case import Case, Numbering, session_failed, session_opened, standings
from cases.casework import handle as handle_case
from cases.clock import rfc3339
from cases.commands import casework as c
from cases.commands.escalation import AnswerEscalation, Escalate, WithdrawEscalation
from cases.commands.joint import AskJoint, JoinCase
from cases.commands.scheduling import FixTime, Proposed, ProposeTimes
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn, Refusal, TooMuch
from cases.escalation import CASE_LIMIT, handle, taken_from, waiting
from cases.notices import Notice, holds, notices_of
from cases.vocabulary import CaseStage, DispatchMode, EscalationState, NoticeKind, ShareState
from evidence.profiles import PARTY, PROFILES, takes
from realtime.audience import public_document, staff_document, why_none
from storage.dossier import Dossier
from tests.cases.test_case import ACTORS, NOW, taken

RAISE, TAKE, INSTRUCT = (
    Escalate("k1", "双方分歧太大"),
    AnswerEscalation("k1", "take"),
    AnswerEscalation("k1", "instruct", "请村委会到场"),
)
ABROAD = {
    "town": Actor("account", "town", "镇中心", ACTORS["centre"].role, "town", "139901001"),
    "other town": Actor("account", "town2", "别镇中心", ACTORS["centre"].role, "town2", "139901002"),
    "city": Actor("account", "city", "市中心", ACTORS["centre"].role, "city", "1399"),
}


def do(file: Case, command: Any, who: str, at: datetime = NOW, **facts: bool) -> list[Any]:
    return handle(file, command, (ACTORS | ABROAD)[who], at, **facts)


def mediating() -> Case:
    file = taken()
    session_opened(file, "k1-r", NOW, "王调解员")
    return file


def again(file: Case, at: datetime) -> None:
    """Dispatched anew, to 陈调解员, who accepts."""
    order = c.Dispatch("k1", ["chen"], DispatchMode.ASSIGN, "", ["县调委会"])
    handle_case(file, order, ACTORS["centre"], at, Numbering("x"))
    handle_case(file, c.Accept("k1"), ACTORS["chen"], at, Numbering("x", number="安和人调字〔2026〕第00002号"))


@pytest.mark.parametrize("begin", [taken, mediating])
def test_the_lead_alone_brings_it_and_the_centre_of_the_region_alone_answers(begin: Any) -> None:
    file = begin()
    for who in (ACTORS.keys() | ABROAD.keys()) - {"wang"}:
        with pytest.raises(NotAllowed):
            do(file, RAISE, who)
    (raised,) = do(file, RAISE, "wang")
    assert notices_of(file, [raised]) == [Notice(NoticeKind.CASE_ESCALATED, centre="139901001", about="e1")]
    assert holds(file, notices_of(file, [raised])[0])
    for who in (ACTORS.keys() | ABROAD.keys()) - {"centre", "city", "town"}:
        for command in (TAKE, INSTRUCT):
            with pytest.raises(NotAllowed):
                do(file, command, who)
    (told,) = do(file, INSTRUCT, "centre")
    (notice,) = notices_of(file, [told])
    assert (notice.kind, notice.account) == (NoticeKind.ESCALATION_ANSWERED, "wang") and holds(file, notice)
    assert (file.mediator is not None, file.stage) == (True, begin().stage), "the lead goes on"
    one = file.escalations[0]
    assert (one.state, one.words, one.answered_by) == (EscalationState.INSTRUCTED, "请村委会到场", "周主任")
    assert not holds(file, notices_of(file, [raised])[0]), "answered, it is not told of any more"


def test_one_waits_and_is_withdrawn_or_lapses() -> None:
    file = mediating()
    for command in (TAKE, INSTRUCT):
        with pytest.raises(OutOfTurn) as early:
            do(file, command, "centre")
        assert early.value.code == "not_escalated"
    do(file, RAISE, "wang")
    with pytest.raises(Conflict) as twice:
        do(file, RAISE, "wang")
    assert twice.value.code == "escalated_already"
    (told,) = do(file, WithdrawEscalation("k1"), "wang")
    assert told.kind == "escalation.withdrawn" and waiting(file) is None and notices_of(file, [told]) == []
    do(file, RAISE, "wang")
    session_failed(file, NOW, "谈不拢")
    assert [one.state for one in file.escalations] == [EscalationState.WITHDRAWN, EscalationState.LAPSED]
    with pytest.raises(OutOfTurn):
        do(file, RAISE, "wang")


def test_what_was_given_back_lapses() -> None:
    file = taken()
    do(file, RAISE, "wang")
    handle_case(file, c.GiveBack("k1", "生病住院"), ACTORS["wang"], NOW, Numbering("x"))
    assert file.escalations[0].state is EscalationState.LAPSED and file.first_accepted is None
    assert file.due is None, "the next lead counts an own month"


def test_limits() -> None:
    file = mediating()
    for reason, code in (("", "missing"), ("  ", "missing"), ("多" * 501, "too_long")):
        with pytest.raises(Invalid) as wrong:
            do(file, Escalate("k1", reason), "wang")
        assert wrong.value.code == code
    do(file, Escalate("k1", "多" * 500), "wang")
    for words, code in (("", "missing"), ("多" * 501, "too_long")):
        with pytest.raises(Invalid) as wrong:
            do(file, AnswerEscalation("k1", "instruct", words), "centre")
        assert wrong.value.code == code
    with pytest.raises(Invalid):
        do(file, AnswerEscalation("k1", "take", "多" * 501), "centre")
    for _ in range(CASE_LIMIT - 1):
        do(file, WithdrawEscalation("k1"), "wang")
        do(file, RAISE, "wang")
    do(file, WithdrawEscalation("k1"), "wang")
    with pytest.raises(TooMuch) as spent:
        do(file, RAISE, "wang")
    assert (spent.value.code, spent.value.detail["limit"], len(file.escalations)) == ("escalations_spent", 10, 10)


@pytest.mark.parametrize(("facts", "code"), [({"occupied": True}, "room_occupied"), ({"frozen": True}, "escalation_frozen")])
def test_it_is_not_taken_from_people_in_the_room_or_at_the_signing(facts: dict[str, bool], code: str) -> None:
    file = mediating()
    do(file, RAISE, "wang")
    with pytest.raises(OutOfTurn) as refused:
        do(file, TAKE, "centre", **facts)
    assert refused.value.code == code and waiting(file) is not None and file.first_accepted is None
    do(file, INSTRUCT, "centre", **facts)


def test_taken_over_it_is_in_the_pool_as_one_that_was_given_back() -> None:
    file = mediating()
    joint_mediation.handle(file, AskJoint("k1", "liulin", "两镇", ["he"], "柳林镇调委会"), ACTORS["wang"], NOW)
    joint_mediation.handle(file, JoinCase("k1", "j1"), ACTORS["he"], NOW)
    held, due = standings(file, ACTORS["wang"]), file.due
    for planned in (ProposeTimes("k1", [Proposed("2026-03-20T09:00", 60)], 0), FixTime("k1", 0, 1)):
        scheduling.handle(file, planned, ACTORS["wang"], held, "", NOW)
    do(file, RAISE, "wang")
    took = do(file, AnswerEscalation("k1", "take", "由县里办"), "centre")
    assert [one.kind for one in took] == ["case.taken_over", "joint.ended", "appointment.called_off"]
    assert (file.stage, file.mediator, file.number) == (CaseStage.REPORTED, None, "")
    assert due is not None and staff_document(Dossier(file))["due"] == rfc3339(due), "its term runs on, and the centre sees until when"
    assert (file.joint[0].state, file.history[-1].note) == (ShareState.ENDED, "由县里办")
    assert took[0].payload["number"].endswith("00001号") and [one.account for one in notices_of(file, took[:1])] == ["wang"]
    assert "由县里办" not in str(public_document(file)) and "分歧" not in str(public_document(file))
    with pytest.raises(NotAllowed):
        do(file, RAISE, "wang")


def test_who_worked_on_a_case_that_was_taken_over_is_told_so_and_nobody_else() -> None:
    file = mediating()
    joint_mediation.handle(file, AskJoint("k1", "liulin", "两镇", ["he"], "柳林镇调委会"), ACTORS["wang"], NOW)
    joint_mediation.handle(file, JoinCase("k1", "j1"), ACTORS["he"], NOW)
    do(file, RAISE, "wang")
    assert not taken_from(file, "wang")
    do(file, TAKE, "centre", NOW + timedelta(hours=1))
    dossier = Dossier(file)
    codes = {who: why_none(ACTORS[who], "case/k1", dossier) for who in ("wang", "he", "chen")}
    assert codes == {"wang": "taken_by_centre", "he": "taken_by_centre", "chen": "not_permitted"}
    assert why_none(ACTORS["wang"], "ratings/k1", dossier) == why_none(ACTORS["wang"], "case/k1", None) == "not_permitted"
    again(file, NOW + timedelta(hours=2))
    handle_case(file, c.GiveBack("k1", "生病"), ACTORS["chen"], NOW + timedelta(hours=3), Numbering("x"))
    assert taken_from(file, "wang") and not taken_from(file, "chen")
    # Who gave it back, took it after all and had it taken away is told so as well.
    again(file, NOW + timedelta(hours=4))
    assert "chen" not in file.refused_by
    do(file, RAISE, "chen", NOW + timedelta(hours=5))
    do(file, TAKE, "centre", NOW + timedelta(hours=6))
    assert taken_from(file, "chen") and not taken_from(file, "wang")


def test_what_lead_and_centre_write_goes_into_no_copy_but_the_whole_file() -> None:
    for kind in ("case.escalated", "case.instructed", "case.taken_over", "escalation.withdrawn"):
        assert [name for name, profile in PROFILES.items() if takes(profile, kind, {})] == ["full", "caucus"]
        assert not takes(PARTY, kind, {})


def test_past_its_term_it_says_so_and_the_month_is_the_first_ones() -> None:
    file = taken()
    due = file.due
    assert due is not None
    (raised,) = do(file, RAISE, "wang", due + timedelta(days=1))
    assert raised.payload["overdue"] is True
    do(file, TAKE, "centre", due + timedelta(days=1))
    again(file, due + timedelta(days=3))
    assert (file.due, file.number) == (due, "安和人调字〔2026〕第00002号")
    assert [one.kind for one in terms.watch(file, Actor("system", ""), due + timedelta(days=3), STATUTORY)] == ["case.overdue"]
    assert terms.recount(file, Actor("system", ""), due + timedelta(days=3), STATUTORY) == [], "counted from the same day"
    handle_case(file, c.GiveBack("k1", "生病住院"), ACTORS["chen"], due + timedelta(days=4), Numbering("x"))
    assert (file.mediator, file.due) == (None, due)
    again_at = due + timedelta(days=5)
    handle_case(file, c.Dispatch("k1", ["wang"], DispatchMode.ASSIGN, "", ["县调委会"]), ACTORS["centre"], again_at, Numbering("x"))
    handle_case(file, c.Accept("k1"), ACTORS["wang"], again_at, Numbering("x", number="3号"))
    assert file.due == due, "neither does giving back begin it anew"


@given(st.lists(st.tuples(st.sampled_from(["raise", "withdraw", "instruct", "take", "open", "again"]), st.integers(0, 20)), max_size=20))
def test_the_term_never_ends_later_by_it(steps: list[tuple[str, int]]) -> None:
    file, at = taken(), NOW
    due = file.due
    for what, days in steps:
        at += timedelta(days=days)
        try:
            match what:
                case "again":
                    again(file, at)
                case "open":
                    session_opened(file, "k1-r", at, "调解员")
                case "instruct" | "take":
                    do(file, AnswerEscalation("k1", what, "好"), "centre", at)
                case _:
                    who = file.mediator.account if file.mediator else "wang"
                    do(file, RAISE if what == "raise" else WithdrawEscalation("k1"), who, at)
        except Refusal:
            pass
        terms.recount(file, Actor("system", ""), at, STATUTORY)
        assert file.due == due


def test_at_the_centre_its_term_follows_the_calendar_and_is_told_to_nobody() -> None:
    file = mediating()
    do(file, RAISE, "wang")
    do(file, TAKE, "centre")
    due = file.due
    assert due is not None
    off = STATUTORY.altered({county_day(due): Day(county_day(due), False, "")})
    (told,) = terms.recount(file, Actor("system", ""), NOW, off)
    assert (told.kind, told.payload["due_was"]) == ("case.recounted", rfc3339(due)) and file.due > due
    late = terms.watch(file, Actor("system", ""), file.due + timedelta(days=9), STATUTORY)
    assert [one.kind for one in late] == ["case.undispatched"]
    handle_case(file, c.Dispatch("k1", ["chen"], DispatchMode.ASSIGN, "", ["县调委会"]), ACTORS["centre"], NOW, Numbering("x"))
    assert file.due > due and terms.recount(file, Actor("system", ""), NOW, off) == []
