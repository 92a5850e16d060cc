"""The codes on a page's corners: what is written is read, what is not ours is nothing, and none touches the text or the unprinted edge."""

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from agreements.paper_marks import CORNERS, INSET, PAGE, PageMark, mark_of, read_mark, square_of

hexadecimal = st.text("0123456789abcdef", min_size=12, max_size=12)


@given(
    st.text("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=8, max_size=8),
    st.integers(1, 99),
    st.integers(1, 20),
    st.integers(1, 20),
    hexadecimal,
    st.sampled_from(CORNERS),
)
def test_what_is_written_is_read(code, revision, page, pages, digest, corner):
    mark = PageMark(code, revision, page, pages, digest)
    assert read_mark(mark.text(corner)) == (mark, corner)


def test_a_code_stays_small():
    made = segno.make(mark_of("HY-7K3M-92QF", 12, 20, 20, "ab" * 32).text("A"), error="m", micro=False)
    assert made.symbol_size(border=0)[0] <= 29 and made.mode == "alphanumeric"


@pytest.mark.parametrize(
    "text", ["", "http://127.0.0.1/c/HY-7K3M-92QF", "HEYI:7K3M92QF:0:1.2:AB12AB12AB12:A", "HEYI:7K3M92QF:1:1.2:AB12:A", "HEYI:7K3M92QF:1:1.2:AB12AB12AB12:E"]
)  # fmt: skip
def test_other_codes_are_nothing(text):
    assert read_mark(text) is None


def test_the_corners_lie_inside_the_margins():
    for corner in CORNERS:
        for x, y in square_of(corner):
            assert INSET <= x <= PAGE[0] - INSET and INSET <= y <= PAGE[1] - INSET
            assert x <= 20 or x >= PAGE[0] - 20
