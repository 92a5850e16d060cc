"""A film's picture, put together from decoded ones: planes of YUV 4:2:0 (BT.601), rows copied into rows.

Words are drawn once and kept; a tile is copied again only when its picture has changed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import av
from PIL import Image, ImageDraw, ImageFont

from rooms.media.composite_plan import CAPTION, HEIGHT, MARGIN, WIDTH, Box, Scene

GROUND, EMPTY, INK, SPEAKS = (33, 131, 122), (48, 131, 122), (226, 127, 129), (170, 92, 150)
"""Colours as (Y, U, V): dark around the tiles, a tile without picture, words, the frame around who speaks."""
LABEL, SMALL, BODY, LEADING = 20, 24, 30, 56
"""Heights of letters in pixels, and of a line of a card."""

Key = tuple[str, str]


class Canvas:
    """`font`: a TrueType file that has the names' characters. `names` by seat."""

    def __init__(self, font: str, names: dict[str, str]) -> None:
        self._names, self._font = names, font
        self._planes = [bytearray([GROUND[n]]) * (WIDTH * HEIGHT // (4 if n else 1)) for n in range(3)]
        self._scene: Scene | None = None
        self._caption = ""
        self._shown: dict[Key, Any] = {}
        self._words = lru_cache(256)(self._drawn)

    def show(self, scene: Scene, pictures: dict[Key, Any], clock: str) -> None:
        """`pictures`: the decoded frame of each tile that has one; a frame that is the same object as before is not copied again."""
        former = self._scene
        if former is None or former.tiles != scene.tiles or former.gap != scene.gap:
            self._fill(Box(0, 0, WIDTH, HEIGHT - CAPTION), GROUND)
            self._shown.clear()
            if scene.gap:
                lines = scene.gap.split("\n")
                for number, line in enumerate(lines):
                    middle = (HEIGHT - CAPTION) // 2 + int((number - (len(lines) - 1) / 2) * LEADING)
                    self._write(line, BODY if number < len(lines) - 2 else SMALL, WIDTH // 2, middle, centred=True)
        for key, box in scene.tiles:
            if former is None or former.tiles != scene.tiles or (former.speaker == key[0]) != (scene.speaker == key[0]):
                self._frame(box, SPEAKS if scene.speaker == key[0] else GROUND)
            picture = pictures.get(key)
            if key not in self._shown or self._shown[key] is not picture:
                self._shown[key] = picture
                self._tile(box, picture)
                self._write(self._names.get(key[0], key[0]), LABEL, box.left + 10, box.top + box.height - LABEL - 18)
        caption = f"{scene.stage}    {clock}"
        if caption != self._caption:
            self._caption = caption
            self._fill(Box(0, HEIGHT - CAPTION, WIDTH, CAPTION), GROUND)
            self._write(caption, LABEL, MARGIN * 2, HEIGHT - CAPTION + 2)
        self._scene = scene

    def frame(self) -> av.VideoFrame:
        """A copy, as an encoder takes it."""
        made = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, data in zip(made.planes, self._planes, strict=True):
            width = WIDTH if data is self._planes[0] else WIDTH // 2
            if plane.line_size == width:
                plane.update(bytes(data))
            else:
                pad = bytes(plane.line_size - width)
                plane.update(b"".join(bytes(data[at : at + width]) + pad for at in range(0, len(data), width)))
        return made

    def _tile(self, box: Box, picture: Any) -> None:
        self._fill(box, EMPTY)
        if picture is None:
            return
        # Whole, whatever its shape is: a phone that is held upright stands between two bars.
        scale = min(box.width / picture.width, box.height / picture.height)
        width, height = (max(4, int(side * scale) // 4 * 4) for side in (picture.width, picture.height))
        small = picture.reformat(width, height, "yuv420p")
        left, top = box.left + (box.width - width) // 4 * 2, box.top + (box.height - height) // 4 * 2
        for number, plane in enumerate(small.planes):
            half = 2 if number else 1
            self._copy(number, memoryview(plane), plane.line_size, Box(left // half, top // half, width // half, height // half))

    def _copy(self, number: int, source: Any, line: int, box: Box) -> None:
        target, wide = self._planes[number], WIDTH // (2 if number else 1)
        for row in range(box.height):
            at = (box.top + row) * wide + box.left
            target[at : at + box.width] = source[row * line : row * line + box.width]

    def _fill(self, box: Box, colour: tuple[int, int, int]) -> None:
        for number in range(3):
            half = 2 if number else 1
            part = Box(box.left // half, box.top // half, box.width // half, box.height // half)
            self._copy(number, bytes([colour[number]]) * part.width, 0, part)

    def _frame(self, box: Box, colour: tuple[int, int, int]) -> None:
        thick = MARGIN - 4
        left, top, width, height = box.left - thick, box.top - thick, box.width + 2 * thick, box.height + 2 * thick
        for side in (
            Box(left, top, width, thick),
            Box(left, box.top + box.height, width, thick),
            Box(left, top, thick, height),
            Box(box.left + box.width, top, thick, height),
        ):
            self._fill(side, colour)

    def _write(self, words: str, size: int, left: int, top: int, *, centred: bool = False) -> None:
        """On a ground of its own, so that it can be read on any picture."""
        if not words.strip():
            return
        luma, width, height = self._words(words[:60], size)
        if centred:
            left, top = left - width // 2, top - height // 2
        left, top = max(0, left // 2 * 2), max(0, top // 2 * 2)
        width = min(width, WIDTH - left) // 2 * 2
        self._copy(0, luma, self._words(words[:60], size)[1], Box(left, top, width, min(height, HEIGHT - top) // 2 * 2))
        for number in (1, 2):
            part = Box(left // 2, top // 2, width // 2, min(height, HEIGHT - top) // 2)
            self._copy(number, bytes([GROUND[number]]) * part.width, 0, part)

    def _drawn(self, words: str, size: int) -> tuple[bytes, int, int]:
        font = ImageFont.truetype(self._font, size)
        left, _, right, _ = font.getbbox(words)
        width, height = (int(right - left) + 16 + 1) // 2 * 2, (size + 14) // 2 * 2
        image = Image.new("L", (width, height), GROUND[0])
        ImageDraw.Draw(image).text((8 - left, height // 2), words, INK[0], font, anchor="lm")
        return image.tobytes(), width, height
