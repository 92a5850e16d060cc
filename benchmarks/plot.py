"""Figures as a picture: one bar each, as long as its value beside its goal, which is the vertical line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.figures import Figure

WIDTH, ROW, LEFT, RIGHT, TOP = 1200, 34, 340, 300, 52
FULL = 1.5
"""Times the goal at which a bar is as long as there is room; longer ones are cut, with an arrow."""
GOOD, BAD, LINE, INK, PAPER = "#3a7d5d", "#b5523b", "#8a8f98", "#1d232b", "#ffffff"


def draw(figures: Sequence[Figure], path: Path) -> None:
    """Write a PNG of the figures that have a goal. A bar that ends before the line holds, or for `at_least` one that ends behind it."""
    rows = [f for f in figures if f.goal]
    image = Image.new("RGB", (WIDTH, TOP + ROW * len(rows) + 16), PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    room = WIDTH - LEFT - RIGHT
    goal = LEFT + room / FULL
    pen.text((goal, TOP - 20), "goal", INK, font, anchor="mm")
    for number, f in enumerate(rows):
        y = TOP + ROW * number
        share = f.value / f.goal if f.goal else 0.0
        end = LEFT + room * min(share, FULL) / FULL
        colour = GOOD if f.held else BAD
        pen.rectangle((LEFT, y + 6, max(end, LEFT + 1), y + ROW - 8), fill=colour)
        if share > FULL:
            pen.polygon([(end, y + 2), (end + 14, y + ROW / 2 - 1), (end, y + ROW - 4)], fill=colour)
        pen.text((LEFT - 12, y + ROW / 2 - 1), f.name, INK, font, anchor="rm")
        said = f"{f.value:g} {f.unit}   ({'at least' if f.at_least else 'at most'} {f.goal:g})"
        pen.text((LEFT + room + 22, y + ROW / 2 - 1), said, INK, font, anchor="lm")
    pen.line((goal, TOP - 8, goal, image.height - 10), fill=LINE, width=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, optimize=True)
