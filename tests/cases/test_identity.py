from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import Invalid
from cases.identity import (
    check_character,
    mask_id,
    mask_name,
    mask_phone,
    parse_mobile,
    parse_name,
    parse_phone,
    parse_resident_id,
    parse_text,
)


def test_the_standard_example_is_valid() -> None:
    assert parse_resident_id("11010519491231002x") == "11010519491231002X"


@given(st.dates(), st.integers(0, 999), st.integers(0, 9))
def test_a_wrong_check_character_is_found(birth: object, sequence: int, off: int) -> None:
    first = f"131102{birth:%Y%m%d}{sequence:03d}".replace(" ", "0")
    if len(first) != 17 or int(first[6:10]) < 1:
        return
    good = check_character(first)
    assert parse_resident_id(first + good) == first + good
    if str(off) != good:
        with pytest.raises(Invalid) as wrong:
            parse_resident_id(first + str(off))
        assert wrong.value.code == "id_check_digit"


@pytest.mark.parametrize(
    ("text", "code"), [("123", "id_shape"), ("131102199013310010", "id_birthday"), ("110105194912310021", "id_check_digit")]
)
def test_ids_that_are_wrong_say_how(text: str, code: str) -> None:
    with pytest.raises(Invalid) as wrong:
        parse_resident_id(text)
    assert wrong.value.code == code


def test_phones() -> None:
    assert parse_phone("+86 138 0000-1234") == "13800001234"
    assert parse_phone("０３１８-８８２１２３４") == "0318-8821234"
    with pytest.raises(Invalid) as short:
        parse_phone("1381234567")
    assert (short.value.code, short.value.detail["off"]) == ("phone_length", -1)
    with pytest.raises(Invalid):
        parse_phone("hello")
    assert parse_mobile("138 0000 1234") == "13800001234"
    with pytest.raises(Invalid) as landline:
        parse_mobile("0318-8821234")
    assert landline.value.code == "phone_mobile"


@pytest.mark.parametrize("name", ["", "  ", "李\u202e某", "李😀", "李\x00", "长" * 41])
def test_names_that_cannot_stand_in_a_document(name: str) -> None:
    with pytest.raises(Invalid):
        parse_name(name)


def test_rare_names_are_names() -> None:
    assert parse_name("𠮷田㛃") == "𠮷田㛃"


def test_masks() -> None:
    assert [mask_name(n) for n in ("李", "李某", "李小明")] == ["*", "李*", "李*明"]
    assert mask_phone("13800001234") == "138****1234"
    assert mask_id("11010519491231002X") == "110105********002X"


@given(st.text(max_size=50))
def test_free_text_never_keeps_direction_marks(text: str) -> None:
    assert "\u202e" not in parse_text(text, "facts", 1000, required=False)
