from __future__ import annotations

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import Invalid
from cases.identity import (
    check_character,
    is_wrong_id,
    mask_id,
    mask_name,
    mask_phone,
    number_in,
    parse_mobile,
    parse_name,
    parse_office_phone,
    parse_phone,
    parse_resident_id,
    parse_text,
)

DAY = date(2026, 11, 29)


def test_the_standard_example_is_valid() -> None:
    assert parse_resident_id("11010519491231002x", DAY) == "11010519491231002X"


@given(st.dates(max_value=DAY), st.integers(0, 999), st.integers(0, 9))
def test_a_wrong_check_character_is_found(birth: object, sequence: int, off: int) -> None:
    first = f"131102{birth:%Y%m%d}{sequence:03d}".replace(" ", "0")
    if len(first) != 17 or int(first[6:10]) < 1:
        return
    good = check_character(first)
    assert parse_resident_id(first + good, DAY) == first + good
    if str(off) != good:
        with pytest.raises(Invalid) as wrong:
            parse_resident_id(first + str(off), DAY)
        assert wrong.value.code == "id_check_digit"


@pytest.mark.parametrize(
    ("text", "code"), [("123", "id_shape"), ("131102199013310010", "id_birthday"), ("110105194912310021", "id_check_digit")]
)
def test_ids_that_are_wrong_say_how(text: str, code: str) -> None:
    with pytest.raises(Invalid) as wrong:
        parse_resident_id(text, DAY)
    assert wrong.value.code == code


@given(st.dates(min_value=date(1900, 1, 1)))
def test_nobody_is_born_after_the_day_on_which_the_id_is_looked_at(day: date) -> None:
    first = f"131102{day:%Y%m%d}001"
    number = first + check_character(first)
    assert parse_resident_id(number, day) == number
    with pytest.raises(Invalid) as early:
        parse_resident_id(number, day - timedelta(days=1))
    assert early.value.code == "id_birthday"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("楼上渗水，电话13800001234，问检测办法", "phone"),
        ("电话：138 0000-1234。", "phone"),
        ("请打+86 13800001234", "phone"),
        ("１３８００００１２３４", "phone"),
        ("身份证11010519491231002X", "id"),
        ("身份证 110105 19491231 002x 号", "id"),
        ("收款账号 6222020200112345678，金额 13800 元", ""),
        ("2026年3月1日至2026-04-01，共 1380000 元", ""),
        ("13812345678 13912345678", "phone"),
        ("欠5000 13812345678", "phone"),
        ("2026-11-29 13812345678", "phone"),
        ("微信wx13812345678", "phone"),
        ("0086 138 1234 5678", "phone"),
        ("138.1234.5678 或 138–1234–5678", "phone"),
        ("座机 0318-8821234", "phone"),
        ("110105 19491231 002X 13812345678", "id"),
        ("2026年11月29日14:00，第 3 庭", ""),
        ("", ""),
    ],
)
def test_numbers_of_people_are_found_in_a_text(text: str, found: str) -> None:
    assert number_in(text) == found


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


HIDDEN = [
    *map(chr, [0x061C, 0x200B, 0x200E, 0x200F, 0xFEFF]),
    *map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080)]),
]
"""All of Unicode's Bidi_Control, blanks of no width, and tags."""


@given(
    st.text(
        st.one_of(st.sampled_from([*HIDDEN, "\u200c", "\u200d", "墙", "e", "\u0301", " ", "\n", "\r", "\x00"]), st.characters()),
        max_size=50,
    )
)
def test_free_text_keeps_nothing_that_turns_a_line_or_is_not_seen(text: str) -> None:
    kept = parse_text(text, "facts", 1000, required=False)
    assert not set(kept) & set(HIDDEN)
    assert parse_text(kept, "facts", 1000, required=False) == kept, "once is enough"
    assert unicodedata.is_normalized("NFC", kept) and kept == kept.strip()


@pytest.mark.parametrize("mark", HIDDEN, ids=lambda mark: f"U+{ord(mark):04X}")
def test_each_goes_from_free_text_and_is_refused_in_a_name(mark: str) -> None:
    assert parse_text(f"{mark} 墙{mark}裂了{mark}", "facts", 3) == "墙裂了"
    with pytest.raises(Invalid) as nothing:
        parse_text(mark, "facts", 10)
    assert nothing.value.code == "missing"
    with pytest.raises(Invalid) as refused:
        parse_name(f"李{mark}某")
    assert refused.value.code == "name_character"


def test_joiners_stay_which_scripts_are_written_with() -> None:
    for text in ("می\u200cخواهم", "👩\u200d🌾", "क्\u200dष"):
        assert parse_text(text, "facts", 100) == text


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (
            "110105202302300015",
            True,
        ),  # the 30th of February, with the check character that a credit code would have, of a province that there is not
        ("110105199003070038", True),
        ("511302199902300110", True),  # with the check character and the province of a credit code
        ("91440300708461136T", False),
        ("91440300708461136A", True),  # as long as a credit code, and none
        ("12345", False),
        ("E12345678", False),
        ("1234567890123456", True),
    ],
)
def test_what_looks_like_a_resident_id_or_a_credit_code_has_to_be_one(number: str, wrong: bool) -> None:
    assert is_wrong_id(number, date(2026, 11, 30)) is wrong


@pytest.mark.parametrize(
    "text",
    ["0300-8821234", "03008821234", "(0300) 8821234", "0300-8821234转801", "０３００－８８２１２３４", "12345", "+86 300 8821234", ""],
)
def test_an_office_is_called_at_any_number(text: str) -> None:
    assert parse_office_phone(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("text", ["abc", "12", "0300-8821234 找王", "<b>12345</b>", "转801", "1转23", "1" * 21])
def test_what_nobody_can_call_is_no_number_of_an_office(text: str) -> None:
    with pytest.raises(Invalid) as told:
        parse_office_phone(text)
    assert told.value.detail["field"] == "phone"
