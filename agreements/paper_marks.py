"""What every page of an agreement on paper carries in its four corners: a QR code that says which page of which document it is.

    HEYI:7K3M92QF:2:13.15:9F3A2B1C4D5E:A     case, revision, page and number of pages, head of the text's SHA-256, corner

Four codes far apart tell how a photograph of the page lies, and that the whole page is on it. Capitals, figures and `:.` only: the alphanumeric
mode of QR keeps the codes small (ISO/IEC 18004, 7.4.4). Pure; lengths in millimetres from the page's upper left.
"""

from __future__ import annotations

import re

import msgspec

PAGE = (210.0, 297.0)
"""A4."""
SIDE, INSET = 12.0, 8.0
"""Of a code; from the edges of the page, which printers leave white for 5 mm or so."""
DIGEST = 12
"""Hexadecimal figures of the text's hash that a code has room for."""
CORNERS = "ABCD"
"""Upper left, upper right, lower right, lower left."""
_FORM = re.compile(
    rf"HEYI:([0-9A-Z]{{1,12}}):([1-9][0-9]{{0,4}}):([1-9][0-9]{{0,2}})\.([1-9][0-9]{{0,2}}):([0-9A-F]{{{DIGEST}}}):([{CORNERS}])"
)

Point = tuple[float, float]


class PageMark(msgspec.Struct, frozen=True):
    """One page: `code` is the case's public code without its hyphens and head, `page` counts from 1, `digest` is the head of the text's SHA-256 in
    lower-case hex."""

    code: str
    revision: int
    page: int
    pages: int
    digest: str

    def text(self, corner: str) -> str:
        return f"HEYI:{self.code}:{self.revision}:{self.page}.{self.pages}:{self.digest.upper()}:{corner}"


def mark_of(code: str, revision: int, page: int, pages: int, content_hash: str) -> PageMark:
    """`code` as the case has it: HY-7K3M-92QF."""
    return PageMark(code.removeprefix("HY-").replace("-", ""), revision, page, pages, content_hash[:DIGEST])


def read_mark(text: str) -> tuple[PageMark, str] | None:
    """(page, corner), or None for any other code that lies in a picture."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    code, revision, page, pages, digest, corner = match.groups()
    return PageMark(code, int(revision), int(page), int(pages), digest.lower()), corner


def square_of(corner: str) -> tuple[Point, Point, Point, Point]:
    """The code's own corners as it is read: upper left, upper right, lower right, lower left."""
    left = INSET if corner in "AD" else PAGE[0] - INSET - SIDE
    top = INSET if corner in "AB" else PAGE[1] - INSET - SIDE
    return (left, top), (left + SIDE, top), (left + SIDE, top + SIDE), (left, top + SIDE)
