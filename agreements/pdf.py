"""Canonical bytes → the A4 agreement that is signed: the same bytes in, the same file out.

The page follows GB/T 9704 in spirit: wide margins, one serif face, 28 points of leading. Every page carries its number, the SHA-256 of the
canonical text, the fingerprint of the root certificate, and a QR code. The boxes for the signatures come from the laid-out rows, so they
stand wherever the text ends. With `PrintOptions.mark` it is printed for paper and fingerprint: places to sign by hand instead of the boxes, and
codes by which each page is known again when it comes back as a photograph. Top-level `print_agreement` takes and returns plain data: a process pool can run it (0.1 to 1 s of CPU).
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

import msgspec
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from agreements.facts import CaseFacts
from agreements.fonts import FontDirs, width
from agreements.layout import (
    CLOSING,
    CLOSING_PAPER,
    TITLE,
    Block,
    SignatureRow,
    chinese_date,
    outline,
    paper_rows,
    recorded_words,
    signature_rows,
)
from agreements.paper_layout import PaperRow, PaperSeal
from agreements.paper_marks import DIGEST, PageMark
from agreements.printing import INK, PALE, RULE, Foot, Prose, Rule, Style, build, draw_line
from agreements.table_print import table
from evidence.citation import Citation

SEAL_FIELD = "Seal"
PAPER_SEAL_FIELD = "PaperSeal"
"""Of a file whose pages were signed on paper: nobody but the platform and the committee signs it electronically."""
SEAL_FIELDS = (SEAL_FIELD, PAPER_SEAL_FIELD)
MAX_PAGES = 200

SIGN_BOX = (66 * mm, 18 * mm)
SEAL_BOX = 42 * mm


STYLES = {
    "title": Style("serif-bold", 24, 36, align="centre", after=10),
    "number": Style("serif", 12, 20, align="right", after=16),
    "heading": Style("serif-bold", 14.5, 27, before=9, after=1),
    "body": Style("serif", 14, 27, indent=2),
    "item": Style("serif", 14, 27, indent=2),
    "closing": Style("serif", 10.5, 20, align="centre", before=10, after=10),
    "recorded": Style("serif", 9, 15, align="centre"),
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
    """`day` is printed as the date of the agreement (not on paper, where it is written); `anchor` is the root certificate's SHA-256, `stamp_anchor` that of the
    timestamps where it is another, `label` what is said of the authority, `link` goes into the QR code. `recording`: what of it is cited, None where nothing is said of it. `mark`, of whatever page: print for paper."""

    day: date
    font_dirs: FontDirs
    anchor: str = ""
    stamp_anchor: str = ""
    label: str = "非第三方CA"
    link: str = ""
    mark: PageMark | None = None
    recording: Citation | None = None


def print_agreement(canonical: bytes, facts: CaseFacts, options: PrintOptions) -> Printed:
    """Raises `MissingGlyph`, `FontsMissing`, `TooManyPages`."""
    content_hash = hashlib.sha256(canonical).hexdigest()
    boxes: list[Box] = []
    story = _story(json.loads(canonical), facts, options, boxes)
    lines = [f"正文摘要 SHA-256  {content_hash}"]
    if options.anchor:
        lines.append(f"根证书指纹{f'（{options.label}）' if options.label else ''}  {options.anchor}")
    if options.stamp_anchor:
        lines.append(f"时间戳根证书指纹  {options.stamp_anchor}")
    mark = options.mark and msgspec.structs.replace(options.mark, digest=content_hash[:DIGEST])
    foot = Foot(lines, options.link or f"SHA-256:{content_hash}", mark)
    cited = options.recording.keyword if options.recording else ""
    pdf, pages = build(story, foot, options.font_dirs, f"{TITLE} {facts.number}", facts.committee, f"SHA-256 {content_hash}", cited)
    if pages > MAX_PAGES:
        raise TooManyPages(f"the agreement has {pages} pages, at most {MAX_PAGES}: shorten it")
    return Printed(pdf, pages, content_hash, tuple(boxes))


def _story(content: dict[str, Any], facts: CaseFacts, options: PrintOptions, boxes: list[Box]) -> list[Flowable]:
    story: list[Flowable] = []
    for block in outline(content, facts):
        if block.rows:
            story += [Spacer(0, 6), table(block.rows, options.font_dirs), Spacer(0, 8)]
            continue
        style = STYLES[block.style]
        if block.style == "heading":
            story.append(CondPageBreak(style.before + style.leading + 2 * STYLES["body"].leading))
        story += [Spacer(0, style.before), Prose(block, style, options.font_dirs), Spacer(0, style.after)]
        if block.style == "title":
            story.append(Rule(28 * mm))
    if options.mark is not None:
        return [*story, *_signed_by_hand(facts, options)]
    rows = signature_rows(facts)
    closing = _closing(CLOSING, options)
    story.append(KeepTogether([*closing, SignBox(rows[0], boxes, options.font_dirs)]))
    story += [SignBox(row, boxes, options.font_dirs) for row in rows[1:-1]]
    story.append(KeepTogether([SignBox(rows[-1], boxes, options.font_dirs), SealBox(facts.committee, options, boxes)]))
    return story


def _signed_by_hand(facts: CaseFacts, options: PrintOptions) -> list[Flowable]:
    fonts = options.font_dirs
    closing = _closing(CLOSING_PAPER, options)
    rows: list[Flowable] = [PaperRow(row, fonts, finger=finger) for row, finger in paper_rows(facts)]
    return [KeepTogether([*closing, rows[0]]), *rows[1:-1], KeepTogether([rows[-1], PaperSeal(facts.committee, fonts)])]


def _closing(text: str, options: PrintOptions) -> list[Flowable]:
    """What the recording hashes to, where that is said, and that the text ends here."""
    fonts, said = options.font_dirs, list[Flowable]()
    if options.recording:
        words, *digest = f"录音录像：{recorded_words(options.recording)}".rsplit(" ", 1)
        # The hash has a line to itself, to be read and compared.
        said = [Prose(Block("recorded", line), STYLES["recorded"], fonts) for line in (words, *digest)]
    closing = Prose(Block("closing", text), STYLES["closing"], fonts)
    return [Spacer(0, 10), *said, *([Spacer(0, 4)] if said else []), closing, Spacer(0, 4)]


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
        draw_line(self.canv, 0, floor + 9 * mm, self.row.label, "serif", 14, self.font_dirs)
        self.canv.setFillColorRGB(*PALE)
        self._name(floor, x - 3 * mm)
        self.canv.setStrokeColorRGB(*RULE)
        self.canv.setLineWidth(0.6)
        self.canv.line(x, floor, self.width, floor)
        left, bottom = self.canv.absolutePosition(x, floor + 1)
        page = self.canv.getPageNumber() - 1
        self.boxes.append(Box(self.row.field, page, (left, bottom, left + SIGN_BOX[0], bottom + SIGN_BOX[1])))

    def _name(self, floor: float, room: float) -> None:
        """In one line, or where it would run under the signature, what stands in brackets below it, as small as it must be."""
        name, fonts = self.row.name, self.font_dirs
        if width(name, "serif", 11, fonts) <= room:
            draw_line(self.canv, 0, floor + 2.5 * mm, name, "serif", 11, fonts)
            return
        own, bracket, principal = name.partition("（")
        for line, height in ((own, 4 * mm), (bracket + principal, -0.5 * mm)):
            size = min(10.0, 10.0 * room / max(1.0, width(line, "serif", 10, fonts)))
            draw_line(self.canv, 0, floor + height, line, "serif", size, fonts)


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
        draw_line(self.canv, 0, SEAL_BOX - 8 * mm, "人民调解委员会（盖章）", "serif", 14, fonts)
        self.canv.setFillColorRGB(*PALE)
        draw_line(self.canv, 0, SEAL_BOX - 14.5 * mm, self.committee, "serif", 11, fonts)
        self.canv.setFillColorRGB(*INK)
        day = chinese_date(self.options.day)
        x = self.width - SIGN_BOX[0] / 2
        draw_line(self.canv, x - width(day, "serif", 14, fonts) / 2, 3.5 * mm, day, "serif", 14, fonts)
        left, bottom = self.canv.absolutePosition(x - SEAL_BOX / 2, 2 * mm)
        page = self.canv.getPageNumber() - 1
        self.boxes.append(Box(SEAL_FIELD, page, (left, bottom, left + SEAL_BOX, bottom + SEAL_BOX)))
