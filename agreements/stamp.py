"""What is seen in a signature's box: the handwriting or the seal, and the time, as a one-page PDF that becomes the field's appearance.

Drawn with the agreement's own fonts and their fall-backs, embedded as subsets: pyHanko's text stamps print an empty box for a character
their one font lacks, and embed the whole font.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone

from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.stamp import StaticStampStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from agreements.fonts import FontDirs, font_for, font_runs, register, width
from agreements.pdf import SEAL_BOX, SIGN_BOX

BEIJING = timezone(timedelta(hours=8))
SIZE = 5.2
INK = (0.35, 0.36, 0.40)


def signature_stamp(picture: bytes, label: str, at: datetime, font_dirs: FontDirs) -> bytes:
    """Handwriting (PNG) with a line of small print below: label and Beijing time. One-page PDF of the box's size."""
    wide, high = SIGN_BOX
    out, canvas = _page(SIGN_BOX, font_dirs)
    canvas.drawImage(ImageReader(io.BytesIO(picture)), 0, 7, wide, high - 8, mask="auto", preserveAspectRatio=True, anchor="c")
    text = f"{label}　{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    canvas.setFillColorRGB(*INK)
    pen = canvas.beginText(wide - width(text, "sans", SIZE, font_dirs) - 1, 2)
    for name, piece in font_runs(text, "sans", font_dirs):
        pen.setFont(name, SIZE)
        pen.textOut(piece)
    canvas.drawText(pen)
    canvas.save()
    return out.getvalue()


def seal_stamp(picture: bytes, font_dirs: FontDirs) -> bytes:
    """The seal (PNG) filling its square. One-page PDF."""
    out, canvas = _page((SEAL_BOX, SEAL_BOX), font_dirs)
    canvas.drawImage(ImageReader(io.BytesIO(picture)), 0, 0, SEAL_BOX, SEAL_BOX, mask="auto")
    canvas.save()
    return out.getvalue()


def _page(size: tuple[float, float], font_dirs: FontDirs) -> tuple[io.BytesIO, Canvas]:
    out = io.BytesIO()
    return out, Canvas(out, pagesize=size, invariant=1, initialFontName=register(font_for("一", "sans", font_dirs)))


def stamp_style(page: bytes) -> StaticStampStyle:
    """pyHanko's style that draws a one-page PDF over the whole box."""
    fill = SimpleBoxLayoutRule(AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, Margins(0, 0, 0, 0))
    return StaticStampStyle(background=_Page(page), background_layout=fill, background_opacity=1, border_width=0)


class _Page(PdfContent):
    """A page out of bytes, brought into the signed file as a form XObject."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self._page = page

    def render(self) -> bytes:
        writer = self._ensure_writer
        form = writer.import_page_as_xobject(PdfFileReader(io.BytesIO(self._page)), page_ix=0)
        self.resources.xobject["/Stamp"] = form
        left, bottom, right, top = form.get_object()["/BBox"]
        self.box = BoxConstraints(width=right - left, height=top - bottom)
        return b"/Stamp Do"
