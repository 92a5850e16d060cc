"""Pieces in their order: what is taken makes the whole, whatever is sent twice, too early or cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import Conflict, Invalid
from cases.upload import PIECE, SIZE_LIMIT, parse_size, pieces, received


@pytest.mark.parametrize("size", [0, -1, SIZE_LIMIT + 1])
def test_sizes_that_are_none(size: int) -> None:
    with pytest.raises(Invalid, match="64 MiB"):
        parse_size(size)
    assert parse_size(1) == 1 and parse_size(SIZE_LIMIT) == SIZE_LIMIT


@given(st.integers(1, SIZE_LIMIT), st.lists(st.tuples(st.integers(0, SIZE_LIMIT), st.integers(0, 2 * PIECE)), max_size=8))
def test_whatever_is_sent_what_is_taken_is_a_beginning_of_the_whole(size: int, sent: list[tuple[int, int]]) -> None:
    have = taken = 0
    for offset, length in [*sent, *((n * PIECE, min(PIECE, size - n * PIECE)) for n in range(pieces(size)))]:
        try:
            now = received(size, have, offset, length)
        except Conflict as refused:
            assert refused.detail["offset"] == have != offset
        except Invalid as refused:
            assert refused.detail["limit"] == min(PIECE, size - have) and (length != refused.detail["limit"] or have == size)
        else:
            assert offset == have == taken * PIECE and now - have == length == min(PIECE, size - have)
            have, taken = now, taken + 1
    assert have == size and taken == pieces(size)
