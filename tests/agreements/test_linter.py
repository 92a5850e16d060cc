"""What a court could not confirm or enforce is found, quoted where it stands, and gone after its mend."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.amounts import capitals, read_figure, read_numerals
from agreements.facts import case_facts
from agreements.linter import MAX_FINDINGS, Finding, findings
from agreements.schema import check_value, paragraphs_of

TODAY = date(2026, 11, 27)
FACTS = case_facts(
    {
        "number": "安和人调字〔2026〕第00001号",
        "committee": "安和县人民调解委员会",
        "parties": [{"seat": "s1", "name": "李某"}, {"seat": "s2", "name": "赵某"}],
        "mediator": "王调解员",
        "dispute_type": "邻里",
    }
)

Content = dict[str, Any]


def text(value: str) -> Content:
    return {"type": "text", "text": value}


def field(key: str, kind: str, value: str) -> Content:
    return {"type": "field", "key": key, "field": kind, "value": value}


def agreement(*paragraphs: str | list[Content], kind: str = "terms") -> Content:
    blocks = [{"type": "paragraph", "content": [text(one)] if isinstance(one, str) else one} for one in paragraphs]
    return {"version": 1, "clauses": [{"id": "terms-1", "kind": kind, "title": "", "blocks": blocks}]}


def lint(content: Content) -> list[Finding]:
    return findings(content, FACTS, TODAY)


def mended(content: Content, finding: Finding) -> Content:
    """As a page does it."""
    assert finding.mend is not None
    content = copy.deepcopy(content)
    clause = next(one for one in content["clauses"] if one["id"] == finding.clause)
    paragraph = paragraphs_of(clause)[finding.paragraph]
    part = paragraph["content"][finding.part]
    if finding.mend.how == "set":
        assert part["key"] == finding.mend.key
        part["value"] = finding.mend.value
        return content
    units = part["text"].encode("utf-16-le")
    before, after = units[: 2 * finding.start].decode("utf-16-le"), units[2 * finding.end :].decode("utf-16-le")
    new = [field(f"new.{n}", p.type, p.value) if p.type else text(p.text) for n, p in enumerate(finding.mend.pieces)]
    parts = [*paragraph["content"][: finding.part], text(before), *new, text(after), *paragraph["content"][finding.part + 1 :]]
    merged: list[Content] = []
    for one in parts:
        if one["type"] == "text" and merged and merged[-1]["type"] == "text":
            merged[-1] = text(merged[-1]["text"] + one["text"])
        elif one.get("text") != "":
            merged.append(one)
    paragraph["content"] = merged
    return content


FOUND = [
    ("被申请人尽快支付李某1800元。", "date_vague", "尽快"),
    ("赵某于年底前付清。", "date_vague", "年底前"),
    ("赵某本月内付清。", "date_vague", "本月内"),
    ("等条件允许时再修。", "date_vague", "条件允许时"),
    ("赵某七日内付清。", "date_from_when", "七日内"),
    ("赵某在30个工作日内修好。", "date_from_when", "30个工作日内"),
    ("赵某于2026年2月30日前修好。", "date_impossible", "2026年2月30日"),
    ("赵某于2025年1月1日付清。", "date_past", "2025年1月1日"),
    ("赵某于2026年12月31日付清。", "date_plain", "2026年12月31日"),
    ("赵某支付适当补偿。", "amount_vague", "适当补偿"),
    ("赵某支付一定的费用。", "amount_vague", "一定的费用"),
    ("赵某支付约二千元。", "amount_about", "约二千元"),
    ("赵某支付2000元左右。", "amount_about", "2000元左右"),
    ("赵某支付几千元。", "amount_about", "几千元"),
    ("赵某赔偿李某墙面损失。", "amount_missing", "赔偿李某墙面损失"),
    ("支付3000元。", "payer_missing", "支付"),
    ("赵某支付1800元（壹仟玖佰元整）。", "amounts_differ", "1800元（壹仟玖佰元整）"),
    ("赵某支付1800元（大写：壹仟捌佰元整）。", "amount_plain", "1800元（大写：壹仟捌佰元整）"),
    ("赵某支付二万三千元。", "amount_plain", "二万三千元"),
    ("赵某支付人民币1.5万元。", "amount_plain", "人民币1.5万元"),
    ("其他事项另行协商。", "left_open", "另行协商"),
    ("以后再说。", "left_open", "以后再说"),
    ("双方自愿离婚。", "not_confirmable", "自愿离婚"),
    ("该房屋归李某所有。", "not_confirmable", "房屋归李某所有"),
    ("确认李某对该宅基地享有使用权。", "not_confirmable", "确认李某对该宅基地享有使用权"),
    ("李某今后不得再起诉。", "remedy_waived", "不得再起诉"),
    ("赵某放弃信访的权利。", "remedy_waived", "放弃信访的权利"),
    ("逾期不付的，李某可以断电。", "unlawful_means", "断电"),
    ("违反约定的，罚款500元。", "unlawful_means", "罚款"),
]
FINE = [
    "赵某自本协议签订之日起七日内修好屋檐。",
    "李某收到款项后10日内撤诉。",
    "双方今后和睦相处，不得辱骂对方。",
    "赵某将堆放的杂物清理干净。",
    "李某不再要求赵某承担其他责任。",
    "双方各自承担本次调解的交通费。",
    "赵某不得在李某门前停放车辆。",
]


@pytest.mark.parametrize(("sentence", "code", "quote"), FOUND)
def test_what_is_found(sentence: str, code: str, quote: str) -> None:
    assert (code, quote) in [(one.code, one.quote) for one in lint(agreement(sentence))]


@pytest.mark.parametrize("sentence", FINE)
def test_what_is_fine(sentence: str) -> None:
    assert lint(agreement(sentence)) == []


@pytest.mark.parametrize(("sentence", "code", "quote"), FOUND)
def test_a_mend_mends(sentence: str, code: str, quote: str) -> None:
    content = agreement(sentence)
    finding = next(one for one in lint(content) if one.code == code and one.quote == quote)
    if finding.mend is None:
        assert code in {"payer_missing", "amounts_differ", "left_open", "not_confirmable", "remedy_waived", "unlawful_means"}
        return
    after = mended(content, finding)
    assert (code, quote) not in [(one.code, one.quote) for one in lint(after)]
    for paragraph in paragraphs_of(after["clauses"][0]):
        for part in paragraph["content"]:
            if part["type"] == "field":
                check_value(part["field"], part["value"], "mend")


def test_vague_days_become_the_day_that_was_meant() -> None:
    def day(sentence: str) -> str:
        finding = next(one for one in lint(agreement(sentence)) if one.code == "date_vague")
        assert finding.mend is not None
        return next(piece.value for piece in finding.mend.pieces if piece.type == "date")

    assert day("赵某年底前付清。") == "2026-12-31"
    assert day("赵某本月底前付清。") == "2026-11-30"
    assert day("赵某尽快付清。") == ""


def test_a_field_beside_a_promise_is_its_sum() -> None:
    paragraph = [text("赵某赔偿李某墙面损失"), field("damage.amount", "amount", ""), text("。")]
    assert lint(agreement(paragraph)) == []
    assert [one.code for one in lint(agreement([field("who", "party", "赵某"), text("支付"), field("a", "amount", "1.00")]))] == []


def test_only_what_is_to_be_done_is_judged() -> None:
    for kind in ("facts", "parties", "disputes", "copies"):
        assert lint(agreement("赵某尽快赔偿适当费用。", kind=kind)) == []
    assert lint(agreement("赵某尽快赔偿适当费用。", kind="performance")) != []


def plan(total: str, *parts: tuple[str, str]) -> Content:
    rows = [
        [
            text(f"第{n}期："),
            field(f"plan.{n}.amount", "amount", amount),
            text("，于"),
            field(f"plan.{n}.date", "date", day),
            text("前支付；"),
        ]
        for n, (amount, day) in enumerate(parts, 1)
    ]
    return agreement([text("赵某分期支付李某共"), field("plan.total", "amount", total), text("：")], *rows)


def test_instalments_add_up_and_follow_one_another() -> None:
    right = plan("300.00", ("100.00", "2026-12-01"), ("200.00", "2027-01-01"))
    assert lint(right) == []
    wrong = plan("301.00", ("100.10", "2026-12-01"), ("200.20", "2026-12-01"))
    differ, order = sorted(lint(wrong), key=lambda one: one.code)
    assert (differ.code, differ.data) == ("instalments_differ", {"sum": "300.30", "total": "301.00"})
    assert (order.code, order.data, order.paragraph) == ("instalments_order", {"number": "2"}, 2)
    assert [one.code for one in lint(mended(wrong, differ))] == ["instalments_order"]
    assert lint(plan("301.00", ("100.00", ""), ("", "2026-12-01"))) == [], "nothing is judged before it is filled in"


def test_there_is_a_limit() -> None:
    assert len(lint(agreement(*["赵某尽快修好。"] * 100))) == MAX_FINDINGS


@pytest.mark.parametrize(
    "text",
    ["1", "1,", "一", "约", "约 ", "支付", "产权", " ", "人民币 ", "1元", "支付。", "适当", "不得", "七日内", "房屋归"],
    ids=lambda text: text.strip() or "blanks",
)
@pytest.mark.timeout(10)
def test_no_text_takes_long(text: str) -> None:
    """A hundredth of a second each; where a rule looked at everything from everywhere it would be minutes."""
    assert len(lint(agreement(text * (100_000 // len(text))))) <= MAX_FINDINGS


def test_fields_whose_keys_say_something_else_are_no_plan() -> None:
    odd = [field("plan.total", "text", "abc"), field("plan.1.amount", "text", "abc"), field("plan.1.date", "date", "2027-01-01")]
    assert lint(agreement([*odd, field("plan.02.date", "date", "2026-12-01"), field("plan.2.date", "amount", "1.00")])) == []


words = st.sampled_from(
    [
        "赵某",
        "李某",
        "支付",
        "尽快",
        "适当补偿",
        "约",
        "1800元",
        "二千元",
        "（壹仟元整）",
        "2026年2月30日",
        "七日内",
        "年底前",
        "另行协商",
        "，",
        "。",
        "𠮷",
        "于",
        "罚款",
        "房屋归",
        "所有",
    ]
)


@given(st.lists(st.lists(words, max_size=12).map("".join), min_size=1, max_size=4))
def test_quotes_stand_where_they_are_said_to_and_do_not_overlap(sentences: list[str]) -> None:
    content = agreement(*sentences)
    places: list[tuple[int, int, int, int]] = []
    for one in lint(content):
        part = paragraphs_of(content["clauses"][0])[one.paragraph]["content"][one.part]
        assert part["text"].encode("utf-16-le")[2 * one.start : 2 * one.end].decode("utf-16-le") == one.quote != ""
        assert all((one.paragraph, one.part) != p[:2] or one.end <= p[2] or one.start >= p[3] for p in places)
        places.append((one.paragraph, one.part, one.start, one.end))


@given(st.integers(1, 99_999_999))
def test_numerals_are_read_as_they_are_written(yuan: int) -> None:
    written = capitals(f"{yuan}.00").removesuffix("元整")
    assert read_numerals(written) == f"{yuan}.00"
    assert read_figure(f"{yuan:,}") == f"{yuan}.00"


@pytest.mark.parametrize(
    ("written", "amount"), [("一千八百", "1800.00"), ("十二", "12.00"), ("两万零五", "20005.00"), ("二千", "2000.00"), ("", ""), ("多", "")]
)
def test_small_numerals(written: str, amount: str) -> None:
    assert read_numerals(written) == amount


@pytest.mark.parametrize(("written", "amount"), [("2.5万", "25000.00"), ("1，800.5", "1800.50"), ("1.234", ""), ("9999999999999", "")])
def test_figures(written: str, amount: str) -> None:
    assert read_figure(written) == amount
