"""Rows of a form that is filled in: a label in a column of its own, and beside it a text."""

from __future__ import annotations

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from agreements.fonts import FontDirs, width
from agreements.printing import INK, RULE, draw_line
from agreements.record_pdf import printable
from agreements.typeset import break_lines

LABEL, SIZE, LEADING, PAD = 32 * mm, 11.5, 19.0, 2.4 * mm


class FormRow(Flowable):
    """A row of the form: a label, and beside it a text in as many lines as it needs."""

    def __init__(self, label: str, text: str, font_dirs: FontDirs) -> None:
        super().__init__()
        self.label, self.text, self.fonts = printable(label, font_dirs), printable(text, font_dirs), font_dirs

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        self.width = available
        self.left = self._broken(self.label, "serif-bold", LABEL - 2 * PAD)
        self.lines = self._broken(self.text, "serif", available - LABEL - 2 * PAD)
        self.height = max(len(self.lines), len(self.left)) * LEADING + 2 * PAD
        return available, self.height

    def _broken(self, text: str, face: str, room: float) -> list[str]:
        return break_lines(text, lambda piece: width(piece, face, SIZE, self.fonts), room)

    def draw(self) -> None:
        self.canv.setStrokeColorRGB(*RULE)
        self.canv.setLineWidth(0.6)
        self.canv.rect(0, 0, self.width, self.height)
        self.canv.line(LABEL, 0, LABEL, self.height)
        self.canv.setFillColorRGB(*INK)
        for lines, x, face in ((self.left, PAD, "serif-bold"), (self.lines, LABEL + PAD, "serif")):
            y = self.height - PAD - LEADING + (LEADING - SIZE * 0.72) / 2
            for line in lines:
                draw_line(self.canv, x, y, line, face, SIZE, self.fonts)
                y -= LEADING
