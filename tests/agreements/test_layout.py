"""What is printed, in which order."""

import pytest

from agreements.layout import HEADINGS, field_text, numeral, outline, signature_rows
from agreements.schema import read_document
from agreements.seed import seed

from .conftest import Client


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "一"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (35, "三十五"),
        (100, "一百"),
        (105, "一百零五"),
        (115, "一百一十五"),
        (200, "二百"),
    ],
)
def test_numerals(number, text):
    assert numeral(number) == text


def test_fields():
    assert field_text("amount", "1800.00") == "人民币1,800.00元（大写：壹仟捌佰元整）"
    assert field_text("date", "2026-12-01") == "2026年12月1日"
    assert field_text("party", "李某") == "李某"
    assert field_text("date", "") == "＿＿＿＿"


def test_order(facts):
    client = Client(11, seed(facts))
    client.write("terms-1", "甲")
    client.add_clause("terms-2", "terms", "乙", 4)
    blocks = outline(read_document(client.doc), facts)
    headings = [block.text for block in blocks if block.style == "heading"]
    assert headings == [f"{numeral(n)}、{title}" for n, title in enumerate(HEADINGS.values(), 1)]
    assert [(block.lead, block.text) for block in blocks if block.lead] == [("第一条\u3000", "甲"), ("第二条\u3000", "乙")]


def test_signature_rows(facts):
    assert [(row.field, row.name) for row in signature_rows(facts)] == [("Party1", "李某"), ("Party2", "赵某"), ("Mediator", "周某")]
