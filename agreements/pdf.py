"""Canonical bytes → the A4 agreement that is signed: the same bytes in, the same file out.

The page follows GB/T 9704 in spirit: wide margins, one serif face, 28 points of leading. Every page carries its number, the SHA-256 of the
canonical text, the fingerprint of the root certificate, and a QR code. The boxes for the signatures come from the laid-out rows, so they
stand wherever the text ends. Top-level `print_agreement` takes and returns plain data: a process pool can run it (0.1 to 1 s of CPU).
"""

from __future__ import annotations

import hashlib
import io
import json
from datetime import date
from typing import Any

import msgspec
import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, KeepTogether, PageTemplate, Spacer

from agreements.facts import CaseFacts
from agreements.fonts import FontDirs, font_for, font_runs, register, width
from agreements.layout import CLOSING, TITLE, Block, SignatureRow, chinese_date, outline, signature_rows
from agreements.typeset import break_lines

SEAL_FIELD = "Seal"
MAX_PAGES = 200

INK, PALE, RULE = (0.10, 0.10, 0.12), (0.42, 0.43, 0.46), (0.72, 0.72, 0.74)
LEFT, RIGHT, TOP, BOTTOM = 30 * mm, 28 * mm, 30 * mm, 34 * mm
TEXT_WIDTH = A4[0] - LEFT - RIGHT
SIGN_BOX = (66 * mm, 18 * mm)
SEAL_BOX = 42 * mm


class Style(msgspec.Struct, frozen=True):
    """Sizes in points; `indent` in characters of the first line."""

    face: str
    size: float
    leading: float
    indent: float = 0
    align: str = "justify"
    before: float = 0
    after: float = 0


STYLES = {
    "title": Style("serif-bold", 24, 36, align="centre", after=10),
    "number": Style("serif", 12, 20, align="right", after=16),
    "heading": Style("serif-bold", 14.5, 27, before=9, after=1),
    "body": Style("serif", 14, 27, indent=2),
    "item": Style("serif", 14, 27, indent=2),
    "closing": Style("serif", 10.5, 20, align="centre", before=10, after=10),
}


class Box(msgspec.Struct, frozen=True):
    """Where a field stands: page from 0, corners in points from the page's lower left."""

    field: str
    page: int
    corners: tuple[float, float, float, float]


class Printed(msgspec.Struct, frozen=True):
    """`content_hash` is that of the canonical bytes which were printed."""

    pdf: bytes
    pages: int
    content_hash: str
    boxes: tuple[Box, ...]


class TooManyPages(ValueError):
    code = "too_many_pages"


class PrintOptions(msgspec.Struct, frozen=True):
    """`day` is printed as the date of the agreement; `anchor` is the root certificate's SHA-256, `link` goes into the QR code."""

    day: date
    font_dirs: FontDirs
    anchor: str = ""
    link: str = ""


def print_agreement(canonical: bytes, facts: CaseFacts, options: PrintOptions) -> Printed:
    """Raises `MissingGlyph`, `FontsMissing`, `TooManyPages`."""
    content_hash = hashlib.sha256(canonical).hexdigest()
    boxes: list[Box] = []
    story = _story(json.loads(canonical), facts, options, boxes)
    out = io.BytesIO()
    pages: list[int] = []

    def canvas(*args: Any, **kwargs: Any) -> Canvas:
        return _NumberedCanvas(*args, footer=_Footer(content_hash, options), pages=pages, **kwargs)

    frame = Frame(LEFT, BOTTOM, TEXT_WIDTH, A4[1] - TOP - BOTTOM, 0, 0, 0, 0)
    document = BaseDocTemplate(
        out,
        pagesize=A4,
        title=f"{TITLE} {facts.number}",
        author=facts.committee,
        subject=f"SHA-256 {content_hash}",
        creator="和议 Heyi",
        lang="zh-CN",
        invariant=1,
        initialFontName=register(font_for("一", "serif", options.font_dirs)),
    )
    document.addPageTemplates(PageTemplate(frames=[frame]))
    document.build(story, canvasmaker=canvas)
    if pages[0] > MAX_PAGES:
        raise TooManyPages(f"the agreement has {pages[0]} pages, at most {MAX_PAGES}: shorten it")
    return Printed(out.getvalue(), pages[0], content_hash, tuple(boxes))


def _story(content: dict[str, Any], facts: CaseFacts, options: PrintOptions, boxes: list[Box]) -> list[Flowable]:
    story: list[Flowable] = []
    for block in outline(content, facts):
        style = STYLES[block.style]
        if block.style == "heading":
            story.append(CondPageBreak(style.before + style.leading + 2 * STYLES["body"].leading))
        story += [Spacer(0, style.before), Prose(block, style, options.font_dirs), Spacer(0, style.after)]
        if block.style == "title":
            story.append(Rule(28 * mm))
    rows = signature_rows(facts)
    closing = [Spacer(0, 10), Prose(Block("closing", CLOSING), STYLES["closing"], options.font_dirs), Spacer(0, 4)]
    story.append(KeepTogether([*closing, SignBox(rows[0], boxes, options.font_dirs)]))
    story += [SignBox(row, boxes, options.font_dirs) for row in rows[1:-1]]
    story.append(KeepTogether([SignBox(rows[-1], boxes, options.font_dirs), SealBox(facts.committee, options, boxes)]))
    return story


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
                x = _draw(canvas, x, y, self.block.lead, "serif-bold", size, self.font_dirs)
            room = self.width - x - self._measure(line)
            spread = 0.0
            if self.style.align == "justify":
                ends = self.last and index == len(self.lines) - 1
                spread = room / (len(line) - 1) if not ends and len(line) > 1 and room < 3 * size else 0.0
            elif self.style.align == "centre":
                x += room / 2
            else:
                x += room
            _draw(canvas, x, y, line, self.style.face, size, self.font_dirs, spread)
            y -= leading


def _draw(canvas: Canvas, x: float, y: float, text: str, face: str, size: float, font_dirs: FontDirs, spread: float = 0.0) -> float:
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


class SignBox(Flowable):
    """Label and name on the left, a box above a thin line on the right; notes where the box came to stand."""

    def __init__(self, row: SignatureRow, boxes: list[Box], font_dirs: FontDirs) -> None:
        super().__init__()
        self.row, self.boxes, self.font_dirs = row, boxes, font_dirs

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        self.width = available
        return available, SIGN_BOX[1] + 5 * mm

    def draw(self) -> None:
        x, floor = self.width - SIGN_BOX[0], 3 * mm
        self.canv.setFillColorRGB(*INK)
        _draw(self.canv, 0, floor + 9 * mm, self.row.label, "serif", 14, self.font_dirs)
        self.canv.setFillColorRGB(*PALE)
        _draw(self.canv, 0, floor + 2.5 * mm, self.row.name, "serif", 11, self.font_dirs)
        self.canv.setStrokeColorRGB(*RULE)
        self.canv.setLineWidth(0.6)
        self.canv.line(x, floor, self.width, floor)
        left, bottom = self.canv.absolutePosition(x, floor + 1)
        page = self.canv.getPageNumber() - 1
        self.boxes.append(Box(self.row.field, page, (left, bottom, left + SIGN_BOX[0], bottom + SIGN_BOX[1])))


class SealBox(Flowable):
    """The committee's name with the seal's square over the date, at the right."""

    def __init__(self, committee: str, options: PrintOptions, boxes: list[Box]) -> None:
        super().__init__()
        self.committee, self.options, self.boxes = committee, options, boxes

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        self.width = available
        return available, SEAL_BOX + 3 * mm

    def draw(self) -> None:
        fonts = self.options.font_dirs
        self.canv.setFillColorRGB(*INK)
        _draw(self.canv, 0, SEAL_BOX - 8 * mm, "人民调解委员会（盖章）", "serif", 14, fonts)
        self.canv.setFillColorRGB(*PALE)
        _draw(self.canv, 0, SEAL_BOX - 14.5 * mm, self.committee, "serif", 11, fonts)
        self.canv.setFillColorRGB(*INK)
        day = chinese_date(self.options.day)
        x = self.width - SIGN_BOX[0] / 2
        _draw(self.canv, x - width(day, "serif", 14, fonts) / 2, 3.5 * mm, day, "serif", 14, fonts)
        left, bottom = self.canv.absolutePosition(x - SEAL_BOX / 2, 2 * mm)
        page = self.canv.getPageNumber() - 1
        self.boxes.append(Box(SEAL_FIELD, page, (left, bottom, left + SEAL_BOX, bottom + SEAL_BOX)))


class _Footer:
    """What stands at the foot of every page."""

    def __init__(self, content_hash: str, options: PrintOptions) -> None:
        self.fonts = options.font_dirs
        self.lines = [f"正文摘要 SHA-256  {content_hash}"]
        if options.anchor:
            self.lines.append(f"根证书指纹（非第三方CA）  {options.anchor}")
        self.matrix = segno.make(options.link or f"SHA-256:{content_hash}", error="m", micro=False).matrix

    def draw(self, canvas: Canvas, page: int, pages: int) -> None:
        canvas.setStrokeColorRGB(*RULE)
        canvas.setLineWidth(0.4)
        canvas.line(LEFT, 27 * mm, A4[0] - RIGHT, 27 * mm)
        canvas.setFillColorRGB(*PALE)
        number = f"第 {page} 页　共 {pages} 页"
        _draw(canvas, LEFT, 21.5 * mm, number, "sans", 9, self.fonts)
        for index, line in enumerate(self.lines):
            _draw(canvas, LEFT, (16 - 4 * index) * mm, line, "sans", 6.2, self.fonts)
        side = 15 * mm / len(self.matrix)
        canvas.setFillColorRGB(*INK)
        x, y = A4[0] - RIGHT - 15 * mm, 25 * mm
        for r, row in enumerate(self.matrix):
            for c, dark in enumerate(row):
                if dark:
                    canvas.rect(x + c * side, y - (r + 1) * side, side, side, stroke=0, fill=1)


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
