"""What is owed is read from fields alone: sums, days and instalments as the library of clauses and the form for instalments write them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agreements.obligations import Person, obligations_of
from cases.obligation import is_amount

PEOPLE = (Person("p1", "李某", "applicant"), Person("p2", "赵某", "respondent"))


def part(value: str | tuple[str, str, str]) -> dict[str, str]:
    return (
        {"type": "text", "text": value}
        if isinstance(value, str)
        else {"type": "field", "key": value[0], "field": value[1], "value": value[2]}
    )


def paragraph(*parts: str | tuple[str, str, str]) -> dict[str, Any]:
    return {"type": "paragraph", "content": [part(one) for one in parts]}


def amount(value: str, key: str = "a") -> tuple[str, str, str]:
    return (key, "amount", value)


def day(value: str, key: str = "d") -> tuple[str, str, str]:
    return (key, "date", value)


def agreement(*blocks: dict[str, Any], title: str = "", deadline: str = "2027-01-31") -> dict[str, Any]:
    end = paragraph(
        "履行方式：", ("performance.manner", "manner", "银行转账"), "。于", ("performance.deadline", "date", deadline), "前履行完毕。"
    )
    return {
        "version": 1,
        "clauses": [
            {"id": "terms-1", "kind": "terms", "title": title, "blocks": list(blocks)},
            {"id": "performance", "kind": "performance", "title": "履行方式、期限", "blocks": [end]},
        ],
    }


def read(*blocks: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(one.debtor, one.creditor, one.amount, one.due) for one in obligations_of(agreement(*blocks), PEOPLE)]


def test_a_sum_by_a_day() -> None:
    (one,) = obligations_of(
        agreement(paragraph("赵某于", day("2026-12-20"), "前一次性支付李某", amount("1800.00"), "。"), title="付款"), PEOPLE
    )
    assert (one.debtor, one.creditor, one.amount, one.due) == ("p2", "p1", "1800.00", "2026-12-20")
    assert (one.clause, one.manner, one.what) == ("付款", "银行转账", "赵某于2026-12-20前一次性支付李某1800.00元")


def test_without_a_day_the_agreements_holds_and_roles_are_names_too() -> None:
    assert read(paragraph("被申请人赔偿申请人", amount("300.00"), "。")) == [("p2", "p1", "300.00", "2027-01-31")]
    assert read(paragraph("鉴定费", amount("90.00"), "由李某承担。")) == [("p1", "p2", "90.00", "2027-01-31")]
    assert read(paragraph("支付", amount("90.00"), "。")) == [("", "", "90.00", "2027-01-31")]


def test_instalments_are_one_obligation_each() -> None:
    head = paragraph("赵某向李某支付共计", amount("300.00", "plan-1.total"), "，分期支付：")
    items = [
        [paragraph("于", day(f"2026-0{n}-15", f"plan-1.{n}.date"), "前支付", amount("100.00", f"plan-1.{n}.amount"), "；")]
        for n in (1, 2, 3)
    ]
    found = read(head, {"type": "ordered_list", "items": items}, paragraph("赵某任何一期逾期超过10日的，李某有权一并要求支付。"))
    assert found == [("p2", "p1", "100.00", f"2026-0{n}-15") for n in (1, 2, 3)]


def test_the_rows_of_a_table_are_instalments_where_each_has_a_sum_and_a_day() -> None:
    head = paragraph("赵某向李某分期支付：")
    rows = [[paragraph("日期"), paragraph("金额")], *([paragraph(day(f"2026-0{n}-15")), paragraph(amount("100.00"))] for n in (1, 2))]
    assert read(head, {"type": "table", "rows": rows}) == [("p2", "p1", "100.00", f"2026-0{n}-15") for n in (1, 2)]
    assert read(head, {"type": "table", "rows": rows[:1]}) == []


def test_a_sum_and_what_it_is_made_of_is_owed_once() -> None:
    head = paragraph("赵某于", day("2026-12-20"), "前支付李某下列各项，共计", amount("300.00"), "：")
    items = [[paragraph("医疗费", amount("200.00"), "；")], [paragraph("误工费", amount("100.00"), "。")]]
    assert read(head, {"type": "bullet_list", "items": items}) == [("p2", "p1", "300.00", "2026-12-20")]


def test_a_deed_has_a_day_and_no_sum_and_free_text_is_nobodys_debt() -> None:
    found = read(paragraph("李某于", day("2026-12-20"), "前装好水落管；赵某自", day("2026-12-21"), "起不再堵水口。双方再无其他争议。"))
    assert found == [("p1", "p2", "", "2026-12-20"), ("p2", "p1", "", "2026-12-21")]
    assert read(paragraph("李某给付赵某人民币1,800元。")) == []


def test_a_sum_that_only_reckons_is_not_owed() -> None:
    assert read(paragraph("赵某以本金", amount("5000.00"), "为基数，按年利率3%支付利息。")) == []


def test_two_of_one_name_or_role_are_nobody() -> None:
    people = (*PEOPLE, Person("p3", "赵某", "respondent"))
    (one,) = obligations_of(agreement(paragraph("赵某和被申请人支付李某", amount("1.00"), "。")), people)
    assert (one.debtor, one.creditor) == ("p1", ""), "the mediator corrects it"


PARTS = st.one_of(
    st.text("李某赵被申请人由向支付。；：以为基数", max_size=12),
    st.sampled_from(["", "0.00", "12.50", "999999999999.99"]).map(amount),
    st.sampled_from(["", "2026-12-20"]).map(day),
)
PARAGRAPHS = st.lists(PARTS, max_size=6).map(lambda parts: paragraph(*parts))
BLOCKS = st.one_of(
    PARAGRAPHS,
    st.lists(st.lists(PARAGRAPHS, min_size=1, max_size=2), min_size=1, max_size=3).map(
        lambda items: {"type": "ordered_list", "items": items}
    ),
    st.lists(st.lists(PARAGRAPHS, min_size=2, max_size=2), min_size=1, max_size=3).map(lambda rows: {"type": "table", "rows": rows}),
)


@given(st.lists(BLOCKS, min_size=1, max_size=5))
def test_whatever_is_written_nothing_is_invented(blocks: list[dict[str, Any]]) -> None:
    written = str(blocks)
    for one in obligations_of(agreement(*blocks), PEOPLE):
        assert one.amount in written and one.due and one.what and len(one.what) <= 300
        assert not one.amount or is_amount(one.amount)
        assert one.debtor in {"", "p1", "p2"} and (not one.debtor or one.debtor != one.creditor)
