"""Units, parameter sets and sizes, from streams that another encoder made."""

from __future__ import annotations

from functools import cache

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media import h264
from rooms.media.assembly import Assembler
from tests.rooms.media.h264_clip import encoded


@cache
def stream(width: int, height: int, profile: str, pixels: str = "yuv420p") -> bytes:
    """One keyframe."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, pixels, 1  # type: ignore[assignment]
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": profile, "x264-params": "annexb=1:repeat-headers=1:cqm=jvt"}
    frame = av.VideoFrame(width, height, pixels)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.pts = 0
    return bytes(encoder.encode(frame)[0])


@pytest.mark.parametrize(
    ("width", "height", "profile", "pixels"),
    [
        (640, 360, "baseline", "yuv420p"),
        (320, 180, "baseline", "yuv420p"),
        (1920, 1080, "high", "yuv420p"),
        (426, 240, "main", "yuv420p"),
        (198, 102, "high422", "yuv422p"),
        (99, 51, "high444", "yuv444p"),
    ],
)
def test_the_size_is_what_the_encoder_was_given(width: int, height: int, profile: str, pixels: str) -> None:
    sets = h264.sets_of(stream(width, height, profile, pixels))
    assert sets is not None and sets.size == (width, height)
    told = h264.sequence(sets.sps)
    assert (told.chroma, told.luma_depth) == ({"yuv420p": 1, "yuv422p": 2, "yuv444p": 3}[pixels], 8)


def test_a_keyframe_gets_the_sets_that_came_before_it() -> None:
    whole = encoded(1.0)[0]
    bare = b"".join(h264.START + unit for unit in h264.units(whole) if h264.kind(unit) == h264.IDR)
    sets = h264.sets_of(whole)
    assert sets is not None and h264.sets_of(bare) is None
    known = h264.SetsInForce()
    assert known.complete(bare) == (bare, None), "nobody could decode it"
    assert known.complete(b"".join(h264.START + unit for unit in sets.units)) == (b"", None)
    completed, found = known.complete(bare)
    assert found == sets and h264.sets_of(completed) == sets and completed.endswith(bare)
    assert known.complete(whole) == (whole, sets), "what brings its own stays as it is"
    assert known.complete(encoded(1.0)[1]) == (encoded(1.0)[1], None)


def test_only_the_sets_of_a_sequence_belong_to_it() -> None:
    large, small = h264.sets_of(encoded(1.0)[0]), h264.sets_of(encoded(1.0, 320)[0])
    assert large is not None and small is not None
    known = h264.SetsInForce()
    # Both have the number 0: the later one takes the place of the former.
    for unit in (*large.units, *small.units):
        known.take(unit)
    assert known.of(next(unit for unit in h264.units(encoded(1.0, 320)[0]) if h264.kind(unit) == h264.IDR)) == small


def test_an_assembler_waits_for_sets() -> None:
    units = h264.units(encoded(1.0)[0])
    assembler = Assembler("camera", "h264")
    pieces = {h264.kind(unit): unit for unit in units if h264.kind(unit) in (h264.SPS, h264.PPS, h264.IDR)}
    # A slice that fits into one packet stands for one that does not.
    slice_ = pieces[h264.IDR][:1000]
    assert assembler.push(1, 0, True, 0, slice_) == [] and assembler.wants_keyframe
    assert assembler.push(1, 1, False, 3000, pieces[h264.SPS]) == []
    assert assembler.push(1, 2, True, 3000, pieces[h264.PPS]) == []
    (frame,) = assembler.push(1, 3, True, 6000, slice_)
    assert frame.keyframe and frame.size == (640, 360) and h264.sets_of(frame.data) is not None
    assert assembler.push(2, 9, True, 9000, slice_) == [], "another stream has other sets"


@given(st.binary(max_size=80))
def test_noise_is_no_set(data: bytes) -> None:
    known = h264.SetsInForce()
    for kind in (h264.SPS, h264.PPS, h264.IDR):
        known.take(bytes([kind]) + data)
        known.complete(h264.START + bytes([kind]) + data)
    try:
        told = h264.sequence(bytes([h264.SPS]) + data)
    except h264.H264Error:
        return
    assert 0 < told.width < 1 << 16 and 0 < told.height < 1 << 16


@given(
    st.lists(st.binary(min_size=1, max_size=40).filter(lambda b: b"\0\0" not in b and b[-1] and b[0]), min_size=1, max_size=8),
    st.booleans(),
)
def test_units_come_back_from_a_stream(parts: list[bytes], short: bool) -> None:
    assert h264.units(b"".join((b"\0\0\1" if short else h264.START) + part for part in parts)) == parts
