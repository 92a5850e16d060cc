from __future__ import annotations

import pytest

from cases.actor import Actor
from cases.errors import NotAllowed, OutOfTurn
from cases.permissions import DUTIES, TABLE, WALLS, demand, demand_duty, demand_wall, may, may_wall, table_rows
from cases.vocabulary import ADMIN_ROLES, Action, CaseStage, Duty, Role, SessionStage, Standing, WallDuty
from realtime.audience import view_of


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


@pytest.mark.parametrize("duty", list(WallDuty))
def test_walls_are_of_the_own_place_and_what_lies_in_it(duty: WallDuty) -> None:
    places = ("139901", "139901001", "139901002", "139902", "139902001")
    within = {"139901": places[:3], "139901001": ("139901001",), "139901001003": (), "1399": places, "": ()}
    for role in Role:
        for kind in ("account", "wall", "seat", "resident"):
            for region, own in within.items():
                actor = Actor(kind, "a", role=role, region=region)  # type: ignore[arg-type]
                fits = role in WALLS[duty] and kind == ("wall" if role is Role.WALL else "account")
                assert {place for place in places if may_wall(actor, duty, place)} == set(own if fits else ()), (role, kind, region)
    centre = Actor("account", "a", role=Role.CENTRE, region="139901")
    for none in ("", "1399", "13990100", "139901001003", "139901abc", "139901 01", "１３９９０１", "139901001\n", "139901/001"):
        with pytest.raises(NotAllowed):
            demand_wall(centre, duty, none)


def test_the_audience_of_a_wall_is_by_that_table() -> None:
    assert set(WALLS) == set(WallDuty)
    screen, of_county = (Actor("wall", region, role=Role.WALL, region=region) for region in ("139901001", "139901"))
    topics = ("wall/139901", "wall/139901001", "wall/139901002", "wall/139901001x", "wall/", "centre/139901001", "desk/139901001")
    assert [view_of(screen, topic, None) for topic in topics] == [None, "wall", None, None, None, None, None]
    assert [view_of(of_county, topic, None) for topic in topics] == ["wall", "wall", "wall", None, None, None, None]
    for actor in (Actor("wall", "w", region="139901"), Actor("wall", "w", role=Role.WALL), Actor("public", "c", region="139901")):
        assert not any(view_of(actor, topic, None) for topic in topics)
