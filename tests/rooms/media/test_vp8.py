"""Numbers of VP8 pictures, and how they go on over a change of layer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media import rtp
from rooms.media.vp8 import NONE, PictureIds, Shift, following, picture_ids, shifted


def payload(picture: int | None, tl0: int | None, *, long: bool = True) -> bytes:
    bits = (0x80 if picture is not None else 0) | (0x40 if tl0 is not None else 0)
    head = bytes([0x90, bits])
    if picture is not None:
        head += bytes([0x80 | picture >> 8, picture & 0xFF]) if long else bytes([picture])
    if tl0 is not None:
        head += bytes([tl0])
    return head + b"\x00rest"


def test_numbers_are_found_in_every_form() -> None:
    assert picture_ids(payload(0x1234, 9)) == PictureIds(2, True, 0x1234, 4, 9)
    assert picture_ids(payload(0x12, None, long=False)) == PictureIds(2, False, 0x12, 0, 0)
    assert picture_ids(payload(None, 7)) == PictureIds(0, False, 0, 2, 7)
    assert picture_ids(b"\x10\x50\x00") is None and picture_ids(b"\x90\x80") is None and picture_ids(b"") is None


@given(
    last=st.tuples(st.integers(0, 0x7FFF), st.integers(0, 255)),
    before=st.tuples(st.integers(0, 0x7FFF), st.integers(0, 255)),
    first=st.tuples(st.integers(0, 0x7FFF), st.integers(0, 255)),
)
def test_numbers_go_on_by_one(last: tuple[int, int], before: tuple[int, int], first: tuple[int, int]) -> None:
    shift = following(picture_ids(payload(*last)), Shift(*before), picture_ids(payload(*first)))
    ids = picture_ids(payload(*first))
    assert ids is not None
    out = shifted(payload(*first), ids, shift)
    told = picture_ids(out)
    assert told is not None
    assert told.picture == (last[0] + before[0] + 1) & 0x7FFF
    assert told.tl0 == (last[1] + before[1] + 1) & 0xFF
    assert out[5:] == payload(*first)[5:] and rtp.vp8_head(out) == rtp.vp8_head(payload(*first))


def test_what_has_no_numbers_is_not_shifted() -> None:
    assert following(None, Shift(4, 4), picture_ids(payload(1, 1))) is NONE
    assert following(picture_ids(payload(1, 1)), NONE, None) is NONE


@given(st.binary(max_size=12))
def test_any_payload_is_read_or_left_alone(data: bytes) -> None:
    ids = picture_ids(data)
    if ids is not None:
        assert len(shifted(data, ids, Shift(3, 5))) == len(data)


@pytest.mark.parametrize("long", [True, False])
def test_a_short_number_stays_short(long: bool) -> None:
    ids = picture_ids(payload(0x7F, None, long=long))
    assert ids is not None
    told = picture_ids(shifted(payload(0x7F, None, long=long), ids, Shift(1, 0)))
    assert told is not None and told.picture == (0x80 if long else 0)
