"""Holds, destruction and policies: only an ended case without a hold loses its recordings, and never without a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import keeping
from cases.actor import SYSTEM, Actor
from cases.case import Case, Mediator
from cases.commands import DestroyRecordings, LiftHold, PlaceHold
from cases.errors import Invalid, NotAllowed, NotFound, OutOfTurn, Refusal
from cases.vocabulary import CaseStage, DisputeKind, Role

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
SOME: dict[str, Any] = {"open": False, "sessions": ["k-1"], "segments": 4, "bytes": 1000}
ENDED = (CaseStage.AGREED, CaseStage.FAILED, CaseStage.CLOSED, CaseStage.WITHDRAWN)


def case(stage: CaseStage = CaseStage.CLOSED) -> Case:
    return Case(
        id="k", code="HY-AAAA-BBBB", kind=DisputeKind.DISPUTE, stage=stage, title="相邻排水", facts="", place="", region="139901001",
        region_name="城关镇", source="当事人申请", reported_at=NOW, mediator=Mediator("wang", "王调解员", "committee", "县调委会"),
    )  # fmt: skip


def test_a_hold_keeps_what_there_is_until_it_is_lifted() -> None:
    one = case()
    (placed,) = keeping.handle(one, PlaceHold("k", "法院调取"), CENTRE, NOW, SOME)
    assert (placed.kind, placed.payload) == ("case.hold_placed", {"by": "account:centre", "reason": "法院调取"})
    assert not keeping.may_go(one)
    for command in (DestroyRecordings("k", "到期"), PlaceHold("k", "再来")):
        with pytest.raises(OutOfTurn) as refused:
            keeping.handle(one, command, CENTRE, NOW, SOME)
        assert refused.value.detail["reason"] == "法院调取"
    keeping.handle(one, LiftHold("k", "已结"), CENTRE, NOW, SOME)
    (gone,) = keeping.handle(one, DestroyRecordings("k", "到期"), CENTRE, NOW, SOME)
    assert gone.payload == {"by": "account:centre", "reason": "到期", "sessions": ["k-1"], "segments": 4, "bytes": 1000}
    assert one.destroyed_at == NOW
    with pytest.raises(OutOfTurn, match="not on hold"):
        keeping.handle(one, LiftHold("k", "x"), CENTRE, NOW, SOME)


@pytest.mark.parametrize(
    ("recorded", "kind"), [({**SOME, "open": True}, OutOfTurn), ({**SOME, "segments": 0, "sessions": [], "bytes": 0}, NotFound)]
)
def test_nothing_is_destroyed_that_is_not_there_or_not_over(recorded: dict[str, Any], kind: type[Refusal]) -> None:
    one = case()
    with pytest.raises(kind):
        keeping.handle(one, DestroyRecordings("k", "到期"), CENTRE, NOW, recorded)
    assert one.destroyed_at is None


@pytest.mark.parametrize("command", [PlaceHold("k", " "), LiftHold("k", ""), DestroyRecordings("k", "字" * 501)])
def test_a_reason_is_needed_and_has_a_limit(command: Any) -> None:
    with pytest.raises(Invalid):
        keeping.handle(case(), command, CENTRE, NOW, SOME)


@given(st.sampled_from(list(CaseStage)), st.sampled_from([CENTRE, WANG, SYSTEM, Actor("seat", "s1", case_id="k", session_id="k-1")]))
def test_who_may_destroy_and_when(stage: CaseStage, actor: Actor) -> None:
    one = case(stage)
    allowed = stage in ENDED and actor in (CENTRE, SYSTEM)
    try:
        keeping.handle(one, DestroyRecordings("k", "到期"), actor, NOW, SOME)
    except (NotAllowed, OutOfTurn):
        assert not allowed and one.destroyed_at is None
    else:
        assert allowed


@given(st.integers(-5, keeping.LONGEST))
def test_a_policy_counts_days_from_the_last_recording(days: int) -> None:
    until = keeping.kept_until(NOW, days)
    assert until == (NOW + timedelta(days=days) if days > 0 else None)
