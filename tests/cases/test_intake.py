"""What staff may enter: each role its sources, each in its own region; and nobody has reported it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import Actor
from cases.case import Numbering, open_case, standings
from cases.commands.casework import Intake, Report
from cases.errors import Invalid, NotAllowed, Refusal
from cases.intake import SOURCES, enter_case, sources_of
from cases.matters import binds
from cases.vocabulary import CASE_SOURCES, Role, Standing

NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
KINDS = ("account", "resident", "seat", "reporter", "public", "wall", "system")


def intake(source: str, region: str = "139901001", **more: str) -> Intake:
    return Intake(title="楼道堆物", facts="楼道里堆满了纸箱，邻居吵过两次", region=region, name="孙某", source=source, **more)


def worker(role: Role | None, region: str = "139901", kind: str = "account") -> Actor:
    return Actor(kind=kind, id="w1", role=role, region=region)  # type: ignore[arg-type]


def enter(command: Intake, actor: Actor):
    return enter_case(command, actor, Numbering("c1", code="HY-AAAA-BBBB"), NOW, [], "城关镇", False)


def test_a_round_becomes_a_case_that_nobody_reported() -> None:
    case, happened = enter(intake("网格员排查"), worker(Role.GRID_WORKER, "139901001"))
    assert (case.source, case.entered_by, case.reporter, case.parties[0].phone) == ("网格员排查", "w1", None, "")
    assert happened[0].payload["by"] == "account:w1" and happened[0].payload["source"] == "网格员排查"
    assert Standing.REPORTER not in standings(case, worker(Role.GRID_WORKER))


def test_a_telephone_that_was_typed_opens_nothing_before_the_card_was_compared() -> None:
    case, _ = enter(intake("当事人申请", phone="13800005555"), worker(Role.CENTRE))
    assert not binds(case, "p1", "13800005555", verified=False) and binds(case, "p1", "13800005555", verified=True)
    reported, _ = open_case(
        Report(title="漏水", facts="楼上", region="139901001", name="郑某", phone="13800005555"),
        Numbering("c2", code="HY-B"),
        NOW,
        [],
        "镇",
        False,
    )
    assert reported.reporter is reported.parties[0] and not binds(reported, "p1", "13800005555", verified=True)
    with pytest.raises(Invalid) as missing:
        open_case(Report(title="漏水", facts="楼上", region="139901001", name="郑某", phone=""), Numbering("c3"), NOW, [], "镇", False)
    assert missing.value.detail["field"] == "phone"


@given(
    st.sampled_from(KINDS),
    st.sampled_from([None, *Role]),
    st.sampled_from([*CASE_SOURCES, "", "梦见的"]),
    st.sampled_from(["139901", "139901001", "139901002", "139902", ""]),
)
def test_nobody_enters_more_than_the_table_says(kind: str, role: Role | None, source: str, region: str) -> None:
    actor = worker(role, region, kind)
    may = kind == "account" and source in SOURCES.get(role, ()) and "139901001".startswith(region)  # type: ignore[arg-type]
    try:
        case, _ = enter(intake(source), actor)
    except Refusal as refusal:
        assert not may
        assert isinstance(refusal, Invalid) or not sources_of(actor)
        assert isinstance(refusal, NotAllowed) or refusal.detail["field"] in {"source", "region"}
    else:
        assert may and case.source == source
