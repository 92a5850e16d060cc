"""The committee's seal as a picture."""

import io

import pytest
from PIL import Image

from agreements.fonts import MissingGlyph
from agreements.seal_image import MAX_NAME, SIDE, SealError, draw_seal


@pytest.mark.parametrize("name", ["调", "安和县桃源镇人民调解委员会", "调" * MAX_NAME])
def test_round_and_red(name, fonts):
    picture = Image.open(io.BytesIO(draw_seal(name, fonts)))
    assert picture.size == (SIDE, SIDE)
    assert picture.getpixel((2, 2))[3] == 0
    red, green, _, opacity = picture.getpixel((SIDE // 2, SIDE // 2))
    assert (red > 150, green < 60, opacity > 150) == (True, True, True)


def test_refusals(fonts):
    for name in ("", "调" * (MAX_NAME + 1)):
        with pytest.raises(SealError):
            draw_seal(name, fonts)
    with pytest.raises(MissingGlyph):
        draw_seal("安和县𓀀", fonts)
