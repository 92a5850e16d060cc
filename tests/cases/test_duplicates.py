"""Cases that may be about the same matter are found by what both have, each reason true, and a stranger's is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case, Person
from cases.duplicates import SHOWN, Alike, alike
from cases.vocabulary import CaseStage
from tests.cases.test_case import case as new_case

FACTS = "楼上漏水，天花板掉皮，墙面发霉，多次找楼上住户协商，对方一直不修，要求修好并赔偿。"


def made(key: str, facts: str = FACTS, phone: str = "13800001234", name: str = "李某", other: str = "赵某", **more: object) -> Case:
    case = new_case()
    case.id, case.title, case.facts = key, "", facts
    case.parties = [Person("p1", name, "applicant", phone), Person("p2", other, "respondent")]
    for field, value in more.items():
        setattr(case, field, value)
    return case


OWN = made("own")
STRANGE = made("x", "承包地浇地的先后谈不拢，水渠被堵。", "13900009999", "孙某", "钱某")


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        (made("a"), ["phone", "people", "words"]),
        (made("a", phone="13900009999"), ["people", "words"]),
        (made("a", FACTS[:22] + "另外还有噪声，半夜搬东西，影响休息。", name="王某", other="周某"), ["phone", "similar"]),
        (made("a", phone="", name="王某", other="周某"), ["words"]),
        (made("a", FACTS[:22] + "另外还有噪声，半夜搬东西，影响休息。", phone="", name="王某"), ["name", "similar"]),
    ],
)
def test_what_both_have_is_the_reason(other: Case, reasons: list[str]) -> None:
    assert alike(OWN, [STRANGE, other]) == [Alike("a", reasons)]  # type: ignore[arg-type]


def test_little_in_common_is_not_enough() -> None:
    assert alike(OWN, [STRANGE, made("b", STRANGE.facts, "", "王某", "赵某", place="城关镇东街")]) == []
    assert alike(OWN, [made("c", STRANGE.facts, name="王某", other="周某")]) == [], "one telephone, another matter"


def test_the_place_counts_where_it_was_written() -> None:
    here = made("own", place="东街三号")
    other = made("c", FACTS[:22] + "另外还有噪声，半夜搬东西，影响休息。", "", "王某", "周某", place=" 东街三号 ")
    assert alike(here, [other]) == [Alike("c", ["similar", "place"])]
    assert alike(made("own", place=""), [made("c", STRANGE.facts, "", "王某", "周某", place="")]) == []


def test_what_is_old_or_withdrawn_or_the_case_itself_is_not_among_them() -> None:
    old = made("old", reported_at=OWN.reported_at - timedelta(days=184))
    assert alike(OWN, [old, made("gone", stage=CaseStage.WITHDRAWN), made("own")]) == []


@given(
    st.lists(
        st.tuples(st.sampled_from([FACTS, STRANGE.facts, FACTS[:20]]), st.sampled_from(["", "13800001234"]), st.sampled_from("李王赵")),
        max_size=12,
    )
)
def test_it_is_the_same_both_ways_and_few(drawn: list[tuple[str, str, str]]) -> None:
    others = [made(f"o{n}", facts, phone, name + "某") for n, (facts, phone, name) in enumerate(drawn)]
    found = alike(OWN, others)
    assert len(found) <= SHOWN
    for one in found:
        (back,) = alike(next(other for other in others if other.id == one.case), [OWN])
        assert back.reasons == one.reasons
