"""Boxed tables of the statutory forms: rows of labels and values with their lines, which grow with what is in them and go on over the page.

`Row` is one row, `table` one that has a head. A cell is as wide as its share of the row; an empty one is room to write by hand. `form` makes a file of a story without head or foot: forms of the
paper file get their numbers when they are put together.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import msgspec
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate

from agreements.fonts import FontDirs, font_for, register, width
from agreements.printing import INK, draw_line
from agreements.record_pdf import printable
from agreements.typeset import break_lines

SIDE, TOP, BOTTOM = 25 * mm, 28 * mm, 22 * mm
WIDE = A4[0] - 2 * SIDE
TALL = A4[1] - TOP - BOTTOM
LEAST = 11 * mm
"""Height of a row that somebody may have to write into."""


class Type(msgspec.Struct, frozen=True):
    """How text stands in a cell, in points."""

    size: float
    leading: float
    pad: float


PLAIN = Type(12.0, 20.0, 2.2 * mm)
SMALL = Type(10.5, 15.0, 1.5 * mm)


class Cell(msgspec.Struct, frozen=True):
    """`share` of the row's width; a label is bold and in the middle."""

    text: str
    share: float
    label: bool = False


class Row(Flowable):
    """`least`: its height in points where little or nothing is in it."""

    def __init__(
        self, cells: Sequence[Cell], font_dirs: FontDirs, least: float = LEAST, lines: list[list[str]] | None = None, of: Type = PLAIN
    ) -> None:
        super().__init__()
        self.cells, self.fonts, self.least, self.lines, self.type = cells, font_dirs, least, lines, of

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        self.width = available
        whole = sum(cell.share for cell in self.cells)
        self.widths = [available * cell.share / whole for cell in self.cells]
        if self.lines is None:
            self.lines = [self._broken(cell, wide - 2 * self.type.pad) for cell, wide in zip(self.cells, self.widths, strict=True)]
        self.height = max(self.least, max(len(lines) for lines in self.lines) * self.type.leading + 2 * self.type.pad)
        return available, self.height

    def _broken(self, cell: Cell, room: float) -> list[str]:
        found: list[str] = []
        for paragraph in cell.text.split("\n"):
            found += break_lines(
                printable(paragraph, self.fonts), lambda piece: width(piece, _face(cell), self.type.size, self.fonts), room
            )
        return found

    def split(self, available: float, height: float) -> list[Flowable]:
        """Only where it fits no page whole, or two lines of it and more find room here."""
        self.wrap(available, height)
        assert self.lines is not None
        fit, longest = int((height - 2 * self.type.pad) // self.type.leading), max(len(lines) for lines in self.lines)
        if fit < 3 or longest - fit < 1:
            return []
        fit = min(fit, longest - 2) if longest > 3 else fit
        head = [cells[:fit] for cells in self.lines]
        rest = [cells[fit:] or [""] for cells in self.lines]
        return [Row(self.cells, self.fonts, 0, head, self.type), Row(self.cells, self.fonts, self.least, rest, self.type)]

    def draw(self) -> None:
        assert self.lines is not None
        canvas: Canvas = self.canv
        canvas.setStrokeColorRGB(*INK)
        canvas.setLineWidth(0.6)
        canvas.rect(0, 0, self.width, self.height)
        left = 0.0
        for cell, wide, lines in zip(self.cells, self.widths, self.lines, strict=True):
            if left:
                canvas.line(left, 0, left, self.height)
            self._write(cell, left, wide, lines)
            left += wide

    def _write(self, cell: Cell, left: float, wide: float, lines: list[str]) -> None:
        self.canv.setFillColorRGB(*INK)
        middle = cell.label or len(lines) == 1
        top = self.height - (max(0.0, self.height - len(lines) * self.type.leading) / 2 if middle else self.type.pad)
        y = top - self.type.leading + (self.type.leading - self.type.size * 0.72) / 2
        for line in lines:
            x = left + ((wide - width(line, _face(cell), self.type.size, self.fonts)) / 2 if cell.label else self.type.pad)
            draw_line(self.canv, x, y, line, _face(cell), self.type.size, self.fonts)
            y -= self.type.leading


def _face(cell: Cell) -> str:
    return "serif-bold" if cell.label else "serif"


def pair(label: str, text: str, font_dirs: FontDirs, least: float = LEAST) -> Row:
    return Row([Cell(label, 2.2, label=True), Cell(text, 8.8)], font_dirs, least)


def fours(first: tuple[str, str], second: tuple[str, str], font_dirs: FontDirs) -> Row:
    """Two labels with their values in one row."""
    return Row([Cell(first[0], 2.2, label=True), Cell(first[1], 3.3), Cell(second[0], 2.2, label=True), Cell(second[1], 3.3)], font_dirs)


def table(above: Sequence[Flowable], head: Row, rows: Sequence[Row]) -> list[Flowable]:
    """The story of a table below what stands `above` it on the first page; its head stands on every page."""
    story: list[Flowable] = [*above, head]
    left = TALL - sum(one.wrap(WIDE, TALL)[1] for one in story)
    for row in rows:
        tall = row.wrap(WIDE, TALL)[1]
        if tall > left:
            story += [PageBreak(), head]
            left = TALL - head.height
        story.append(row)
        left -= tall
    return story


def form(story: list[Flowable], font_dirs: FontDirs, title: str, author: str) -> bytes:
    """The file. The same story gives the same bytes. Raises `FontsMissing`."""
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        title=title,
        author=author,
        creator="和议 Heyi",
        lang="zh-CN",
        invariant=1,
        initialFontName=register(font_for("一", "serif", font_dirs)),
    )
    document.addPageTemplates(PageTemplate(frames=[Frame(SIDE, BOTTOM, WIDE, TALL, 0, 0, 0, 0)]))
    document.build(story)
    return out.getvalue()
