"""A table of the agreement on paper: ruled, its columns as wide as what they hold asks for, its head again on every page that it reaches.

Rows are never parted: the limits of `schema` on cells keep the highest row and the head together below the height of a page.
"""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Table

from agreements.fonts import FontDirs
from agreements.layout import Block
from agreements.printing import RULE, TEXT_WIDTH, Prose, Style

HEAD = Style("serif-bold", 11, 17, align="centre")
CELL = Style("serif", 11, 17)
NARROWEST = 20 * mm
PADDING = 2 * mm
FEWEST, MOST = 3, 18
"""Characters that a column is weighed with: a long text wraps rather than squeezing the others."""


def table(rows: Sequence[Sequence[str]], font_dirs: FontDirs) -> Flowable:
    """`rows` are of equal length, the head first."""
    cells = [[Prose(Block("cell", text), CELL if number else HEAD, font_dirs) for text in row] for number, row in enumerate(rows)]
    rule = Color(*RULE)
    style = [
        ("GRID", (0, 0), (-1, -1), 0.6, rule),
        ("BACKGROUND", (0, 0), (-1, 0), Color(0.95, 0.95, 0.96)),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
    return Table(cells, colWidths=widths(rows), repeatRows=1, style=style, hAlign="LEFT")


def widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """In points; together the width of the text."""
    weights = [min(MOST, max(FEWEST, *(len(text) for text in column))) for column in zip(*rows, strict=True)]
    rest = TEXT_WIDTH - NARROWEST * len(weights)
    return [NARROWEST + rest * weight / sum(weights) for weight in weights]
