"""A table on paper: whole rows, its head on every page, its words copied out as they stand."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pypdf
import pytest

from agreements.layout import clause_texts, outline
from agreements.pdf import PrintOptions, print_agreement
from agreements.printing import TEXT_WIDTH
from agreements.schema import MAX_CELL, MAX_COLUMNS, MAX_HEAD, canonical
from agreements.table_print import NARROWEST, widths


def cell(*parts: Any) -> dict[str, Any]:
    content = [
        {"type": "text", "text": part} if isinstance(part, str) else {"type": "field", "key": "k", "field": part[0], "value": part[1]}
        for part in parts
    ]
    return {"type": "paragraph", "content": content}


def agreement(*rows: list[Any]) -> dict[str, Any]:
    blocks = [cell("返还下列物品："), {"type": "table", "rows": [list(row) for row in rows]}]
    return {"version": 1, "clauses": [{"id": "t", "kind": "terms", "title": "", "blocks": blocks}]}


def test_a_table_in_words() -> None:
    made = agreement(
        [cell("物品"), cell("折价"), cell("")], [cell("床"), cell(("amount", "1800.00")), cell(("date", "2026-12-31"))], [cell()] * 3
    )
    [(_, _, text)] = clause_texts(made)
    assert text.splitlines() == [
        "返还下列物品：",
        "（表）物品、折价、—",
        "（表第一行）物品：床；折价：1,800.00元；2026年12月31日",
        "（表第二行）物品：—；折价：—；—",
    ]


def test_a_clause_may_begin_with_a_table(facts: Any) -> None:
    made = agreement([cell("物品")])
    del made["clauses"][0]["blocks"][0]
    assert [block.style for block in outline(made, facts)[-2:]] == ["body", "table"]


def test_its_head_stands_on_every_page_and_no_row_is_parted(facts: Any, fonts: Any) -> None:
    rows = [[cell(str(n)), cell("电视机及其附件" * 5)] for n in range(1, 40)]
    printed = print_agreement(canonical(agreement([cell("序号"), cell("物品名称")], *rows)), facts, PrintOptions(date(2026, 11, 23), fonts))
    pages = [page.extract_text().replace("\n", "") for page in pypdf.PdfReader(io.BytesIO(printed.pdf)).pages]
    with_rows = [page for page in pages if "电视机" in page]
    assert len(with_rows) > 2
    for page in with_rows:
        assert page.count("物品名称") == 1
        assert page.count("附件") == page.count("电视机") and page.count("电视机") % 5 == 0
    assert sum(page.count("电视机") for page in with_rows) == 39 * 5


@pytest.mark.parametrize("columns", [1, MAX_COLUMNS])
def test_the_largest_cells_fit_a_page(facts: Any, fonts: Any, columns: int) -> None:
    sums = cell(*[("amount", "0.00")] * (MAX_CELL // 4))
    made = agreement(
        [cell("头" * MAX_HEAD)] * columns, [cell("长" * MAX_CELL)] * columns, [sums] * columns, [cell("短")] * (columns - 1) + [sums]
    )
    assert print_agreement(canonical(made), facts, PrintOptions(date(2026, 11, 23), fonts)).pages < 8


def test_columns_are_as_wide_as_what_they_hold() -> None:
    narrow, wide = widths([["序号", "物品"], ["1", "一张双人木床及床垫"]])
    assert NARROWEST < narrow < wide
    assert narrow + wide == pytest.approx(TEXT_WIDTH)
