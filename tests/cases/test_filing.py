"""Which items the paper file has, which are missing and why."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import Invalid
from cases.filing import (
    ELSEWHERE,
    ENDED_BEFORE,
    NAMES,
    REASONS,
    REQUIRED,
    Doc,
    FilingFacts,
    Made,
    Reason,
    Remedy,
    State,
    demand_complete,
    enclosable,
    items_of,
    lacking,
)
from cases.vocabulary import CaseStage

agreed = st.sampled_from(["electronic", "paper", "oral", "elsewhere"])


@st.composite
def facts(draw: st.DrawFn) -> FilingFacts:
    """Such as cases can have: who never began has neither parties nor record; an agreement is there exactly where it was reached."""
    stage = draw(st.sampled_from(CaseStage))
    begun = (
        draw(st.booleans())
        if stage in {CaseStage.WITHDRAWN, CaseStage.DECLINED, CaseStage.AGREED, CaseStage.CLOSED}
        else stage not in BEFORE
    )
    parties = draw(st.integers(0, 8)) if begun else 0
    agreement = draw(agreed) if stage is CaseStage.AGREED else draw(agreed | st.just("")) if stage is CaseStage.CLOSED else ""
    some = st.integers(0, 3)
    return FilingFacts(
        stage, draw(st.booleans()), draw(st.booleans()), begun, parties, draw(st.integers(0, parties)), draw(st.integers(0, parties)), draw(st.integers(0, parties)),
        draw(some), draw(some) if begun else 0, draw(st.booleans()), agreement, draw(some), draw(some), draw(some), draw(st.booleans()), draw(st.booleans()),
        draw(st.booleans()), draw(st.frozensets(st.sampled_from(sorted(enclosable(agreement))))),
    )  # fmt: skip


BEFORE = {CaseStage.REPORTED, CaseStage.DISPATCHED, CaseStage.ACCEPTED}


@given(facts())
def test_thirteen_in_the_statutory_order_each_with_a_reason(known: FilingFacts) -> None:
    items = items_of(known)
    assert [(item.n, item.doc) for item in items] == list(enumerate(Doc, 1)) and len(items) == 13
    assert [item.doc for item in items if item.required] == [doc for doc in Doc if doc in REQUIRED]
    for item in items:
        assert REASONS[item.reason] and NAMES[item.doc]
        assert item.remedy is Remedy.NONE or item.state is State.MISSING, "a way is told for what is missing alone"
        assert item.opens or item.state is not State.PRESENT, "what is in the file can be looked at"
        assert (item.reason is Reason.ENCLOSED) == (item.made is Made.PAPER)


@given(facts())
def test_paper_makes_an_item_present_and_the_agreement_only_where_it_is_elsewhere(known: FilingFacts) -> None:
    without = items_of(msgspec.structs.replace(known, enclosed=frozenset()))
    for with_paper, bare in zip(items_of(known), without, strict=True):
        if with_paper.doc in known.enclosed:
            assert with_paper.state is State.PRESENT
        else:
            assert with_paper == bare
    everything = items_of(msgspec.structs.replace(known, enclosed=frozenset(Doc)))
    assert {item.doc for item in lacking(everything)} <= ({Doc.AGREEMENT} if known.agreement != ELSEWHERE else set())
    assert everything[11:] == items_of(known)[11:], "what the system makes is not told by a note"


@given(facts())
def test_the_agreement_is_there_where_it_is_in_force_and_applies_where_it_can_come(known: FilingFacts) -> None:
    item = items_of(msgspec.structs.replace(known, enclosed=frozenset()))[7]
    expected = {"electronic": Made.SIGNED, "paper": Made.SCAN, "oral": Made.FORM}.get(known.agreement)
    if expected:
        assert (item.state, item.made) == (State.PRESENT, expected)
    elif known.stage in {CaseStage.FAILED, *ENDED_BEFORE} or (known.stage is CaseStage.CLOSED and not known.agreement):
        assert item.state is State.NONE, "who ended without an agreement lacks none"
    else:
        assert (item.state, item.remedy) == (State.MISSING, Remedy.ENCLOSE if known.agreement else Remedy.AGREE)


@given(facts())
def test_nothing_is_said_to_be_still_to_come_once_it_is_over(known: FilingFacts) -> None:
    """Nor that everybody came in person before everybody was seen, nor that a statement on how it ended lies in the file before it has ended."""
    items = {item.doc: item for item in items_of(msgspec.structs.replace(known, enclosed=frozenset()))}
    said, helps = {item.reason for item in items.values()}, {item.remedy for item in items.values()}
    if known.stage in {CaseStage.AGREED, CaseStage.FAILED, CaseStage.CLOSED, *ENDED_BEFORE}:
        assert not said & {Reason.NOT_BEGUN, Reason.NOT_YET, Reason.RECORD_EMPTY, Reason.AT_CLOSE}
        assert not helps & {Remedy.BEGIN, Remedy.CONFIRM, Remedy.VERIFY, Remedy.AGREE}
        assert items[Doc.STATEMENT].state is State.PRESENT
    else:
        assert Reason.NOT_HELD not in said and (items[Doc.STATEMENT].state is State.PRESENT) == known.stated
        assert (Reason.NOT_BEGUN in said) == (not known.begun)
    if known.stage is CaseStage.CLOSED:
        assert not helps & {Remedy.RECEIPT, Remedy.VISIT}
    if known.stage in ENDED_BEFORE:
        assert helps <= {Remedy.NONE, Remedy.CLOSE_RECORD}, "no form of it can be filled in any more"
    assert (Reason.NOBODY_ACTS in said) <= (known.begun and known.verified >= known.parties > 0)


def test_where_a_case_came_from() -> None:
    def said(**known: Any) -> tuple[Reason, Reason]:
        items = items_of(FilingFacts(CaseStage.REPORTED, photos=1, **known))
        return items[0].reason, items[5].reason

    assert said() == (Reason.REPORTED, Reason.PHOTOGRAPHS)
    assert said(entered=True) == (Reason.REGISTERED, Reason.TAKEN)
    assert said(entered=True, referred=True) == (Reason.REFERRED, Reason.TAKEN)


@given(facts())
def test_after_the_agreement_is_asked_only_where_there_is_one(known: FilingFacts) -> None:
    bare = msgspec.structs.replace(known, enclosed=frozenset())
    for item in items_of(bare)[8:11]:
        if not known.agreement:
            assert item.state is State.NONE and item.reason in {Reason.NOT_YET, Reason.NO_AGREEMENT, *ENDED_BEFORE.values()}


@given(facts())
def test_closing_asks_for_a_reason_exactly_where_something_required_is_missing(known: FilingFacts) -> None:
    items = items_of(known)
    missing = [item for item in items if item.required and item.state is State.MISSING]
    demand_complete(items, "赵某没有到场")
    if not missing:
        demand_complete(items, " ")
        return
    with pytest.raises(Invalid) as found:
        demand_complete(items, " ")
    assert found.value.code == "file_incomplete" and found.value.detail["missing"] == [item.doc for item in missing]


def test_a_case_from_report_to_agreement() -> None:
    def states(**known: Any) -> dict[Doc, tuple[State, Reason]]:
        return {item.doc: (item.state, item.reason) for item in items_of(FilingFacts(**known))}

    fresh = states(stage=CaseStage.REPORTED)
    assert fresh[Doc.APPLICATION] == (State.PRESENT, Reason.REPORTED)
    assert fresh[Doc.RIGHTS] == fresh[Doc.IDENTITY] == fresh[Doc.RECORD] == (State.MISSING, Reason.NOT_BEGUN)
    half = states(stage=CaseStage.MEDIATING, begun=True, parties=2, verified=2, notified=1, lines=3)
    assert half[Doc.IDENTITY][0] is State.PRESENT and half[Doc.RIGHTS] == (State.MISSING, Reason.NOT_CONFIRMED)
    assert half[Doc.RECORD] == (State.MISSING, Reason.RECORD_OPEN)
    done = items_of(FilingFacts(CaseStage.AGREED, False, False, True, 2, 2, 2, 0, 1, 9, True, "electronic", 1, 1, 1))
    assert not lacking(done) and [item.doc for item in done if item.state is State.NONE] == [
        Doc.AUTHORITY,
        Doc.INVESTIGATION,
        Doc.CONFIRMATION,
    ]
    gone = states(stage=CaseStage.WITHDRAWN)
    assert {doc for doc, (state, _) in gone.items() if state is State.MISSING} == set(), (
        "nothing is owed to the file of who withdrew before it began"
    )


def test_everything_has_its_words() -> None:
    assert set(NAMES) == set(Doc) and set(REASONS) == set(Reason)
