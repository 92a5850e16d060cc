from __future__ import annotations

import pytest

from cases.actor import Actor
from cases.errors import NotAllowed, OutOfTurn
from cases.permissions import DUTIES, TABLE, demand, demand_duty, may, table_rows
from cases.vocabulary import ADMIN_ROLES, Action, CaseStage, Duty, Role, SessionStage, Standing


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


def test_every_duty_has_one_administrator_and_only_the_list_two() -> None:
    assert set(DUTIES) == set(Duty)
    assert {duty for duty, roles in DUTIES.items() if len(roles) > 1} == {Duty.SEE_ACCOUNTS}
    assert all(roles <= set(ADMIN_ROLES) for roles in DUTIES.values())


def test_who_reads_the_log_does_nothing_else() -> None:
    assert [duty for duty, roles in DUTIES.items() if Role.AUDIT_ADMIN in roles] == [Duty.READ_LOG]


@pytest.mark.parametrize("duty", list(Duty))
def test_nobody_without_the_role_and_nobody_the_own_account(duty: Duty) -> None:
    for role in Role:
        actor = Actor("account", "a", role=role)
        if role not in DUTIES[duty]:
            with pytest.raises(NotAllowed):
                demand_duty(actor, duty, "b", Role.MEDIATOR)
            continue
        demand_duty(actor, duty, "b", Role.MEDIATOR)
        with pytest.raises(NotAllowed, match="own account"):
            demand_duty(actor, duty, "a", Role.MEDIATOR)
    with pytest.raises(NotAllowed):
        demand_duty(Actor("seat", "a", role=Role.SYSTEM_ADMIN), duty)
