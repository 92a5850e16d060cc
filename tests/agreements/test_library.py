"""Clauses to begin with: every one fits the schema, names the case's parties, and once filled in leaves nothing to be found."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.facts import CaseFacts, case_facts
from agreements.library import FIELDS, FOR_ANY, MAX_TEXT, Clause, ClauseError, clauses_for, files, plain, written
from agreements.linter import findings
from agreements.live import LiveDocument, make_entry
from agreements.schema import fields_of, text_of
from agreements.seed import seed_content
from cases.vocabulary import DISPUTE_TYPES
from evidence.ledger import GENESIS

TODAY = date(2026, 11, 27)
EVERY = [pytest.param(clause, id=f"{name}: {clause.title}") for name, file in files().items() for clause in file.clauses]
VALUES = {
    "amount": "100.00",
    "date": "2027-01-31",
    "manner": "书面方式",
    "account": "6222000000000000",
    "text": "约定的内容",
    "id_number": "1234",
}


def facts(*names: tuple[str, str]) -> CaseFacts:
    parties = [{"seat": f"s{n}", "name": name, "role": role} for n, (name, role) in enumerate(names, 1)]
    return case_facts({"number": "1", "committee": "某调委会", "parties": parties, "mediator": "王", "dispute_type": "邻里"})


TWO = facts(("李某", "申请人"), ("赵某", "被申请人"))


def as_clause(written_: dict[str, Any]) -> dict[str, Any]:
    return {"id": "terms-1", "kind": "terms", "status": "open", "locked_by": "", **written_}


def filled(clause: dict[str, Any]) -> dict[str, Any]:
    """As somebody fills it in: sums of a plan add up, its days follow one another."""
    parts = sum(1 for field in fields_of(clause) if field["key"].startswith("plan.") and field["field"] == "amount") - 1
    for field in fields_of(clause):
        if field["key"] == "plan.total":
            field["value"] = f"{100 * parts}.00"
        elif field["key"].startswith("plan.") and field["field"] == "date":
            field["value"] = f"2027-0{field['key'].split('.')[1]}-28"
        elif not field["value"]:
            field["value"] = VALUES[field["field"]]
    return clause


@pytest.mark.parametrize("clause", EVERY)
def test_a_clause_is_a_clause(clause: Clause) -> None:
    content = {"version": 1, "clauses": [as_clause(plain(clause, TWO))]}
    document = LiveDocument(
        "agreement/c/1", make_entry("agreement/c/1", 1, "server", "2026-11-27T00:00:00Z", seed_content(content), GENESIS)
    )
    assert text_of(document.content()["clauses"][0]).strip()
    assert len(clause.text) <= MAX_TEXT and "{" not in text_of(document.content()["clauses"][0])


@pytest.mark.parametrize("clause", EVERY)
def test_filled_in_it_leaves_nothing_to_be_found(clause: Clause) -> None:
    content = {"version": 1, "clauses": [filled(as_clause(plain(clause, TWO)))]}
    assert [(one.code, one.quote) for one in findings(content, TWO, TODAY)] == []


def test_there_is_something_for_nearly_every_kind_of_dispute() -> None:
    known = set(itertools.chain.from_iterable(file.types for file in files().values()))
    assert known <= set(DISPUTE_TYPES)
    assert set(DISPUTE_TYPES) - known == {"其他"}
    assert len(files()) > 10
    for kind in DISPUTE_TYPES:
        own, common = clauses_for(kind)
        assert len(own) >= 3 or kind == "其他"
        assert common == files()[FOR_ANY].clauses


def test_parties_of_one_side_stand_together() -> None:
    clause = plain(Clause("", "{申请人}向{被申请人}支付{金额}。"), facts(("李某", "申请人"), ("钱某", "申请人"), ("赵某", "被申请人")))
    assert [field["value"] for field in fields_of(clause)] == ["李某、钱某", "赵某", ""]


@pytest.mark.parametrize("text", ["", " \n ", "{不认识}", "x" * (MAX_TEXT + 1)])
def test_what_is_no_clause(text: str) -> None:
    with pytest.raises(ClauseError):
        plain(Clause("某条", text), TWO)


def test_what_is_kept_for_others_has_no_names_and_values() -> None:
    clause = as_clause(
        plain(Clause("修缮", "{被申请人}于{日期}前支付{申请人}{金额}，赵某不再堆放。\n- 于{第1期日期}前支付{第1期金额}"), TWO)
    )
    kept = written(filled(clause), TWO)
    assert kept.text == "{被申请人}于{日期}前支付{申请人}{金额}，{被申请人}不再堆放。\n- 于{第1期日期}前支付{第1期金额}"
    assert plain(kept, TWO)["title"] == "修缮"


def test_a_table_is_kept_row_by_row() -> None:
    text = "{被申请人}返还：\n| 物品 | 日期 |\n| 床 | {日期} |\n|  | {文字} |\n逾期赔偿。"
    clause = plain(Clause("返还", text), TWO)
    assert [block["type"] for block in clause["blocks"]] == ["paragraph", "table", "paragraph"]
    assert written(filled(as_clause(clause)), TWO).text == text
    with pytest.raises(ClauseError):
        plain(Clause("返还", "| 物品 | 数量 |\n| 床 |"), TWO)


lines = st.lists(
    st.sampled_from([*(f"{{{name}}}" for name in (*FIELDS, "申请人", "被申请人", "总额", "第3期金额")), "支付", "，", "修好", "。"]),
    min_size=1,
    max_size=8,
).map("".join)


@given(st.lists(lines.flatmap(lambda line: st.sampled_from([line, f"- {line}"])), min_size=1, max_size=5))
def test_a_clause_is_written_as_it_was_read(text: list[str]) -> None:
    clause = Clause("某条", "\n".join(text))
    assert written(filled(as_clause(plain(clause, TWO))), TWO) == clause
