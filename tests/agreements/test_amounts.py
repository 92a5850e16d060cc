"""Capitals against the examples of the banking rules, and there and back for every amount."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.amounts import MAX_YUAN, AmountError, capitals, grouped, parse_capitals

amounts = st.builds(lambda yuan, cents: f"{yuan}.{cents:02d}", st.integers(0, MAX_YUAN), st.integers(0, 99))


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("0.55", "伍角伍分"),
        ("1800.00", "壹仟捌佰元整"),
        ("10.00", "壹拾元整"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("100000000.00", "壹亿元整"),
        ("100000001.00", "壹亿零壹元整"),
        ("100010000.00", "壹亿零壹万元整"),
        ("100005000.00", "壹亿零伍仟元整"),
        ("10203040.00", "壹仟零贰拾万叁仟零肆拾元整"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_examples(amount, expected):
    assert capitals(amount) == expected
    assert parse_capitals(expected) == amount


@given(amounts)
def test_there_and_back(amount):
    assert parse_capitals(capitals(amount)) == amount


@given(amounts)
def test_zero_never_doubles_nor_ends_a_group(amount):
    text = capitals(amount)
    assert "零零" not in text
    assert not any(f"零{mark}" in text for mark in "万亿拾佰仟角分")


@given(st.text(max_size=12))
def test_anything_else_is_refused(text):
    try:
        assert capitals(parse_capitals(text)) == text
    except AmountError as error:
        assert error.code == "bad_capitals"


@pytest.mark.parametrize("amount", ["", "1", "1.5", "01.00", "-1.00", "1,000.00", "1000000000000.00", "1.000", "１.00"])
def test_malformed_amounts(amount):
    with pytest.raises(AmountError) as error:
        capitals(amount)
    assert error.value.code == "bad_amount"


def test_grouped():
    assert grouped("1234567.80") == "1,234,567.80"
