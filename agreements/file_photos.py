"""Photographs of a paper file on pages of their own: two to a page, each with a line that says what it is. Made smaller: the photographs themselves lie in the system.

reportlab draws frames and lines, pdfium puts the JPEGs in as they are: reportlab would spell each of them in ASCII, a third of a second and a quarter of its bytes more.

Top-level `print_photographs` takes and returns plain data: a process pool can run it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import msgspec
import pypdfium2
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from agreements.fonts import FontDirs, font_for, register, width
from agreements.form_table import SIDE, WIDE
from agreements.printing import INK, PALE, RULE, draw_line
from agreements.record_pdf import printable
from agreements.typeset import break_lines

MOST = 60
"""Photographs of an item that are printed; how many more there are is said on the last page."""
EDGE = 1400
"""Pixels of the longer edge: 200 dots an inch where it is printed."""
BOX = 108 * mm


class Photograph(msgspec.Struct, frozen=True):
    """A JPEG and what is written below it."""

    data: bytes
    caption: str


def print_photographs(title: str, photos: Sequence[Photograph], more: int, font_dirs: FontDirs) -> bytes:
    """`more`: how many are left out. Raises `FontsMissing`."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, initialFontName=register(font_for("一", "serif", font_dirs)), pageCompression=1)
    canvas.setTitle(printable(title, font_dirs))
    for first in range(0, len(photos), 2):
        canvas.setFillColorRGB(*INK)
        if not first:
            _centred(canvas, title, A4[1] - 24 * mm, "serif-bold", 18, font_dirs)
        for place, photo in enumerate(photos[first : first + 2]):
            _caption(canvas, photo, first + place + 1, _floor(place), font_dirs)
        if more and first + 2 >= len(photos):
            canvas.setFillColorRGB(*PALE)
            _centred(canvas, f"另有 {more} 张照片未印入本卷，保存在系统中。", 10 * mm, "serif", 10, font_dirs)
        canvas.showPage()
    canvas.save()
    return _with_pictures(out.getvalue(), [_smaller(photo.data) for photo in photos])


def _floor(place: int) -> float:
    """Lower edge of the frame, of the first or second photograph of a page."""
    return float(A4[1] - 32 * mm - BOX - place * (BOX + 18 * mm))


def _with_pictures(pdf: bytes, pictures: Sequence[bytes]) -> bytes:
    document = pypdfium2.PdfDocument(pdf)
    for first in range(0, len(pictures), 2):
        page = document[first // 2]
        for place, data in enumerate(pictures[first : first + 2]):
            picture = pypdfium2.PdfImage.new(document)
            picture.load_jpeg(io.BytesIO(data), inline=True)
            wide, high = picture.get_px_size()
            scale = min((WIDE - 4 * mm) / wide, (BOX - 4 * mm) / high)
            left = SIDE + (WIDE - wide * scale) / 2
            bottom = _floor(place) + (BOX - high * scale) / 2
            picture.set_matrix(pypdfium2.PdfMatrix().scale(wide * scale, high * scale).translate(left, bottom))
            page.insert_obj(picture)
        page.gen_content()
        page.close()
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def _centred(canvas: Canvas, text: str, y: float, face: str, size: float, fonts: FontDirs) -> None:
    said = printable(text, fonts)
    draw_line(canvas, (A4[0] - width(said, face, size, fonts)) / 2, y, said, face, size, fonts)


def _caption(canvas: Canvas, photo: Photograph, number: int, floor: float, fonts: FontDirs) -> None:
    canvas.setStrokeColorRGB(*RULE)
    canvas.setLineWidth(0.6)
    canvas.rect(SIDE, floor, WIDE, BOX)
    canvas.setFillColorRGB(*INK)
    text = printable(f"照片 {number}　{photo.caption}", fonts)
    for index, line in enumerate(break_lines(text, lambda piece: width(piece, "serif", 10.5, fonts), WIDE)[:2]):
        draw_line(canvas, SIDE, floor - (5 + 5 * index) * mm, line, "serif", 10.5, fonts)


def _smaller(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as opened:
        opened.draft("RGB", (EDGE, EDGE))
        picture = opened.convert("RGB")
    picture.thumbnail((EDGE, EDGE))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
