"""A party's own page: only the mediator gives and withdraws its link, while people may still meet."""

from __future__ import annotations

import pytest

from cases import pages
from cases.actor import Actor
from cases.case import standings
from cases.commands import statements as c
from cases.errors import Invalid, NotAllowed, OutOfTurn
from cases.permissions import TABLE, may
from cases.vocabulary import Action, CaseStage, Role, Standing
from tests.cases.test_scheduling import CENTRE, NOW, REPORTER, SEAT, WANG, case

LINKED = Actor("party", "p2", case_id="k")
OPENED = {
    Action.SEE_PUBLIC, Action.ANSWER_TIMES, Action.SEE_SCHEDULE, Action.SEE_OWN_PAGE, Action.COME_BY_PAGE,
    Action.ASK_STATEMENT, Action.AGREE_STATEMENTS, Action.GIVE_STATEMENT, Action.READ_STATEMENT,
}  # fmt: skip


def test_the_mediator_gives_it_and_takes_it_back() -> None:
    one = case(CaseStage.ACCEPTED)
    (sent,) = pages.handle(one, c.MakePage("k", "p2"), WANG, NOW)
    pages.handle(one, c.MakePage("k", "p2"), WANG, NOW)
    assert (sent.kind, sent.payload["party"], one.pages) == ("page.sent", "p2", ["p2"])
    (closed,) = pages.handle(one, c.ClosePage("k", "p2"), WANG, NOW)
    assert closed.kind == "page.closed" and one.pages == []
    assert pages.handle(one, c.ClosePage("k", "p2"), WANG, NOW) == [], "withdrawn once"


@pytest.mark.parametrize("actor", [CENTRE, SEAT, REPORTER, LINKED, Actor("account", "chen", role=Role.MEDIATOR, region="139901")])
def test_nobody_else_does(actor: Actor) -> None:
    for command in (c.MakePage("k", "p2"), c.ClosePage("k", "p2")):
        with pytest.raises(NotAllowed):
            pages.handle(case(CaseStage.ACCEPTED), command, actor, NOW)


def test_not_of_a_stranger_and_not_once_it_is_over() -> None:
    with pytest.raises(Invalid):
        pages.handle(case(CaseStage.ACCEPTED), c.MakePage("k", "p9"), WANG, NOW)
    for stage in CaseStage:
        if stage not in {CaseStage.ACCEPTED, CaseStage.MEDIATING}:
            with pytest.raises(OutOfTurn):
                pages.handle(case(stage), c.MakePage("k", "p2"), WANG, NOW)


def test_whoever_has_the_link_is_that_party_and_no_more() -> None:
    assert standings(case(), LINKED) == (Standing.LINKED,)
    for stranger in (Actor("party", "p2", case_id="other"), Actor("party", "p7", case_id="k")):
        assert standings(case(), stranger) == ()
    assert {action for action in TABLE if any(may((Standing.LINKED,), action, stage) for stage in CaseStage)} == OPENED
