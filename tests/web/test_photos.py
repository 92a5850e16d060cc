from __future__ import annotations

import io
import pickle
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cases.errors import Invalid
from web.photos import EDGE, PIXEL_LIMIT, SIZE_LIMIT, THUMB_EDGE, prepare


def jpeg(width: int, height: int, orientation: int = 1, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (width, height), "teal")
    exif = image.getexif()
    exif[0x0112] = orientation
    exif[0x8825] = {1: "N"}  # a place
    image.save(out, kind, exif=exif)
    return out.getvalue()


def test_a_large_photograph_is_made_smaller_and_upright() -> None:
    large, thumb, width, height = prepare(jpeg(6000, 4000, orientation=6))
    assert (width, height) == (1333, 2000)
    with Image.open(io.BytesIO(large)) as image:
        assert image.size == (width, height) and not image.getexif()
    with Image.open(io.BytesIO(thumb)) as image:
        assert max(image.size) == THUMB_EDGE


def test_forty_megapixels_pass_and_more_than_the_limit_do_not() -> None:
    large, _, width, height = prepare(jpeg(8000, 5000))
    assert max(width, height) == EDGE and large
    side = int(PIXEL_LIMIT**0.5) + 100
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    with pytest.raises(Invalid) as refused:
        prepare(out.getvalue())
    assert refused.value.code == "photo_pixels"


@pytest.mark.parametrize("data", [b"", b"not a picture", b"GIF89a" + bytes(20), b"%PDF-1.7", b"\xff\xd8\xff\xe0" + bytes(100)])
def test_what_is_no_photograph_says_so(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        prepare(data)
    assert refused.value.code == "not_a_photo"


def test_the_size_has_a_limit() -> None:
    with pytest.raises(Invalid) as refused:
        prepare(bytes(SIZE_LIMIT + 1))
    assert refused.value.code == "photo_size"


@given(st.integers(0, 2000), st.integers(0, 255))
def test_damaged_photographs_are_refused_or_shown_and_nothing_else(at: int, value: int) -> None:
    data = bytearray(jpeg(64, 48))
    data[at % len(data)] = value
    try:
        prepare(bytes(data))
    except Invalid as refused:
        # It crosses from a worker process to the server.
        assert pickle.loads(pickle.dumps(refused)).code == refused.code


@pytest.mark.parametrize(("kind", "head"), [(b"zTXt", b"Comment\0\0"), (b"iTXt", b"Comment\0\1\0\0\0"), (b"iCCP", b"profile\0\0")])
def test_what_unfolds_to_far_more_than_it_is_is_refused_before_it_does(kind: bytes, head: bytes) -> None:
    """A zip bomb in what goes with a PNG: 30 KB that would be 30 MB."""
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "red").save(out, "PNG")
    plain, body = out.getvalue(), head + zlib.compress(bytes(30_000_000), 9)
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    with pytest.raises(Invalid) as refused:
        prepare(plain[:33] + chunk + plain[33:])
    assert refused.value.code == "not_a_photo"
    assert prepare(plain)[2:] == (800, 600)
