"""Where lines may break."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.typeset import NO_END, NO_START, break_lines, units


def measure(text):
    return sum(1.0 if ord(character) > 0x2000 else 0.5 for character in text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲乙，丙", ["甲", "乙，", "丙"]),
        ("（甲）乙", ["（甲）", "乙"]),
        ("于2026年12月31日前", ["于", "2026年12月31日", "前"]),
        ("付1,800.00元整", ["付", "1,800.00元", "整"]),
        ("甲——乙……", ["甲——", "乙……"]),
        ("see Art. 29", ["see", " ", "Art.", " ", "29"]),
    ],
)
def test_units(text, expected):
    assert units(text) == expected


def test_first_line_is_shorter():
    assert break_lines("一二三四五六七八九十", measure, 4, indent=2) == ["一二", "三四五六", "七八九十"]
    assert break_lines("", measure, 4) == [""]


def test_a_word_wider_than_the_line_is_cut():
    assert break_lines("a" * 20, measure, 4) == ["a" * 8, "a" * 8, "a" * 4]


@given(st.text(alphabet="甲乙丙丁，。（）“”《》——12ab.", max_size=60), st.integers(6, 20), st.integers(0, 2))
def test_no_line_is_too_wide_and_nothing_is_lost(text, width, indent):
    lines = break_lines(text, measure, width, indent)
    assert "".join(lines) == text
    assert all(measure(line) <= width for line in lines)
    whole = all(measure(unit) <= width for unit in units(text))
    for before, after in pairwise(lines):
        if whole:
            assert after[0] not in NO_START
            assert before[-1] not in NO_END
