"""The file of an agreement that was signed on paper: its pages laid flat, the mediator's statement with the place of the seal, the photographs they came from.

The same input gives the same bytes. What is sealed is what was looked at: every page is named with the SHA-256 of its picture. Top-level
`assemble` takes and returns plain data: a process pool can run it.
"""

from __future__ import annotations

import hashlib
import io
from datetime import datetime

import msgspec
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from agreements.fonts import FontDirs, font_for, register, width
from agreements.layout import chinese_date
from agreements.pdf import PAPER_SEAL_FIELD, SEAL_BOX, Box
from agreements.printing import INK, LEFT, PALE, RULE, TEXT_WIDTH, draw_line
from agreements.typeset import break_lines
from cases.clock import COUNTY_TIME

TITLE = "纸质签署说明"
FLOOR = 18 * mm + SEAL_BOX + 6 * mm
MAX_PAGES = 20
"""Of an agreement on paper: its photographs have to fit a file that both verifiers take whole (64 MB)."""


class PaperFacts(msgspec.Struct, frozen=True):
    """`statement` is the mediator's, word for word as in the chain."""

    number: str
    committee: str
    mediator: str
    statement: str
    content_hash: str
    printed_hash: str
    at: datetime


class PaperPage(msgspec.Struct, frozen=True):
    """A page laid flat and the photograph it was found on, both JPEG."""

    leaf: bytes
    photo: bytes


def statement(mediator: str, names: list[str], committee: str) -> str:
    """What the mediator declares with the command that files the paper."""
    return (
        f"本人{mediator}，{committee}人民调解员，声明：{'、'.join(names)}在本人面前阅读协议全文，各自亲笔签名并捺指印；"
        "上传的每一页均拍摄或扫描自各方签署的原件，本人已逐页与打印文本核对无误；原件由调委会归档。"
    )


class Assembled(msgspec.Struct, frozen=True):
    pdf: bytes
    pages: int
    boxes: tuple[Box, ...]


def assemble(pages: list[PaperPage], facts: PaperFacts, font_dirs: FontDirs) -> Assembled:
    """Raises `MissingGlyph`, `FontsMissing`."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, initialFontName=register(font_for("一", "serif", font_dirs)), pageCompression=1)
    canvas.setTitle(f"人民调解协议书（纸质签署） {facts.number}")
    canvas.setAuthor(facts.committee)
    canvas.setSubject(f"SHA-256 {facts.content_hash}")
    for page in pages:
        canvas.drawImage(ImageReader(io.BytesIO(page.leaf)), 0, 0, *A4)
        canvas.showPage()
    box = _statement_page(canvas, pages, facts, font_dirs)
    canvas.showPage()
    for number, page in enumerate(pages, 1):
        _photo_page(canvas, page.photo, f"附　第 {number} 页的原始照片或扫描件", font_dirs)
        canvas.showPage()
    count = canvas.getPageNumber() - 1
    canvas.save()
    return Assembled(out.getvalue(), count, (box,))


def _statement_page(canvas: Canvas, pages: list[PaperPage], facts: PaperFacts, fonts: FontDirs) -> Box:
    y = A4[1] - 42 * mm
    canvas.setFillColorRGB(*INK)
    draw_line(canvas, (A4[0] - width(TITLE, "serif-bold", 22, fonts)) / 2, y, TITLE, "serif-bold", 22, fonts)
    y -= 10 * mm
    canvas.setStrokeColorRGB(*RULE)
    canvas.line(LEFT, y, LEFT + TEXT_WIDTH, y)
    y -= 10 * mm
    for text, size in ((f"协议编号：{facts.number}", 12), (facts.statement, 13)):
        for line in break_lines(text, lambda piece, size=size: width(piece, "serif", size, fonts), TEXT_WIDTH):  # type: ignore[misc]
            y = _room_at(canvas, y)
            canvas.setFillColorRGB(*INK)
            draw_line(canvas, LEFT, y, line, "serif", size, fonts)
            y -= 8.4 * mm
        y -= 2 * mm
    rows = [f"正文摘要 SHA-256  {facts.content_hash}", f"打印文件 SHA-256  {facts.printed_hash}"]
    rows += [f"第 {number} 页 SHA-256  {hashlib.sha256(page.leaf).hexdigest()}" for number, page in enumerate(pages, 1)]
    for row in rows:
        y = _room_at(canvas, y)
        canvas.setFillColorRGB(*PALE)
        draw_line(canvas, LEFT, y, row, "sans", 7.5, fonts)
        y -= 4.4 * mm
    return _seal_place(canvas, facts, fonts)


def _room_at(canvas: Canvas, y: float) -> float:
    """On the next page where many names or pages would run into the seal."""
    if y > FLOOR:
        return y
    canvas.showPage()
    return float(A4[1] - 30 * mm)


def _seal_place(canvas: Canvas, facts: PaperFacts, fonts: FontDirs) -> Box:
    floor, left = 18 * mm, LEFT + TEXT_WIDTH - SEAL_BOX - 6 * mm
    canvas.setFillColorRGB(*INK)
    draw_line(canvas, LEFT, floor + 26 * mm, f"人民调解员：{facts.mediator}", "serif", 12, fonts)
    draw_line(canvas, LEFT, floor + 18 * mm, "人民调解委员会（电子印章）", "serif", 12, fonts)
    draw_line(canvas, LEFT, floor + 10 * mm, facts.committee, "serif", 12, fonts)
    day = chinese_date(facts.at.astimezone(COUNTY_TIME).date())
    draw_line(canvas, LEFT, floor + 2 * mm, day, "serif", 12, fonts)
    return Box(PAPER_SEAL_FIELD, canvas.getPageNumber() - 1, (left, floor, left + SEAL_BOX, floor + SEAL_BOX))


def _photo_page(canvas: Canvas, photo: bytes, caption: str, fonts: FontDirs) -> None:
    canvas.setFillColorRGB(*PALE)
    draw_line(canvas, 15 * mm, A4[1] - 14 * mm, caption, "sans", 9, fonts)
    room = (A4[0] - 30 * mm, A4[1] - 36 * mm)
    canvas.drawImage(ImageReader(io.BytesIO(photo)), 15 * mm, 16 * mm, *room, preserveAspectRatio=True, anchor="c")
