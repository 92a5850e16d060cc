"""Pictures of a PDF's pages, drawn on the server: every phone shows them, and what was seen is what was signed.

CPU-heavy (about 50 ms a page): top-level, bytes in and bytes out, for a process pool.
"""

from __future__ import annotations

import io

import pypdfium2

MAX_WIDTH = 2480
"""Pixels: A4 at 300 dpi."""


class PageError(ValueError):
    """`code` is `no_such_page`, `bad_width` or `not_a_pdf`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[PageError], tuple[str, str]]:
        return PageError, (self.code, str(self))  # whole out of a process pool


def page_count(pdf: bytes) -> int:
    with _open(pdf) as document:
        return len(document)


def render_page(pdf: bytes, page: int, width: int = 1240) -> bytes:
    """PNG of one page (counted from 0), `width` pixels wide, signatures and seal drawn in. Raises `PageError`."""
    if not 100 <= width <= MAX_WIDTH:
        raise PageError("bad_width", f"a page is drawn 100 to {MAX_WIDTH} pixels wide, not {width}")
    with _open(pdf) as document:
        if not 0 <= page < len(document):
            raise PageError("no_such_page", f"there is no page {page + 1}: the document has {len(document)}")
        document.init_forms()
        leaf = document[page]
        picture = leaf.render(scale=width / leaf.get_width()).to_pil()
        out = io.BytesIO()
        picture.save(out, "PNG", optimize=False, compress_level=6)
        return out.getvalue()


def _open(pdf: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise PageError("not_a_pdf", f"the file cannot be read as PDF: {error}") from error
