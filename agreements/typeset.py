"""Lines of Chinese prose: where they may break (避头尾), and how wide they are.

- no line begins with a closing mark or an iteration mark, none ends with an opening bracket or a currency sign (GB/T 15834, 5.1);
- ——, ……, whole dates, Latin words and figures stay together, unless they alone are wider than the line;
- blanks at a break disappear.

Pure: widths come from the `measure` argument.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Measure = Callable[[str], float]

NO_START = frozenset("，。、；：！？）》〉」』】〕］｝”’…—～·％‰℃,.;:!?)]}%々〻ー元角分")
NO_END = frozenset("（《〈「『【〔［｛“‘([{￥¥＄$第")

_ATOM = re.compile(
    r"\d{4}年\d{1,2}月\d{1,2}日"  # a date
    r"|[A-Za-z0-9À-ɏ*](?:[A-Za-z0-9À-ɏ.,:/@_*+-]*[A-Za-z0-9À-ɏ*])?"  # a word, a figure with separators, a masked number
    r"|——|……|[ \u3000]+"
    r"|.",
    re.DOTALL,
)


def units(text: str) -> list[str]:
    """Pieces between which a line may break; joined they give the text."""
    found: list[str] = []
    for atom in _ATOM.findall(text):
        glue = found and (atom[0] in NO_START or found[-1][-1] in NO_END) and not found[-1].isspace()
        if glue:
            found[-1] += atom
        else:
            found.append(atom)
    return found


def break_lines(text: str, measure: Measure, width: float, indent: float = 0.0) -> list[str]:
    """Break one paragraph into lines of at most `width`; the first is shorter by `indent`. Widths in points. At least one line."""
    lines: list[str] = []
    line, room = "", width - indent
    for unit in units(text):
        if not line and lines and unit.isspace():
            continue
        for piece in _fitting(unit, measure, width):
            size = measure(piece)
            if line and measure(line) + size > room + 1e-6:
                lines.append(line.rstrip(" "))
                line, room = "", width
                if piece.isspace():
                    continue
            line += piece
    return [*lines, line.rstrip(" ")] if line or not lines else lines


def _fitting(unit: str, measure: Measure, width: float) -> list[str]:
    """A unit as it is, or in pieces where it alone is wider than a line."""
    if measure(unit) <= width:
        return [unit]
    pieces = [""]
    for character in unit:
        if pieces[-1] and measure(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
