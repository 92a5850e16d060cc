"""Where people sign on paper: places for the handwriting, the fingerprint and the date of each signer, and for the committee's seal (人民调解法 29)."""

from __future__ import annotations

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from agreements.fonts import FontDirs, width
from agreements.layout import SignatureRow
from agreements.printing import INK, PALE, RULE, draw_line

ROW = 31 * mm
HAND = (58 * mm, 21 * mm)
FINGER = 24 * mm
SEAL = 44 * mm
DAY = "＿＿＿＿年＿＿月＿＿日"


class PaperRow(Flowable):
    """Label and name on the left, then a line to write on, a square for the fingerprint, and the date below."""

    def __init__(self, row: SignatureRow, font_dirs: FontDirs, *, finger: bool) -> None:
        super().__init__()
        self.row, self.font_dirs, self.finger = row, font_dirs, finger

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        self.width = available
        return available, ROW

    def draw(self) -> None:
        floor = 4 * mm
        self.canv.setFillColorRGB(*INK)
        draw_line(self.canv, 0, floor + 14 * mm, self.row.label, "serif", 13, self.font_dirs)
        self.canv.setFillColorRGB(*PALE)
        draw_line(self.canv, 0, floor + 8 * mm, self.row.name, "serif", 11, self.font_dirs)
        left = self.width - FINGER - 5 * mm - HAND[0]
        self.canv.setStrokeColorRGB(*RULE)
        self.canv.setLineWidth(0.6)
        self.canv.line(left, floor + 6 * mm, left + HAND[0], floor + 6 * mm)
        draw_line(self.canv, left, floor, f"日期：{DAY}", "serif", 10, self.font_dirs)
        if self.finger:
            self._square(self.width - FINGER, floor)

    def _square(self, x: float, y: float) -> None:
        self.canv.setDash(2, 2)
        self.canv.rect(x, y, FINGER, FINGER, stroke=1, fill=0)
        self.canv.setDash()
        self.canv.setFillColorRGB(*PALE)
        draw_line(self.canv, x + 1.5 * mm, y + 1.5 * mm, "右手食指指印", "sans", 6.5, self.font_dirs)


class PaperSeal(Flowable):
    """The committee's name and a ring to put the seal in, with the date."""

    def __init__(self, committee: str, font_dirs: FontDirs) -> None:
        super().__init__()
        self.committee, self.font_dirs = committee, font_dirs

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        self.width = available
        return available, SEAL + 8 * mm

    def draw(self) -> None:
        self.canv.setFillColorRGB(*INK)
        draw_line(self.canv, 0, SEAL - 8 * mm, "人民调解委员会（盖章）", "serif", 13, self.font_dirs)
        self.canv.setFillColorRGB(*PALE)
        draw_line(self.canv, 0, SEAL - 14.5 * mm, self.committee, "serif", 11, self.font_dirs)
        x = self.width - SEAL / 2 - 12 * mm
        self.canv.setStrokeColorRGB(*RULE)
        self.canv.setLineWidth(0.6)
        self.canv.setDash(2, 2)
        self.canv.circle(x, SEAL / 2 + 6 * mm, SEAL / 2, stroke=1, fill=0)
        self.canv.setDash()
        place = "盖章处"
        draw_line(self.canv, x - width(place, "sans", 8, self.font_dirs) / 2, SEAL / 2 + 5 * mm, place, "sans", 8, self.font_dirs)
        draw_line(self.canv, x - width(DAY, "serif", 11, self.font_dirs) / 2, 0.5 * mm, DAY, "serif", 11, self.font_dirs)
