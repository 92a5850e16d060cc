"""Which cases a resident sees among the own ones, and what waits in them: nothing that cannot be done."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case, Person
from cases.matters import Doing, Facts, binds, may_enter, shown, to_do
from cases.permissions import may
from cases.vocabulary import Action, CaseStage, DisputeKind, Standing

NOW = datetime(2026, 3, 18, 6, 30, tzinfo=UTC)
FACTS = st.builds(
    Facts,
    standing=st.sampled_from([Standing.REPORTER, Standing.PARTY]),
    stage=st.sampled_from(CaseStage),
    seated=st.booleans(),
    link=st.booleans(),
    open=st.booleans(),
    confirms=st.booleans(),
    signs=st.booleans(),
    asked=st.integers(0, 2),
    owes=st.integers(0, 2),
    rates=st.booleans(),
    times=st.booleans(),
)
IN_ROOM = {Doing.SIGN, Doing.CONFIRM, Doing.ENTER}


@given(FACTS)
def test_nothing_waits_that_cannot_be_done(facts: Facts) -> None:
    doing = to_do(facts)
    assert doing == [one for one in Doing if one in doing], "in its order, each once"
    if doing:
        assert shown(facts)
    if set(doing) & IN_ROOM:
        assert may_enter(facts) and facts.open and facts.stage is CaseStage.MEDIATING
        assert Doing.ENTER in doing
    if facts.stage is CaseStage.ACCEPTED:
        assert doing == [Doing.ANSWER_TIMES] * (facts.times and facts.standing is Standing.REPORTER), "for the rest others act"
    if facts.stage in {CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.WITHDRAWN, CaseStage.DECLINED}:
        assert not doing, "others act"
    for one, action in (
        (Doing.ANSWER_TIMES, Action.ANSWER_TIMES),
        (Doing.PERFORM, Action.TELL_RECEIPT),
        (Doing.ANSWER_RECEIPT, Action.TELL_RECEIPT),
        (Doing.RATE, Action.RATE),
    ):
        if one in doing:
            assert may((facts.standing,), action, facts.stage)


@given(FACTS)
def test_another_party_learns_of_it_only_by_the_mediator(facts: Facts) -> None:
    if facts.standing is Standing.PARTY and not facts.seated:
        assert not shown(facts) and not to_do(facts) and not may_enter(facts)
    if facts.standing is Standing.REPORTER:
        assert shown(facts)


@given(FACTS)
def test_who_has_no_link_does_not_enter(facts: Facts) -> None:
    if may_enter(facts):
        assert facts.link and facts.seated and facts.stage in {CaseStage.MEDIATING, CaseStage.AGREED}


@given(st.sampled_from(["p1", "p2", "p3"]), st.sampled_from(["13800001234", "13900005678"]), st.booleans())
def test_a_number_that_others_typed_binds_only_whoever_was_compared(party: str, phone: str, verified: bool) -> None:
    people = [
        Person("p1", "李某", "applicant", "13800001234"),
        Person("p2", "赵某", "respondent", "13900005678"),
        Person("p3", "孙某", "respondent"),
    ]
    file = Case("k", "", DisputeKind.DISPUTE, CaseStage.MEDIATING, "漏水", "漏水", "139901001", "", "", "", NOW, parties=people)
    assert binds(file, party, phone, verified) == (verified and (party, phone) == ("p2", "13900005678"))


def test_what_is_most_urgent_stands_first() -> None:
    facts = Facts(Standing.PARTY, CaseStage.MEDIATING, seated=True, link=True, open=True, signs=True)
    assert to_do(facts) == [Doing.SIGN, Doing.ENTER]
    assert to_do(Facts(Standing.REPORTER, CaseStage.AGREED, owes=1, asked=1, rates=True)) == [
        Doing.ANSWER_RECEIPT,
        Doing.PERFORM,
        Doing.RATE,
    ]
    assert to_do(Facts(Standing.PARTY, CaseStage.MEDIATING, seated=True, link=True, open=True, times=True)) == [
        Doing.ANSWER_TIMES,
        Doing.ENTER,
    ]
    assert to_do(Facts(Standing.PARTY, CaseStage.AGREED, seated=True, owes=1)) == [], "without a link there is no way to do it"
