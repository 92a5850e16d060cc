"""Whom the centre is proposed: in what order, and who never is."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.actor import SYSTEM
from cases.case import Case, Mediator, Numbering
from cases.casework import handle
from cases.commands.casework import Dispatch, Refuse
from cases.proposing import Candidate, LeftOut, Reason, propose
from cases.terms import mark_unanswered
from cases.vocabulary import DisputeKind, Role
from tests.cases.test_case import ACTORS, NOW, case

TODAY = date(2026, 3, 18)
DISPUTE = DisputeKind.DISPUTE
OWN, COUNTY, OTHER = "139901001", "139901", "139901002"


def order(
    one: Case, *candidates: Candidate, kind: DisputeKind = DISPUTE, dispute_type: str = "邻里", past: tuple[Case, ...] = ()
) -> list[str]:
    return [each.id for each in propose(one, kind, dispute_type, candidates, past, TODAY).proposed]


def test_township_and_speciality_weigh_the_same_and_then_the_load() -> None:
    near = Candidate("near", "甲", OWN, load=4)
    free = Candidate("free", "乙", COUNTY)
    versed = Candidate("versed", "丙", COUNTY, load=5, speciality="邻里、物业")
    both = Candidate("both", "戊", OWN, load=9, speciality="邻里")
    assert order(case(), free, versed, near, both) == ["both", "near", "versed", "free"]
    assert order(case(), versed, msgspec.structs.replace(near, load=6)) == ["versed", "near"]
    (first, *_) = propose(case(), DISPUTE, "邻里", [versed], (), TODAY).proposed
    assert first.reasons == [Reason("county"), Reason("speciality", "邻里"), Reason("office", "mediator"), Reason("load", count=5)]
    assert order(case(), free, versed, dispute_type="消费") == ["free", "versed"]
    care = Candidate("care", "丁", COUNTY, load=1, speciality="赡养、继承")
    assert order(case(), free, care, dispute_type="养老赡养/继承") == ["care", "free"]


def test_a_dispute_asks_for_a_mediator_and_a_matter_of_livelihood_for_a_grid_worker() -> None:
    """A grid worker comes before a mediator only where near and versed, and the mediator is neither."""
    grid = Candidate("grid", "甲", OWN, Role.GRID_WORKER)
    mediator = Candidate("mediator", "乙", COUNTY, load=9, speciality="婚姻家庭")
    assert order(case(), grid, mediator, dispute_type="婚姻家庭") == ["mediator", "grid"]
    assert order(case(), grid, mediator, dispute_type="邻里") == ["mediator", "grid"]
    versed = msgspec.structs.replace(grid, speciality="婚姻家庭、邻里")
    assert order(case(), versed, mediator, dispute_type="婚姻家庭") == ["mediator", "grid"]
    assert order(case(), versed, mediator, dispute_type="邻里") == ["grid", "mediator"]
    assert order(case(), grid, Candidate("town", "丙", OWN, load=9)) == ["town", "grid"]
    assert order(case(), grid, Candidate("town", "丙", OWN), kind=DisputeKind.MATTER) == ["grid", "town"]


def test_who_let_an_order_go_back_is_marked_and_comes_after_who_stands_level() -> None:
    file, silent, other = case(), Candidate("wang", "甲", COUNTY), Candidate("chen", "乙", COUNTY, load=9)
    assert order(file, silent, other) == ["wang", "chen"]
    handle(file, Dispatch("k1", ["wang"], names=["县调委会"]), ACTORS["centre"], NOW, Numbering("x"))
    assert file.answer_by and mark_unanswered(file, SYSTEM, file.answer_by)
    told = propose(file, DISPUTE, "邻里", [silent, other], (), TODAY)
    assert [one.id for one in told.proposed] == ["chen", "wang"] and not told.left_out
    assert told.proposed[1].reasons == [Reason("county"), Reason("office", "mediator"), Reason("unanswered"), Reason("load")]
    assert order(file, msgspec.structs.replace(silent, region=OWN), other) == ["wang", "chen"], "better fit all the same"


@pytest.mark.parametrize(
    ("one", "code", "word"),
    [
        (Candidate("a", "李某", OWN), "is_party", ""),
        (Candidate("a", "甲", OWN, phone="13800001234"), "is_party", ""),
        (Candidate("a", "甲", OWN, away_until=TODAY), "away", "2026-03-18"),
        (Candidate("a", "甲", OTHER), "elsewhere", ""),
        (Candidate("a", "甲", "139902"), "elsewhere", ""),
    ],
)
def test_who_is_left_out(one: Candidate, code: str, word: str) -> None:
    found = propose(case(), DISPUTE, "邻里", [one], (), TODAY)
    assert not found.proposed and found.left_out == [LeftOut("a", code, word)]


def test_an_absence_ends() -> None:
    assert order(case(), Candidate("a", "甲", OWN, away_until=TODAY - timedelta(days=1))) == ["a"]


def test_who_refused_and_who_declared_an_interest() -> None:
    one = case()
    handle(one, Dispatch("k1", ["wang", "chen"], names=["县", "县"]), ACTORS["centre"], NOW, Numbering("x"))
    handle(one, Refuse("k1", "太忙"), ACTORS["wang"], NOW, Numbering("x"))
    (event,) = handle(one, Refuse("k1", "表亲", conflict=True), ACTORS["chen"], NOW, Numbering("x"))
    assert event.payload["conflict"] is True
    found = propose(one, DISPUTE, "邻里", [Candidate("wang", "王", COUNTY), Candidate("chen", "陈", COUNTY)], (), TODAY)
    assert found.left_out == [LeftOut("wang", "refused"), LeftOut("chen", "declared")]


def test_who_mediated_between_them_with_sides_changed() -> None:
    other = msgspec.structs.replace(case(), id="k0", mediator=Mediator("wang", "王", "committee", "县"))
    one = Candidate("wang", "王", COUNTY)
    assert order(case(), one, past=(other,)) == ["wang"], "the same sides: knows the matter"
    swapped = {"applicant": "respondent", "respondent": "applicant"}
    other.parties = [msgspec.structs.replace(person, capacity=swapped[person.capacity]) for person in other.parties]
    assert propose(case(), DISPUTE, "邻里", [one], (other,), TODAY).left_out == [LeftOut("wang", "other_side")]


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        id=st.uuids().map(str),
        name=st.sampled_from(["甲", "乙", "李某", "赵某"]),
        region=st.sampled_from([OWN, COUNTY, OTHER, "139902"]),
        role=st.sampled_from([Role.MEDIATOR, Role.GRID_WORKER]),
        load=st.integers(0, 9),
        phone=st.sampled_from(["", "13800001234", "13900000000"]),
        speciality=st.sampled_from(["", "邻里", "合同"]),
        away_until=st.sampled_from([None, TODAY, TODAY - timedelta(days=1)]),
    ),
    max_size=12,
)


@given(CANDIDATES, st.randoms())
def test_everybody_is_told_of_once_in_one_order(candidates: list[Candidate], random: object) -> None:
    found = propose(case(), DISPUTE, "邻里", candidates, (), TODAY)
    assert sorted([one.id for one in found.proposed] + [one.id for one in found.left_out]) == sorted(one.id for one in candidates)
    shuffled = list(candidates)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert propose(case(), DISPUTE, "邻里", shuffled, (), TODAY).proposed == found.proposed
    by_id = {one.id: one for one in candidates}
    for proposed in found.proposed:
        one = by_id[proposed.id]
        assert one.name not in {"李某", "赵某"} and one.phone != "13800001234" and one.region in {OWN, COUNTY}
