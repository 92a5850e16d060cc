"""Holds, destruction and policies: only a closed case without a hold loses its recordings, by two people and after a wait; a policy takes what has ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import keeping
from cases.actor import SYSTEM, Actor
from cases.case import Case, Mediator
from cases.clock import rfc3339
from cases.commands.keeping import ApproveDestruction, AskDestruction, LiftHold, PlaceHold, WithdrawDestruction
from cases.errors import Invalid, NotAllowed, OutOfTurn, Refusal
from cases.notices import Notice, holds, notices_of
from cases.vocabulary import CaseStage, DisputeKind, NoticeKind, Role

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
OTHER = Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901")
WEEK = timedelta(days=7)
SOME: dict[str, Any] = {"open": False, "sessions": ["k-1"], "segments": 4, "bytes": 1000}
ENDED = (CaseStage.AGREED, CaseStage.FAILED, CaseStage.CLOSED, CaseStage.WITHDRAWN, CaseStage.DECLINED)
FINISHED = (CaseStage.CLOSED, CaseStage.WITHDRAWN, CaseStage.DECLINED)


def case(stage: CaseStage = CaseStage.CLOSED) -> Case:
    return Case(
        id="k", code="HY-AAAA-BBBB", kind=DisputeKind.DISPUTE, stage=stage, title="相邻排水", facts="", place="", region="139901001",
        region_name="城关镇", source="当事人申请", reported_at=NOW, mediator=Mediator("wang", "王调解员", "committee", "县调委会"),
    )  # fmt: skip


def test_a_hold_keeps_what_there_is_until_it_is_lifted_and_ends_what_was_asked_for() -> None:
    one = case()
    keeping.handle(one, AskDestruction("k", "到期"), WANG, NOW, SOME, WEEK)
    placed, ended = keeping.handle(one, PlaceHold("k", "法院调取"), CENTRE, NOW, SOME)
    assert (placed.kind, placed.payload) == ("case.hold_placed", {"by": "account:centre", "reason": "法院调取"})
    assert ended.kind == "recording.destruction_withdrawn" and one.destruction is None
    assert not keeping.may_go(one)
    for command in (AskDestruction("k", "到期"), ApproveDestruction("k"), PlaceHold("k", "再来")):
        with pytest.raises(OutOfTurn) as refused:
            keeping.handle(one, command, CENTRE, NOW, SOME)
        assert refused.value.code == "on_hold" and refused.value.detail["reason"] == "法院调取"
    with pytest.raises(OutOfTurn, match="hold"):
        keeping.let_go(one, SYSTEM, "到期", NOW, SOME)
    keeping.handle(one, LiftHold("k", "已结"), CENTRE, NOW, SOME)
    with pytest.raises(OutOfTurn, match="Nobody has asked"):
        keeping.handle(one, ApproveDestruction("k"), CENTRE, NOW, SOME)
    with pytest.raises(OutOfTurn, match="not on hold"):
        keeping.handle(one, LiftHold("k", "x"), CENTRE, NOW, SOME)


def test_two_people_and_a_waiting_time_are_needed() -> None:
    one = case()
    (asked,) = keeping.handle(one, AskDestruction("k", "当事人申请删除"), WANG, NOW, SOME, WEEK)
    assert asked.payload == {"by": "account:wang", "reason": "当事人申请删除", "due": rfc3339(NOW + WEEK)}
    later = NOW + WEEK
    for actor, moment, command, code in (
        (CENTRE, later, AskDestruction("k", "再来"), "destruction_asked"),
        (WANG, later, ApproveDestruction("k"), "second_person"),
        (CENTRE, later - timedelta(seconds=1), ApproveDestruction("k"), "destruction_waits"),
        (SYSTEM, later, ApproveDestruction("k"), "not_allowed"),
    ):
        with pytest.raises(Refusal) as refused:
            keeping.handle(one, command, actor, moment, SOME, WEEK)
        assert refused.value.code == code and one.destroyed_at is None
    (gone,) = keeping.handle(one, ApproveDestruction("k"), CENTRE, later, SOME, WEEK)
    assert gone.payload == {
        "by": "account:centre", "by_role": "centre", "by_name": "周*任", "reason": "当事人申请删除",
        "asked_by": "account:wang", "asked_role": "mediator", "asked_name": "王**员", "asked_at": rfc3339(NOW),
        "sessions": ["k-1"], "segments": 4, "bytes": 1000,
    }  # fmt: skip
    assert (one.destroyed_at, one.destroyed_by, one.destroyed_asked_by, one.destruction) == (later, "周主任", "王调解员", None)


def test_whose_word_is_needed_is_told_and_no_longer_than_it_is_needed() -> None:
    for asks, told in (
        (WANG, Notice(NoticeKind.DESTRUCTION_ASKED, centre="139901001", about="recordings")),
        (CENTRE, Notice(NoticeKind.DESTRUCTION_ASKED, account="wang", about="recordings")),
    ):
        one = case()
        notices = notices_of(one, keeping.handle(one, AskDestruction("k", "到期"), asks, NOW, SOME, WEEK))
        assert notices == [told] and holds(one, told)
        keeping.handle(one, WithdrawDestruction("k", "不删了"), asks, NOW, SOME, WEEK)
        assert not holds(one, told)
    alone = case()
    alone.mediator = None
    assert notices_of(alone, keeping.handle(alone, AskDestruction("k", "到期"), CENTRE, NOW, SOME, WEEK)) == [
        Notice(NoticeKind.DESTRUCTION_ASKED, centre="139901001", about="recordings")
    ], "a case that nobody has"


def test_a_private_talk_that_was_recorded_has_a_tombstone_in_its_own_chain() -> None:
    recorded = SOME | {"sessions": ["k-1", "k-c00000001"], "talks": {"k-c00000001": (1, 300)}}
    gone, own, head = keeping.let_go(case(), SYSTEM, "按保管期限 30 天销毁", NOW, recorded)
    assert (gone.chain, gone.payload["segments"]) == ("main", 4)
    assert (own.chain, own.kind, own.payload["segments"], own.payload["bytes"]) == ("k-c00000001", "recording.destroyed", 1, 300)
    assert (head.chain, head.kind, head.payload) == ("main", "caucus.recorded", {"caucus": "k-c00000001"})


def test_what_was_asked_for_can_be_withdrawn_by_whoever_may_ask() -> None:
    one = case()
    keeping.handle(one, AskDestruction("k", "到期"), CENTRE, NOW, SOME, WEEK)
    (undone,) = keeping.handle(one, WithdrawDestruction("k", "当事人还要用"), WANG, NOW, SOME, WEEK)
    assert undone.payload == {"by": "account:wang", "reason": "当事人还要用"} and one.destruction is None
    with pytest.raises(OutOfTurn, match="Nobody has asked"):
        keeping.handle(one, WithdrawDestruction("k", "再来"), WANG, NOW, SOME, WEEK)
    keeping.handle(one, AskDestruction("k", "到期"), CENTRE, NOW, SOME, WEEK)
    assert one.destruction is not None, "it can be asked for anew"


@pytest.mark.parametrize(
    ("recorded", "confirmable", "code"),
    [
        ({**SOME, "open": True}, None, "session_open"),
        ({**SOME, "segments": 0, "sessions": [], "bytes": 0}, None, "no_recording"),
        (SOME, date(2026, 12, 20), "confirmation_open"),
    ],
)
def test_nothing_is_destroyed_that_is_not_there_or_not_over(recorded: dict[str, Any], confirmable: date | None, code: str) -> None:
    one = case()
    with pytest.raises(Refusal) as refused:
        keeping.handle(one, AskDestruction("k", "到期"), WANG, NOW, recorded, WEEK, confirmable)
    assert refused.value.code == code and one.destruction is None
    keeping.handle(one, AskDestruction("k", "到期"), WANG, NOW, SOME, WEEK)
    with pytest.raises(Refusal) as refused:
        keeping.handle(one, ApproveDestruction("k"), CENTRE, NOW + WEEK, recorded, WEEK, confirmable)
    assert refused.value.code == code and one.destroyed_at is None


@pytest.mark.parametrize(
    "command", [PlaceHold("k", " "), LiftHold("k", ""), AskDestruction("k", "字" * 501), WithdrawDestruction("k", " ")]
)
def test_a_reason_is_needed_and_has_a_limit(command: Any) -> None:
    with pytest.raises(Invalid):
        keeping.handle(case(), command, CENTRE, NOW, SOME)


@given(
    st.sampled_from(list(CaseStage)),
    st.sampled_from([CENTRE, WANG, OTHER, SYSTEM, Actor("seat", "s1", case_id="k", session_id="k-1")]),
    st.sampled_from([CENTRE, WANG, OTHER, SYSTEM]),
    st.integers(0, 20),
)
def test_who_may_destroy_and_when(stage: CaseStage, asks: Actor, approves: Actor, days: int) -> None:
    one = case(stage)
    allowed = stage in FINISHED and {asks, approves} == {CENTRE, WANG} and days >= 7
    try:
        keeping.handle(one, AskDestruction("k", "到期"), asks, NOW, SOME, WEEK)
        keeping.handle(one, ApproveDestruction("k"), approves, NOW + timedelta(days=days), SOME, WEEK)
    except (NotAllowed, OutOfTurn):
        assert not allowed and one.destroyed_at is None
    else:
        assert allowed


@given(st.sampled_from(list(CaseStage)), st.sampled_from([CENTRE, WANG, SYSTEM]))
def test_a_policy_takes_what_has_ended_and_nobody_else_by_it(stage: CaseStage, actor: Actor) -> None:
    one = case(stage)
    allowed = stage in ENDED and actor is SYSTEM
    assert keeping.may_go(one) is (stage in ENDED)
    try:
        (gone,) = keeping.let_go(one, actor, "按保管期限 30 天销毁", NOW, SOME)
    except (NotAllowed, OutOfTurn):
        assert not allowed and one.destroyed_at is None
    else:
        assert allowed and "asked_by" not in gone.payload


@given(st.integers(-5, keeping.LONGEST))
def test_a_policy_counts_days_from_the_last_recording(days: int) -> None:
    until = keeping.kept_until(NOW, days)
    assert until == (NOW + timedelta(days=days) if days > 0 else None)
