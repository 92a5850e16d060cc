"""Cases that may be about the same matter are found by what both have, each reason true, and a stranger's is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case, Person
from cases.duplicates import SHOWN, Alike, alike
from cases.stock_phrases import PHRASES
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
    assert alike(OWN, [old, made("gone", stage=CaseStage.WITHDRAWN), made("declined", stage=CaseStage.DECLINED), made("own")]) == []


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


MATTERS = [
    "楼上漏水，天花板掉皮，墙面发霉",
    "楼上半夜搬东西，小孩睡不着",
    "承包地浇地的先后谈不拢，水渠被堵",
    "工地干了三个月，工头只给了一个月的钱",
    "摩托车在路口被剐，修车花了八百",
    "界石被挪了半米，墙根占到我家宅基地",
]
boilerplate = st.lists(st.sampled_from(PHRASES.split()), min_size=1, max_size=12).map(lambda said: "。" + "，".join(said) + "。")


def words_alike(own: str, other: str, recent: list[Case] | None = None) -> bool:
    """By the words alone: other people, other telephones, the same place."""
    here = made("own", own, "", "郑某", "冯某", place="东街三号")
    return bool(alike(here, [made("other", other, "", "王某", "周某", place="东街三号")], recent or []))


@given(st.sampled_from(MATTERS), st.sampled_from(MATTERS), boilerplate)
def test_the_same_boilerplate_in_two_reports_changes_nothing(own: str, other: str, said: str) -> None:
    assert words_alike(own + said, other + said) is words_alike(own, other) is (own == other)


@given(st.lists(st.sampled_from(MATTERS[:3]), max_size=2), st.lists(st.sampled_from(MATTERS[3:]), max_size=2), boilerplate)
def test_boilerplate_alone_never_makes_reports_alike(own: list[str], other: list[str], said: str) -> None:
    assert not words_alike("".join(own) + said, "".join(other) + said)


def test_phrases_of_real_reports_are_no_reason() -> None:
    end = "。事情发生后多次协商未果，对方拒绝赔偿，现要求赔偿损失，请调委会帮助调解。"
    assert not words_alike("装修的电钻声从早到晚" + end, "羊群进了麦地啃了麦苗" + end)
    assert words_alike("羊群进了麦地啃了麦苗" + end, "邻村羊群进了麦地，啃了我家麦苗" + end), "the matter itself is still found"


FORM = "本人系本镇居民，现就下列事项向镇里反映，所述内容真实，请安排人员到现场查看并答复。"


def test_what_a_form_of_the_county_has_in_every_report_is_no_reason() -> None:
    seen = [made(f"r{n}", f"第{n}户的事情{'甲乙丙丁戊己庚辛壬癸'[n % 10] * 9}。{FORM if n % 2 else ''}") for n in range(60)]
    assert words_alike(MATTERS[0] + FORM, MATTERS[4] + FORM), "nothing tells yet that it is a form"
    assert not words_alike(MATTERS[0] + FORM, MATTERS[4] + FORM, seen)
    assert words_alike(MATTERS[0] + FORM, "家里" + MATTERS[0] + FORM, seen)


def test_neighbours_who_report_one_matter_do_not_make_it_common() -> None:
    others = [made(f"r{n}", f"{'甲乙丙丁戊己庚辛壬癸'[n % 10] * 9}{n}") for n in range(50)]
    neighbours = [made(f"n{n}", MATTERS[0], "", "王某", "周某") for n in range(8)]
    assert len(alike(made("own", MATTERS[0], ""), neighbours, others + neighbours)) == SHOWN
