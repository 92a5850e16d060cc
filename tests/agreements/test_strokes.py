"""Handwriting: what is accepted, and the picture."""

import io

import msgspec
import pytest
from PIL import Image

from agreements.strokes import MAX_POINTS, MAX_STROKES, PICTURE, Handwriting, StrokesError, check_strokes, draw_strokes, read_strokes

from .conftest import handwriting


def change(**fields):
    return msgspec.structs.replace(handwriting(), **fields)


def test_picture():
    picture = Image.open(io.BytesIO(draw_strokes(handwriting())))
    assert picture.size == PICTURE
    assert picture.getpixel((0, 0))[3] == 0
    assert picture.getextrema()[3] == (0, 255)
    assert draw_strokes(handwriting()) == draw_strokes(handwriting())


def test_json_there_and_back():
    assert read_strokes(msgspec.json.encode(handwriting())) == handwriting()


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"width":1,"height":1,"strokes":[[[1,1]]]}', b'{"width":1,"height":1,"strokes":[],"x":1}', b"\xff"]
)
def test_malformed(data):
    with pytest.raises(StrokesError) as error:
        read_strokes(data)
    assert error.value.code == "malformed"


LINE = [(float(x), 50.0, float(x)) for x in range(0, 400, 20)]


@pytest.mark.parametrize(
    ("writing", "code"),
    [
        (change(strokes=[]), "empty"),
        (change(strokes=[[], []]), "empty"),
        (change(width=0), "malformed"),
        (change(width=9000), "malformed"),
        (change(strokes=[LINE[:5]]), "too_short"),
        (change(strokes=[[(10.0, 10.0, float(t)) for t in range(50)]]), "too_short"),
        (change(strokes=[[(10.0 + t % 2 * 30, 10.0, float(t)) for t in range(50)]]), "too_small"),
        (change(strokes=[[*LINE, (601.0, 1.0, 500.0)]]), "out_of_pad"),
        (change(strokes=[[*LINE, (1.0, float("nan"), 500.0)]]), "out_of_pad"),
        (change(strokes=[LINE[::-1]]), "time_runs_back"),
        (change(strokes=[LINE, [(1.0, 1.0, 1e9)]]), "time_runs_back"),
        (change(strokes=[[(1.0, 1.0, 1.0)]] * (MAX_STROKES + 1)), "too_many"),
        (change(strokes=[[(1.0, 1.0, 1.0)] * (MAX_POINTS + 1)]), "too_many"),
    ],
)
def test_refusals(writing, code):
    assert isinstance(writing, Handwriting)
    with pytest.raises(StrokesError) as error:
        check_strokes(writing)
    assert error.value.code == code
