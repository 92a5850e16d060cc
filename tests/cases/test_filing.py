"""Which items the paper file has, which are missing and why; what may be filled in; and that nothing of it reaches who is not of the office."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import filing
from cases.actor import Actor
from cases.case import Case, Mediator, Person, Step
from cases.commands import FillForm
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn, Refusal, TooMuch
from cases.filing import (
    FIELDS,
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
    fill,
    items_of,
    lacking,
)
from cases.vocabulary import CaseStage, DisputeKind, Role
from realtime.audience import fragments
from storage.dossier import Dossier

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
OTHERS = [Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901"), Actor("account", "far", "外县", Role.CENTRE, "x", "139902"),
          Actor("reporter", "k", case_id="k"), Actor("seat", "s1", case_id="k", session_id="k-1"), Actor("public", "HY-AAAA-BBBB"), CENTRE]  # fmt: skip

agreed = st.sampled_from(["electronic", "paper", "oral", "elsewhere"])


@st.composite
def facts(draw: st.DrawFn) -> FilingFacts:
    """Such as cases can have: who never began has neither parties nor record; an agreement is there exactly where it was reached."""
    stage = draw(st.sampled_from(CaseStage))
    begun = draw(st.booleans()) if stage in {CaseStage.WITHDRAWN, CaseStage.AGREED, CaseStage.CLOSED} else stage not in BEFORE
    parties = draw(st.integers(0, 8)) if begun else 0
    agreement = draw(agreed) if stage is CaseStage.AGREED else draw(agreed | st.just("")) if stage is CaseStage.CLOSED else ""
    some = st.integers(0, 3)
    return FilingFacts(
        stage, draw(st.booleans()), begun, parties, draw(st.integers(0, parties)), draw(st.integers(0, parties)), draw(st.integers(0, parties)),
        draw(some), draw(some) if begun else 0, draw(st.booleans()), agreement, draw(some), draw(some), draw(some), draw(st.booleans()), draw(st.booleans()),
        draw(st.frozensets(st.sampled_from(sorted(filing.ENCLOSABLE)))),
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
def test_paper_makes_an_item_present_and_never_the_agreement(known: FilingFacts) -> None:
    without = items_of(msgspec.structs.replace(known, enclosed=frozenset()))
    for with_paper, bare in zip(items_of(known), without, strict=True):
        if with_paper.doc in known.enclosed:
            assert with_paper.state is State.PRESENT
        else:
            assert with_paper == bare
    everything = items_of(msgspec.structs.replace(known, enclosed=filing.ENCLOSABLE))
    assert {item.doc for item in lacking(everything)} <= {Doc.AGREEMENT}


@given(facts())
def test_the_agreement_is_there_where_it_is_in_force_and_applies_where_it_can_come(known: FilingFacts) -> None:
    item = items_of(known)[7]
    expected = {"electronic": Made.SIGNED, "paper": Made.SCAN, "oral": Made.FORM}.get(known.agreement)
    if expected:
        assert (item.state, item.made) == (State.PRESENT, expected)
    elif known.stage in {CaseStage.FAILED, CaseStage.WITHDRAWN} or (known.stage is CaseStage.CLOSED and not known.agreement):
        assert item.state is State.NONE, "who ended without an agreement lacks none"
    else:
        assert item.state is State.MISSING


@given(facts())
def test_after_the_agreement_is_asked_only_where_there_is_one(known: FilingFacts) -> None:
    bare = msgspec.structs.replace(known, enclosed=frozenset())
    for item in items_of(bare)[8:11]:
        if not known.agreement:
            assert item.state is State.NONE and item.reason in {Reason.NOT_YET, Reason.NO_AGREEMENT, Reason.WITHDRAWN}


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
    done = items_of(FilingFacts(CaseStage.AGREED, False, True, 2, 2, 2, 0, 1, 9, True, "electronic", 1, 1, 1))
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


# what is filled in


def case(stage: CaseStage = CaseStage.AGREED) -> Case:
    return Case(
        id="k", code="HY-AAAA-BBBB", kind=DisputeKind.DISPUTE, stage=stage, title="相邻排水", facts="", place="", region="139901001", region_name="城关镇",
        source="当事人申请", reported_at=NOW, mediator=Mediator("wang", "王调解员", "committee", "县调委会"),
        parties=[Person("p1", "李某", "applicant"), Person("p2", "赵某", "respondent")], history=[Step(stage, NOW)],
    )  # fmt: skip


def put(one: Case, form: str, revision: int, actor: Actor = WANG, **fields: str) -> Any:
    return fill(one, FillForm("k", form, {key.replace("__", "."): words for key, words in fields.items()}, revision), actor, NOW)


def refused(one: Case, form: str, revision: int, actor: Actor = WANG, **fields: str) -> Refusal:
    before = msgspec.json.encode(one)
    with pytest.raises(Refusal) as found:
        put(one, form, revision, actor, **fields)
    assert msgspec.json.encode(one) == before
    return found.value


def test_filled_in_by_revision_and_entered_apart() -> None:
    one = case()
    (event,) = put(one, "people", 0, p1__nation=" 汉族 ", p2__work="农民")
    assert (event.kind, event.chain) == ("form.filled", "file")
    assert event.payload == {"form": "people", "revision": 1, "fields": {"p1.nation": "汉族", "p2.work": "农民"}, "by": "account:wang"}
    assert refused(one, "people", 0, p1__nation="回族").code == "form_stale"
    assert put(one, "people", 1, p1__nation="汉族") == [], "what changes nothing is no revision"
    (event,) = put(one, "people", 1, p1__nation="", p2__age="40")
    assert event.payload["fields"] == {"p1.nation": "", "p2.age": "40"}
    assert one.forms["people"].fields == {"p2.work": "农民", "p2.age": "40"} and one.forms["people"].revision == 2
    put(one, "investigation", 0, notes="走访邻居")
    assert one.forms["investigation"].revision == 1, "each form has a revision of its own"


@pytest.mark.parametrize(
    ("form", "fields", "code"),
    [
        ("agreement", {"words": "x"}, "unknown_form"),
        ("people", {"p3__nation": "汉族"}, "unknown_field"),
        ("people", {"p1__id_number": "1"}, "unknown_field"),
        ("enclosed", {"agreement": "在柜中"}, "unknown_field"),
        ("cover", {"filed_on": "2026-02-30"}, "date_shape"),
        ("cover", {"filed_on": "20260201"}, "date_shape"),
    ],
)
def test_what_is_not_filled_in(form: str, fields: dict[str, str], code: str) -> None:
    assert refused(case(), form, 0, **fields).code == code


@pytest.mark.parametrize(
    ("form", "field", "limit"), [(form, field, limit) for form, fields in FIELDS.items() for field, limit in fields.items()]
)
def test_every_field_has_its_limit(form: str, field: str, limit: int) -> None:
    assert refused(case(), form, 0, **{field: "字" * (limit + 1)}).code == "too_long"
    if field not in filing.DAYS:
        put(case(), form, 0, **{field: "字" * limit})


def test_a_form_has_so_many_revisions() -> None:
    one = case()
    put(one, "statement", 0, words="一")
    one.forms["statement"].revision = filing.REVISIONS
    found = refused(one, "statement", filing.REVISIONS, words="二")
    assert isinstance(found, TooMuch) and found.code == "form_revisions"


def test_the_mediator_of_the_case_alone_fills_in() -> None:
    for actor in OTHERS:
        assert isinstance(refused(case(), "statement", 0, actor, words="x"), NotAllowed)
    assert isinstance(refused(case(CaseStage.WITHDRAWN), "statement", 0, words="x"), OutOfTurn)
    assert isinstance(refused(case(), "statement", 7, words="x"), Conflict)
    assert put(case(CaseStage.CLOSED), "statement", 0, words="归档后补正")


def test_nobody_reads_of_it_by_a_document() -> None:
    one = case()
    before = fragments(Dossier(one))
    put(one, "investigation", 0, notes="邻居说的话")
    assert fragments(Dossier(one)) == before


@given(st.lists(st.tuples(st.sampled_from(["words", "nothing"]), st.text(max_size=30), st.integers(0, 3)), max_size=12))
def test_the_last_word_is_by_who_had_read_the_one_before(tries: list[tuple[str, str, int]]) -> None:
    one = case()
    revision, held = 0, ""
    for field, words, read in tries:
        try:
            events = fill(one, FillForm("k", "statement", {field: words}, read), WANG, NOW)
        except Refusal as refusal:
            assert field == "nothing" or read != revision, refusal.code
            continue
        assert field == "words" and read == revision
        if events:
            revision, held = revision + 1, events[0].payload["fields"]["words"]
    found = one.forms.get("statement")
    assert (found.revision if found else 0, found.fields.get("words", "") if found else "") == (revision, held)
