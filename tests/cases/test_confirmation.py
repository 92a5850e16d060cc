"""Thirty days from the day after the agreement took effect, and never on personal status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.calendar import STATUTORY, county_day
from cases.case import Case, Step
from cases.confirmation import confirmation, demand_open, open_until, parse_court
from cases.errors import Invalid, OutOfTurn
from cases.vocabulary import CaseStage, DisputeKind


@given(st.integers(0, 20 * 366 * 24 * 60), st.timedeltas(timedelta(0), timedelta(90)))
def test_to_the_end_of_the_thirtieth_day(minutes: int, later: timedelta) -> None:
    effective = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = confirmation(effective, effective + later, personal=False)
    days = (county_day(effective + later) - county_day(effective)).days
    last = (found.until - county_day(effective)).days
    assert 30 <= last <= 42 and STATUTORY.working(found.until)
    assert not any(STATUTORY.working(county_day(effective) + timedelta(n)) for n in range(30, last))
    assert (found.bar == "") == (days <= last)
    if found.bar:
        with pytest.raises(OutOfTurn) as refused:
            demand_open(found)
        assert refused.value.detail == {"until": found.until.isoformat()}
    else:
        demand_open(found)


def test_never_on_personal_status() -> None:
    at = datetime(2026, 11, 28, 2, tzinfo=UTC)
    with pytest.raises(OutOfTurn) as refused:
        demand_open(confirmation(at, at, personal=True))
    assert refused.value.code == "confirmation_personal_status"


def test_of_an_agreement_that_is_not_kept_nothing_is_put_together() -> None:
    at = datetime(2026, 11, 28, 2, tzinfo=UTC)
    found = confirmation(at, at, personal=False, kept=False)
    with pytest.raises(OutOfTurn) as refused:
        demand_open(found)
    assert (refused.value.code, refused.value.detail) == ("confirmation_elsewhere", {"until": found.until.isoformat()})
    assert confirmation(at, at + timedelta(days=60), personal=False, kept=False).bar == "confirmation_too_late", "that is over anyway"


@pytest.mark.parametrize("name", ["", "人民法院", "安和县法院", "安" * 41 + "人民法院"])
def test_a_court_has_a_full_name(name: str) -> None:
    with pytest.raises(Invalid):
        parse_court(name)
    assert parse_court(" 安和县人民法院 ") == "安和县人民法院"


def test_courts_are_concerned_until_they_have_decided() -> None:
    at = datetime(2026, 11, 25, 2, tzinfo=UTC)
    one = Case(
        id="k", code="HY-AAAA-BBBB", kind=DisputeKind.DISPUTE, stage=CaseStage.CLOSED, title="相邻排水", facts="", place="", region="139901001",
        region_name="城关镇", source="当事人申请", reported_at=at,
    )  # fmt: skip
    assert open_until(one, at, personal=False) is None, "there is no agreement"
    one.history.append(Step(CaseStage.AGREED, at))
    last = confirmation(at, at, personal=False).until
    later = at + (last - county_day(at))
    assert open_until(one, later, personal=False) == last and open_until(one, later + timedelta(days=1), personal=False) is None
    assert open_until(one, at, personal=True) is None
    one.confirmation_sought = at
    assert open_until(one, later + timedelta(days=30), personal=False) == last + timedelta(days=30)
    assert open_until(one, later + timedelta(days=31), personal=False) is None
