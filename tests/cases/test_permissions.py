from __future__ import annotations

import pytest

from cases.errors import NotAllowed, OutOfTurn
from cases.permissions import TABLE, demand, may, table_rows
from cases.vocabulary import Action, CaseStage, SessionStage, Standing


def test_every_action_is_in_the_table() -> None:
    assert set(TABLE) == set(Action)


def test_nobody_may_do_anything_without_a_standing() -> None:
    for action in Action:
        for stage in [*CaseStage, *SessionStage]:
            assert not may((), action, stage)


def test_the_public_only_sees_the_public_page() -> None:
    assert [a for a in Action if any(may((Standing.PUBLIC,), a, s) for s in [*CaseStage, *SessionStage])] == [Action.SEE_PUBLIC]


def test_wrong_person_and_wrong_moment_are_told_apart() -> None:
    with pytest.raises(NotAllowed):
        demand((Standing.PARTY,), Action.ACCEPT, CaseStage.DISPATCHED)
    with pytest.raises(OutOfTurn):
        demand((Standing.OFFEREE,), Action.ACCEPT, CaseStage.CLOSED)


def test_only_the_assignee_opens_a_session() -> None:
    assert [row[1] for row in table_rows() if row[0] == "open_session"] == ["assignee"]
