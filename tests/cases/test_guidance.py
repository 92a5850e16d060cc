"""A text's type is proposed by its words, with the words; and what is not recognised is not guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.guidance import PLACES_PROPOSED, PROPOSED, WORDS_TOLD, places_of, types_of
from cases.type_words import WORDS
from cases.vocabulary import DISPUTE_TYPES


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("邻居家屋檐滴水，流到我家院墙，墙面受潮。", "邻里"),
        ("包工头拖欠十二名农民工的工钱，工地已停。", "拖欠农民工工资"),
        ("老人轮流照顾谈不拢，大儿子说不养老。", "养老赡养/继承"),
        ("电动车逆行剐蹭，交警已认定，对方不赔车祸损失", "道路交通事故"),
        ("小区物业费涨价，业委会不同意，电梯又停了", "物业"),
        ("在直播间买的玉镯，店家不给退款", "电子商务"),
        ("租房到期，房东不退押金", "房屋宅基地"),
        ("儿子不给赡养费", "养老赡养/继承"),
        ("老板拖欠工资三个月", "劳动争议"),
        ("工地上的民工没有领到钱", "拖欠农民工工资"),
    ],
)
def test_what_people_write_is_recognised(text: str, kind: str) -> None:
    first = types_of(text)[0]
    assert first.type == kind
    assert first.words and all(word in text for word in first.words)


def test_what_nothing_speaks_for_is_not_proposed() -> None:
    assert types_of("", "请帮帮忙", "HELLO <b>") == []


def test_a_word_within_a_longer_one_counts_once() -> None:
    (property_,) = [hint for hint in types_of("物业费") if hint.type == "物业"]
    assert property_.words == ["物业费"]


def test_every_type_is_recognised_by_each_of_its_specific_words() -> None:
    assert set(WORDS) == set(DISPUTE_TYPES) - {"其他"}
    for kind, words in WORDS.items():
        assert words.specific and not set(words.specific.split()) & set(words.general.split()), kind
        for word in words.specific.split():
            assert kind in {hint.type for hint in types_of(word)}, word


@pytest.mark.parametrize(
    "text",
    ["隔壁老人摔了一跤", "工地旁边的路坏了", "我妻子找过他", "医院门口的摊位", "请看合同", "学校后面的路灯不亮", "老人，老人，还是老人"],
)
def test_general_words_of_several_types_propose_none(text: str) -> None:
    assert types_of(text) == []


GENERAL = [(kind, word) for kind, words in WORDS.items() for word in words.general.split()]


@given(st.sampled_from(GENERAL), st.integers(1, 4), st.text("，。的我家昨天了在", max_size=8), st.data())
def test_a_general_word_speaks_only_beside_another_word_of_its_type(
    one: tuple[str, str], times: int, filler: str, data: st.DataObject
) -> None:
    kind, word = one
    text = (word + filler + "，") * times
    assert types_of(text) == [], "alone it says nothing, however often"
    everything = f"{WORDS[kind].specific} {WORDS[kind].general}".split()
    another = data.draw(st.sampled_from([other for other in everything if other not in word and word not in other]))
    told = next(hint for hint in types_of(text, another) if hint.type == kind)
    assert set(told.words) == {word, another}


def test_what_speaks_alone_is_told_before_what_does_not() -> None:
    (hint,) = types_of("医院 医生 诊所 手术 住院 病历 误诊")
    assert hint.type == "医疗" and hint.words[0] == "误诊" and len(hint.words) == WORDS_TOLD


@given(st.lists(st.sampled_from([word for words in WORDS.values() for word in " ".join(words).split()] + ["，", "的", " "]), max_size=30))
def test_proposals_rest_on_the_text_and_are_few(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = types_of(text)
    assert len(found) <= PROPOSED and len({hint.type for hint in found}) == len(found)
    for hint in found:
        assert 0 < len(hint.words) <= WORDS_TOLD and all(word in text for word in hint.words)
        assert len(hint.words) > 1 or hint.words[0] in WORDS[hint.type].specific.split()
    assert found == types_of(text)


TOWNSHIPS = {"139901001": "城关镇", "139901002": "柳林镇", "139901003": "河东乡", "139901004": "大河东镇", "139901005": "北街道办事处"}


@pytest.mark.parametrize(
    ("text", "chosen", "found"),
    [
        ("柳林镇东街", "139901001", [("139901002", ["柳林镇"])]),
        ("柳林东街，后来到河东", "139901001", [("139901002", ["柳林"]), ("139901003", ["河东"])]),
        ("在大河东镇", "139901001", [("139901004", ["大河东镇"])]),
        ("柳林和城关之间", "139901001", []),
        ("柳林和城关之间", "139901001003", []),
        ("柳林、城关、河东都有", "139901", [("139901002", ["柳林"]), ("139901001", ["城关"])]),
        ("往北走", "139901001", []),
        ("", "139901001", []),
    ],
)
def test_townships_are_proposed_by_the_words_that_name_them(text: str, chosen: str, found: list[tuple[str, list[str]]]) -> None:
    assert [(one.region, one.words) for one in places_of(text, TOWNSHIPS, chosen)] == found


@given(
    st.lists(st.sampled_from(["柳林", "柳林镇", "河东", "大河东", "城关镇", "北街", "的", "，"]), max_size=9),
    st.sampled_from(sorted(TOWNSHIPS)),
)
def test_townships_that_are_proposed_stand_in_the_text_and_are_not_the_chosen_one(pieces: list[str], chosen: str) -> None:
    text = "".join(pieces)
    found = places_of(text, TOWNSHIPS, chosen)
    assert len(found) <= PLACES_PROPOSED and chosen not in {one.region for one in found}
    assert all(word in text for one in found for word in one.words)
