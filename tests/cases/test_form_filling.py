"""What may be filled into the forms of a paper file, by whom, and that nothing of it reaches who is not of the office."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import form_filling
from cases.actor import Actor
from cases.case import Case, Mediator, Person, Step
from cases.commands.casework import FillForm
from cases.errors import Conflict, Invalid, NotAllowed, OutOfTurn, Refusal, TooMuch
from cases.filing import ELSEWHERE
from cases.form_filling import FIELDS, fill
from cases.vocabulary import CaseStage, DisputeKind, Role
from realtime.audience import fragments
from storage.dossier import Dossier

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
WANG = Actor("account", "wang", "王调解员", Role.MEDIATOR, "committee", "139901")
CENTRE = Actor("account", "centre", "周主任", Role.CENTRE, "centre", "139901")
OTHERS = [Actor("account", "chen", "陈调解员", Role.MEDIATOR, "liulin", "139901"), Actor("account", "far", "外县", Role.CENTRE, "x", "139902"),
          Actor("reporter", "k", case_id="k"), Actor("seat", "s1", case_id="k", session_id="k-1"), Actor("public", "HY-AAAA-BBBB"), CENTRE]  # fmt: skip


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


def test_where_an_agreement_lies_that_is_not_kept_here() -> None:
    one, note = case(), FillForm("k", "enclosed", {"agreement": "协议书原件 3 页"}, 0)
    for made in ("", "electronic", "paper", "oral"):
        with pytest.raises(Invalid) as found:
            fill(one, note, WANG, NOW, made)
        assert found.value.code == "unknown_field"
    fill(one, note, WANG, NOW, ELSEWHERE)
    assert one.forms["enclosed"].fields == {"agreement": "协议书原件 3 页"}


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
    if field not in form_filling.DAYS:
        put(case(), form, 0, **{field: "字" * limit})


def test_a_form_has_so_many_revisions() -> None:
    one = case()
    put(one, "statement", 0, words="一")
    one.forms["statement"].revision = form_filling.REVISIONS
    found = refused(one, "statement", form_filling.REVISIONS, words="二")
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
