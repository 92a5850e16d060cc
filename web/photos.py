"""Photographs of residents: turned upright, stripped of metadata, limited, and given a thumbnail. Runs in a worker process.

A photograph's EXIF may name the place and time where somebody lives; nothing of it is kept. Pillow decodes only JPEG, PNG and WebP here,
whatever the file's name says, and refuses to unpack more than `PIXEL_LIMIT` pixels.
"""

from __future__ import annotations

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from cases.errors import Invalid

SIZE_LIMIT = 15 * 1024 * 1024
PIXEL_LIMIT = 50_000_000
EDGE, THUMB_EDGE = 2000, 360
FORMATS = ("JPEG", "PNG", "WEBP")


def prepare(data: bytes) -> tuple[bytes, bytes, int, int]:
    """(JPEG, thumbnail JPEG, width, height). Raises `Invalid` naming what is wrong with the file."""
    if len(data) > SIZE_LIMIT:
        raise Invalid("photo_size", "A photograph has at most 15 MB", field="photos", limit=SIZE_LIMIT)
    try:
        opened = Image.open(io.BytesIO(data), formats=FORMATS)
        if opened.width * opened.height > PIXEL_LIMIT:
            raise Invalid("photo_pixels", "A photograph has at most 50 megapixels", field="photos", limit=PIXEL_LIMIT)
        opened.draft("RGB", (EDGE, EDGE))  # lets JPEG decode at a reduced size: 40 megapixels never lie in memory
        image: Image.Image = ImageOps.exif_transpose(opened).convert("RGB")
    except Image.DecompressionBombError:
        raise Invalid("photo_pixels", "A photograph has at most 50 megapixels", field="photos", limit=PIXEL_LIMIT) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise Invalid("not_a_photo", "This file is not a photograph (JPEG, PNG or WebP)", field="photos") from None
    image.thumbnail((EDGE, EDGE))
    large = _jpeg(image, 85)
    width, height = image.size
    image.thumbnail((THUMB_EDGE, THUMB_EDGE))
    return large, _jpeg(image, 78), width, height


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
