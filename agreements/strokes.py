"""A handwritten signature: the strokes of a finger or pen, checked, drawn as a transparent PNG.

A stroke is a list of points [x, y, t]: x and y in pixels of the pad, t in milliseconds since the first touch. The strokes are kept as
evidence; the picture alone goes into the PDF.

Errors: `StrokesError(code)`: malformed, too_many, out_of_pad, time_runs_back, empty, too_short, too_small.
"""

from __future__ import annotations

import io
from itertools import pairwise
from math import hypot

import msgspec
from PIL import Image, ImageDraw

MAX_STROKES = 200
MAX_POINTS = 10_000
MAX_PAD = 8_000
MAX_MILLISECONDS = 10 * 60 * 1000
MIN_POINTS = 8
MIN_LENGTH = 0.5
"""Of all strokes together, in widths of the pad."""
MIN_EXTENT = 0.08
"""Of the longer side of the box around the strokes, in widths of the pad."""

PICTURE = (990, 270)
"""Pixels: the proportions of a box to sign in, at 380 dpi."""
INK = (20, 24, 60, 255)
_OVERSAMPLE = 2


class StrokesError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[StrokesError], tuple[str, str]]:
        return StrokesError, (self.code, str(self))  # whole out of a process pool


class Handwriting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`width` and `height` of the pad in pixels; `strokes` of points [x, y, t]."""

    width: int
    height: int
    strokes: list[list[tuple[float, float, float]]]


def read_strokes(data: bytes) -> Handwriting:
    """Decode JSON and check it. Raises `StrokesError`."""
    try:
        writing = msgspec.json.decode(data, type=Handwriting)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StrokesError("malformed", f"the strokes cannot be read: {error}") from error
    check_strokes(writing)
    return writing


def check_strokes(writing: Handwriting) -> None:
    points = [point for stroke in writing.strokes for point in stroke]
    if not (1 <= writing.width <= MAX_PAD and 1 <= writing.height <= MAX_PAD):
        raise StrokesError("malformed", f"a pad measures 1 to {MAX_PAD} pixels a side")
    if len(writing.strokes) > MAX_STROKES or len(points) > MAX_POINTS:
        raise StrokesError("too_many", f"at most {MAX_STROKES} strokes and {MAX_POINTS} points")
    if not points:
        raise StrokesError("empty", "nothing was written: write your name")
    if any(not (0 <= x <= writing.width and 0 <= y <= writing.height) for x, y, _ in points):
        raise StrokesError("out_of_pad", "a point lies outside the pad")
    if any(not 0 <= a[2] <= b[2] <= MAX_MILLISECONDS for a, b in pairwise(points)):
        raise StrokesError("time_runs_back", "the points' times must rise and end within ten minutes")
    length = sum(hypot(b[0] - a[0], b[1] - a[1]) for stroke in writing.strokes for a, b in pairwise(stroke))
    if len(points) < MIN_POINTS or length < MIN_LENGTH * min(writing.width, writing.height):
        raise StrokesError("too_short", "too little was written: write your whole name")
    extent = max(max(p[axis] for p in points) - min(p[axis] for p in points) for axis in (0, 1))
    if extent < MIN_EXTENT * writing.width:
        raise StrokesError("too_small", "the signature is too small to read: write larger")


def draw_strokes(writing: Handwriting) -> bytes:
    """The picture, cropped to the writing and centred on `PICTURE`; faster strokes are thinner. PNG with transparent ground."""
    check_strokes(writing)
    points = [point for stroke in writing.strokes for point in stroke]
    left, top = min(p[0] for p in points), min(p[1] for p in points)
    wide, high = max(p[0] for p in points) - left, max(p[1] for p in points) - top
    size = (PICTURE[0] * _OVERSAMPLE, PICTURE[1] * _OVERSAMPLE)
    scale = min(size[0] * 0.86 / max(wide, 1), size[1] * 0.86 / max(high, 1))
    dx, dy = (size[0] - wide * scale) / 2 - left * scale, (size[1] - high * scale) / 2 - top * scale
    picture = Image.new("RGBA", size, (*INK[:3], 0))
    pen = ImageDraw.Draw(picture)
    for stroke in writing.strokes:
        _draw_stroke(pen, [(x * scale + dx, y * scale + dy, t) for x, y, t in stroke], size[1] * 0.028)
    out = io.BytesIO()
    picture.resize(PICTURE, Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _draw_stroke(pen: ImageDraw.ImageDraw, stroke: list[tuple[float, float, float]], base: float) -> None:
    radius = base / 2
    for a, b in pairwise([stroke[0], *stroke]):
        distance = hypot(b[0] - a[0], b[1] - a[1])
        speed = distance / max(b[2] - a[2], 1)
        wanted = base * (0.35 + 0.65 / (1 + 0.35 * speed))
        radius += (wanted - radius) * 0.3
        steps = max(1, int(distance / max(radius * 0.4, 0.5)))
        for step in range(steps + 1):
            x, y = a[0] + (b[0] - a[0]) * step / steps, a[1] + (b[1] - a[1]) * step / steps
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=INK)
