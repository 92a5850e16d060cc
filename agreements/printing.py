"""What is printed with: A4 with wide margins, prose broken and justified as Chinese is, a foot on every page with its number, hashes and a QR code.

The page follows GB/T 9704 in spirit. `build` makes a file of a story: the same story gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import msgspec
import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from agreements.fonts import FontDirs, font_for, font_runs, register, width
from agreements.layout import Block
from agreements.paper_marks import CORNERS, SIDE, PageMark, square_of
from agreements.typeset import break_lines

INK, PALE, RULE = (0.10, 0.10, 0.12), (0.42, 0.43, 0.46), (0.72, 0.72, 0.74)
LEFT, RIGHT, TOP, BOTTOM = 30 * mm, 28 * mm, 30 * mm, 34 * mm
TEXT_WIDTH = A4[0] - LEFT - RIGHT


class Style(msgspec.Struct, frozen=True):
    """Sizes in points; `indent` in characters of the first line."""

    face: str
    size: float
    leading: float
    indent: float = 0
    align: str = "justify"
    before: float = 0
    after: float = 0


class Foot(msgspec.Struct, frozen=True):
    """What stands at the foot of every page: small lines beside the page's number, and what the QR code says (empty: none). With `mark` the page is to come back as a
    picture: it has codes in its four corners instead, which name the page (`mark.page` and `mark.pages` are filled in)."""

    lines: Sequence[str]
    code: str
    mark: PageMark | None = None


def build(
    story: list[Flowable], foot: Foot, font_dirs: FontDirs, title: str, author: str, subject: str, keywords: str = ""
) -> tuple[bytes, int]:
    """(file, pages). `keywords`: for machines, in ASCII. Raises `MissingGlyph`, `FontsMissing`."""
    out = io.BytesIO()
    pages: list[int] = []

    def canvas(*args: Any, **kwargs: Any) -> Canvas:
        return _NumberedCanvas(*args, footer=_Footer(foot, font_dirs), pages=pages, **kwargs)

    frame = Frame(LEFT, BOTTOM, TEXT_WIDTH, A4[1] - TOP - BOTTOM, 0, 0, 0, 0)
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        title=title,
        author=author,
        subject=subject,
        keywords=keywords,
        creator="和议 Heyi",
        lang="zh-CN",
        invariant=1,
        initialFontName=register(font_for("一", "serif", font_dirs)),
    )
    document.addPageTemplates(PageTemplate(frames=[frame]))
    document.build(story, canvasmaker=canvas)
    return out.getvalue(), pages[0]


class Prose(Flowable):
    """A paragraph broken by `typeset`, justified by spreading what is left of a line between its characters."""

    def __init__(self, block: Block, style: Style, font_dirs: FontDirs, lines: list[str] | None = None, *, last: bool = True) -> None:
        super().__init__()
        self.block, self.style, self.font_dirs = block, style, font_dirs
        self.lines = lines
        self.last = last
        self.first = lines is None

    def _measure(self, text: str) -> float:
        return width(text, self.style.face, self.style.size, self.font_dirs)

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        self.width = available
        if self.lines is None:
            lead = width(self.block.lead, "serif-bold", self.style.size, self.font_dirs)
            indent = self.style.indent * self.style.size + lead
            self.lines = break_lines(self.block.text, self._measure, available, indent)
        return available, len(self.lines) * self.style.leading

    def split(self, available: float, height: float) -> list[Flowable]:
        self.wrap(available, height)
        assert self.lines is not None
        fit = int(height // self.style.leading)
        fit = min(fit, len(self.lines) - 2)  # no single line is left alone on either page
        if fit < 2:
            return []
        head = Prose(self.block, self.style, self.font_dirs, self.lines[:fit], last=False)
        head.first = self.first
        return [head, Prose(self.block, self.style, self.font_dirs, self.lines[fit:])]

    def draw(self) -> None:
        assert self.lines is not None
        canvas: Canvas = self.canv
        canvas.setFillColorRGB(*INK)
        size, leading = self.style.size, self.style.leading
        y = len(self.lines) * leading - (leading + size * 0.72) / 2
        for index, line in enumerate(self.lines):
            x = self.style.indent * size if self.first and index == 0 else 0.0
            if self.first and index == 0 and self.block.lead:
                x = draw_line(canvas, x, y, self.block.lead, "serif-bold", size, self.font_dirs)
            room = self.width - x - self._measure(line)
            spread = 0.0
            if self.style.align == "justify":
                ends = self.last and index == len(self.lines) - 1
                spread = room / (len(line) - 1) if not ends and len(line) > 1 and room < 3 * size else 0.0
            elif self.style.align == "centre":
                x += room / 2
            else:
                x += room
            draw_line(canvas, x, y, line, self.style.face, size, self.font_dirs, spread)
            y -= leading


def draw_line(canvas: Canvas, x: float, y: float, text: str, face: str, size: float, font_dirs: FontDirs, spread: float = 0.0) -> float:
    """Draw one line and return the x after it."""
    pen = canvas.beginText(x, y)
    pen.setCharSpace(spread)
    for name, piece in font_runs(text, face, font_dirs):
        pen.setFont(name, size)
        pen.textOut(piece)
    pen.setCharSpace(0)
    canvas.drawText(pen)
    return x + width(text, face, size, font_dirs) + spread * len(text)


class Rule(Flowable):
    """A short thin line under the title, in the middle of the page."""

    def __init__(self, length: float) -> None:
        super().__init__()
        self.length = length

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        self.width = available
        return available, 12

    def draw(self) -> None:
        self.canv.setStrokeColorRGB(*RULE)
        self.canv.setLineWidth(0.6)
        self.canv.line((self.width - self.length) / 2, 8, (self.width + self.length) / 2, 8)


class ScannedLine(Flowable):
    """A QR code with a few short lines beside it."""

    SIDE, SIZE = 20 * mm, 9.0

    def __init__(self, code: str, lines: Sequence[str], font_dirs: FontDirs) -> None:
        super().__init__()
        self.code, self.lines, self.fonts = code, lines, font_dirs

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        return available, self.SIDE

    def draw(self) -> None:
        draw_code(self.canv, self.code, 0, self.SIDE, self.SIDE)
        for index, line in enumerate(self.lines):
            draw_line(self.canv, self.SIDE + 4 * mm, self.SIDE - (6 + 5 * index) * mm, line, "sans", self.SIZE, self.fonts)


class _Footer:
    def __init__(self, foot: Foot, font_dirs: FontDirs) -> None:
        self.fonts, self.foot = font_dirs, foot

    def draw(self, canvas: Canvas, page: int, pages: int) -> None:
        canvas.setStrokeColorRGB(*RULE)
        canvas.setLineWidth(0.4)
        canvas.line(LEFT, 27 * mm, A4[0] - RIGHT, 27 * mm)
        canvas.setFillColorRGB(*PALE)
        number = f"第 {page} 页　共 {pages} 页"
        draw_line(canvas, LEFT, 21.5 * mm, number, "sans", 9, self.fonts)
        for index, line in enumerate(self.foot.lines):
            draw_line(canvas, LEFT, (16 - 4 * index) * mm, line, "sans", 6.2, self.fonts)
        if self.foot.mark is None:
            if self.foot.code:
                draw_code(canvas, self.foot.code, A4[0] - RIGHT - 15 * mm, 25 * mm, 15 * mm)
            return
        mark = msgspec.structs.replace(self.foot.mark, page=page, pages=pages)
        for corner in CORNERS:
            left, top = square_of(corner)[0]
            draw_code(canvas, mark.text(corner), left * mm, A4[1] - top * mm, SIDE * mm)


def draw_code(canvas: Canvas, text: str, left: float, top: float, side: float) -> None:
    """A QR code of this side, in points, without its margin."""
    matrix = segno.make(text, error="m", micro=False).matrix
    module = side / len(matrix)
    canvas.setFillColorRGB(*INK)
    for r, row in enumerate(matrix):
        for c, dark in enumerate(row):
            if dark:
                canvas.rect(left + c * module, top - (r + 1) * module, module, module, stroke=0, fill=1)


class _NumberedCanvas(Canvas):
    """Holds the pages back until their number is known."""

    def __init__(self, *args: Any, footer: _Footer, pages: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._footer, self._count = footer, pages
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        self._count.append(len(self._held))
        for page, state in enumerate(self._held, 1):
            self.__dict__.update(state)
            self._footer.draw(self, page, len(self._held))
            super().showPage()
        super().save()
