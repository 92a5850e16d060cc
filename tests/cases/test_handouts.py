"""Bundles for a court are offered where a court has something to do with the case, the whole one always."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case, Step
from cases.confirmation import Confirmation, confirmation, demand_open
from cases.errors import OutOfTurn
from cases.handouts import profiles_of
from cases.vocabulary import CaseStage
from tests.cases.test_case import case as new_case

AT = datetime(2026, 11, 2, 2, tzinfo=UTC)


def ended(stage: CaseStage) -> Case:
    file = new_case()
    file.history = [Step(CaseStage.MEDIATING, AT), Step(stage, AT), Step(CaseStage.CLOSED, AT)]
    return file


def test_while_it_is_mediated_no_court_is_concerned() -> None:
    assert profiles_of(new_case(), None) == ["full"]


def test_a_court_takes_over_what_failed_and_confirms_what_was_agreed() -> None:
    assert profiles_of(ended(CaseStage.FAILED), None) == ["full", "court_failure"]
    assert profiles_of(ended(CaseStage.AGREED), Confirmation(AT.date())) == ["full", "court_success"]


@given(st.integers(0, 90), st.booleans(), st.booleans())
def test_for_the_confirmation_is_offered_what_is_not_refused(days: int, personal: bool, kept: bool) -> None:
    found = confirmation(AT, AT + timedelta(days=days), personal, kept=kept)
    if "court_success" in profiles_of(ended(CaseStage.AGREED), found):
        demand_open(found)
    else:
        with pytest.raises(OutOfTurn):
            demand_open(found)


def test_a_court_that_has_the_papers_may_ask_again_after_the_thirty_days() -> None:
    file = ended(CaseStage.AGREED)
    file.confirmation_sought = AT
    assert "court_success" in profiles_of(file, Confirmation(AT.date(), "confirmation_too_late"))
    assert profiles_of(file, Confirmation(AT.date(), "confirmation_personal_status")) == ["full"]
