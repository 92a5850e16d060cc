"""Paper as it comes back: a printed page signed by hand, then photographed by a telephone: turned, at an angle, in uneven light, grainy, a JPEG."""

from __future__ import annotations

import io
import random

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from agreements import perspective

DPI = 200


def printed_pages(pdf: bytes, dpi: int = DPI) -> list[Image.Image]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=dpi / 72).to_pil().convert("RGB") for page in document]


def signed(page: Image.Image, seed: int = 1) -> Image.Image:
    """Handwriting in ink and red fingerprints, where the page has room for them or not."""
    page, chance = page.copy(), random.Random(seed)
    pen = ImageDraw.Draw(page)
    for row in range(3):
        x, y = page.width * 0.55, page.height * (0.3 + 0.1 * row)
        points = [(x + n * 14, y + chance.uniform(-26, 26)) for n in range(16)]
        pen.line(points, fill=(28, 30, 70), width=5, joint="curve")
        x = page.width * 0.83
        pen.ellipse((x, y - 40, x + 62, y + 42), fill=(214, 60, 54))
    return page


def photograph(
    page: Image.Image,
    turn: int = 0,
    slant: float = 0.06,
    size: tuple[int, int] = (1650, 2200),
    fill: float = 0.86,
    blur: float = 0.8,
    dark: int = 110,
    seed: int = 1,
    quality: int = 72,
) -> bytes:
    """`turn`: quarters of a full turn; `slant`: of the picture's side, by which the page's corners lie elsewhere than straight above; `fill`: how much of the
    picture the page takes; `dark`: the brightness of 255 that is left at the dark side."""
    chance = random.Random(seed)
    page = page.rotate(90 * turn, expand=True)
    if turn % 2:
        size = size[1], size[0]
    wide, high = size
    scale = fill * min(wide / page.width, high / page.height)
    half = page.width * scale / 2, page.height * scale / 2
    corners = [(wide / 2 + sx * half[0], high / 2 + sy * half[1]) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    corners = [(x + chance.uniform(-slant, slant) * wide / 2, y + chance.uniform(-slant, slant) * high / 2) for x, y in corners]
    there = [(0.0, 0.0), (page.width, 0.0), (page.width, page.height), (0.0, page.height)]
    view = perspective.fit(list(zip(corners, there, strict=True)))
    lying = page.transform(size, Image.Transform.PERSPECTIVE, view, Image.Resampling.BICUBIC)
    mask = Image.new("L", page.size, 255).transform(size, Image.Transform.PERSPECTIVE, view, Image.Resampling.BICUBIC)
    picture = Image.new("RGB", size, (124, 92, 64))
    picture.paste(lying, (0, 0), mask)
    shade = (
        Image.linear_gradient("L")
        .rotate(chance.choice((0, 90, 180, 270)))
        .resize(size)
        .point(lambda value: dark + value * (255 - dark) // 255)
    )
    picture = ImageChops.multiply(picture, Image.merge("RGB", (shade, shade, shade)))
    grain = Image.effect_noise((wide // 2, high // 2), 18).resize(size)
    picture = Image.blend(picture.filter(ImageFilter.GaussianBlur(blur)), Image.merge("RGB", (grain, grain, grain)), 0.06)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
