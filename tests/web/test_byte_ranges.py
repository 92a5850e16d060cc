"""Ranges as RFC 9110 has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import OutOfRange
from web.byte_ranges import part_of


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 100, True)),
        ("bytes=4-9", (4, 10, False)),
        ("bytes=90-900", (90, 100, False)),
        ("Bytes=99-99", (99, 100, False)),
        (f"bytes=5-{'9' * 5000}", (5, 100, False)),
        ("bytes=-5", (95, 100, False)),
        ("bytes=-500", (0, 100, False)),
        (f"bytes=-{'9' * 5000}", (0, 100, False)),
    ],
)
def test_one_range_is_served(header: str, part: tuple[int, int, bool]) -> None:
    assert part_of(header, 100) == part


@pytest.mark.parametrize(
    "header", ["", "bytes=5-1", "bytes=0-1,3-4", "bytes=-1,-2", "lines=0-1", "bytes=", "bytes=-", "bytes=a-b", "bytes 0-1"]
)
def test_what_is_no_single_range_is_ignored(header: str) -> None:
    assert part_of(header, 100) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0), ("bytes=-1", 0), (f"bytes={'9' * 20}-", 9)]
)
def test_what_lies_behind_the_end_cannot_be_satisfied(header: str, size: int) -> None:
    with pytest.raises(OutOfRange) as refused:
        part_of(header, size)
    assert (refused.value.status, refused.value.detail["limit"]) == (416, size)


@given(st.from_regex(r"\Abytes=[0-9]{0,4}-[0-9]{0,4}\Z"), st.integers(0, 2000))
def test_a_part_lies_inside(header: str, size: int) -> None:
    try:
        part = part_of(header, size)
    except OutOfRange:
        return
    assert part is None or 0 <= part.start < part.end <= size
