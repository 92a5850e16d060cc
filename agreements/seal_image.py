"""The committee's round seal: red ring, five-pointed star, the name along the upper arc, a line below.

The picture is decoration on the seal's signature; what binds is the certificate. Round form, star in the middle and name from left to
right around it: 国务院关于国家行政机关和企业事业单位社会团体印章管理的规定 (国发〔1999〕25号).
"""

from __future__ import annotations

import io
from math import cos, pi, sin

from PIL import Image, ImageDraw, ImageFont

from agreements.fonts import FontDirs, font_for

SIDE = 496
"""Pixels: 42 mm at 300 dpi."""
MAX_NAME = 40
RED = (196, 24, 24, 225)
_OVERSAMPLE = 2


class SealError(ValueError):
    code = "bad_seal_name"


def draw_seal(name: str, font_dirs: FontDirs, line: str = "电子印章") -> bytes:
    """PNG with transparent ground. Raises `SealError` for a name of no or more than `MAX_NAME` characters, `MissingGlyph`."""
    if not 1 <= len(name) <= MAX_NAME:
        raise SealError(f"a seal bears a name of 1 to {MAX_NAME} characters, not {len(name)}")
    side = SIDE * _OVERSAMPLE
    picture = Image.new("RGBA", (side, side), (*RED[:3], 0))
    pen = ImageDraw.Draw(picture)
    centre, ring = side / 2, side * 0.018
    pen.ellipse((ring, ring, side - ring, side - ring), outline=RED, width=int(side * 0.022))
    star = [_at(centre, centre, side * (0.15 if n % 2 == 0 else 0.15 * 0.382), n * pi / 5) for n in range(10)]
    pen.polygon(star, fill=RED)
    _arc(picture, name, centre, side, font_dirs)
    _line(picture, line, centre, side, font_dirs)
    out = io.BytesIO()
    picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _at(x: float, y: float, radius: float, angle: float) -> tuple[float, float]:
    """A point at `angle` clockwise from twelve o'clock."""
    return x + radius * sin(angle), y - radius * cos(angle)


def _glyph(character: str, size: float, font_dirs: FontDirs) -> Image.Image:
    font = ImageFont.truetype(font_for(character, "serif-bold", font_dirs), int(size))
    tile = Image.new("RGBA", (int(size * 1.3), int(size * 1.3)), (*RED[:3], 0))
    ImageDraw.Draw(tile).text((tile.width / 2, tile.height / 2), character, font=font, fill=RED, anchor="mm")
    return tile


def _arc(picture: Image.Image, name: str, centre: float, side: float, font_dirs: FontDirs) -> None:
    span = min(1.42 * pi, 0.36 * len(name))
    step = span / max(len(name) - 1, 1)
    radius = side * 0.375
    size = min(side * 0.125, radius * step * 1.02) if len(name) > 1 else side * 0.125
    for index, character in enumerate(name):
        angle = index * step - span / 2 if len(name) > 1 else 0.0
        tile = _glyph(character, size, font_dirs).rotate(-angle * 180 / pi, Image.Resampling.BICUBIC)
        x, y = _at(centre, centre, radius, angle)
        picture.alpha_composite(tile, (int(x - tile.width / 2), int(y - tile.height / 2)))


def _line(picture: Image.Image, text: str, centre: float, side: float, font_dirs: FontDirs) -> None:
    size = side * 0.07
    x = centre - size * (len(text) - 1) / 2
    for character in text:
        tile = _glyph(character, size, font_dirs)
        picture.alpha_composite(tile, (int(x - tile.width / 2), int(centre + side * 0.30 - tile.height / 2)))
        x += size
