"""Pictures made here, so that no photograph of anybody lies in the repository."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw


def wall_picture(number: int, width: int = 1280, height: int = 960) -> bytes:
    """A damp wall with a number, as a JPEG."""
    image = Image.new("RGB", (width, height), (222, 214, 198))
    draw = ImageDraw.Draw(image)
    for row in range(0, height, 80):
        draw.line((0, row, width, row), fill=(198, 188, 168), width=4)
        for column in range((row // 80 % 2) * 80, width, 160):
            draw.line((column, row, column, row + 80), fill=(198, 188, 168), width=4)
    left = 160 + 180 * number
    for spread, shade in ((300, (186, 176, 158)), (210, (164, 156, 140)), (110, (140, 134, 122))):
        draw.ellipse((left, 240, left + 2 * spread, 240 + int(1.6 * spread)), fill=shade)
    draw.rectangle((0, 0, width, 90), fill=(92, 72, 60))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
