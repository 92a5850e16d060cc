"""States of an expert's invitation, under any sequence of moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import OutOfTurn
from cases.expert_invitation import MOVES, OPEN, Invitation, Move, move
from cases.vocabulary import InvitationState as S

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)


def invitation() -> Invitation:
    return Invitation("x1", "liu", "刘律师", "lawyer", "case-r1", "e1", NOW, NOW + timedelta(days=1), 10, "事由")


@given(st.lists(st.sampled_from(list(Move)), max_size=8))
def test_whatever_is_tried_only_what_the_table_has_happens(tried: list[Move]) -> None:
    one, passed = invitation(), [S.SENT]
    for by in tried:
        allowed = MOVES.get((one.state, by))
        if allowed is None:
            with pytest.raises(OutOfTurn):
                move(one, by, NOW)
        else:
            move(one, by, NOW)
            passed.append(allowed)
        assert one.state is passed[-1] and one.open == (one.state in OPEN) == (one.ended_at is None)
    if S.SEATED in passed:
        assert passed[passed.index(S.SEATED) - 1] is S.ACCEPTED, "nobody sits who has not declared"
    assert (one.seated_at is not None) == (S.SEATED in passed)
    assert sum(state not in OPEN for state in passed) <= 1


def test_every_state_is_reached_and_what_is_over_stays_so() -> None:
    assert {*MOVES.values(), S.SENT} == set(S)
    assert {state for state, _ in MOVES} == OPEN
