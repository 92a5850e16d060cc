"""Fonts of a printed agreement: which file draws which character, and which characters nobody can draw.

Body and headings use Noto Serif SC, small print Noto Sans SC (npm packages `@expo-google-fonts/noto-serif-sc` and `noto-sans-sc`, OFL,
static TrueType: reportlab reads no CFF). Rare characters in names (生僻字) fall back to HanaMin and BabelStone Han where Debian's packages
are installed. A character that no font draws raises `MissingGlyph`: a box in place of a name would be signed and sealed.

`font_dirs` are folders that are searched with everything below them; fonts are registered with reportlab once in a process.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont as FontFile
from reportlab.pdfbase import pdfmetrics, ttfonts

FontDirs = tuple[str, ...]

FACES = {
    "serif": "NotoSerifSC_400Regular.ttf",
    "serif-bold": "NotoSerifSC_700Bold.ttf",
    "sans": "NotoSansSC_400Regular.ttf",
}
FALLBACKS = ("HanaMinA.ttf", "HanaMinB.ttf", "BabelStoneHan.ttf")
NPM_PACKAGE = "@expo-google-fonts/noto-serif-sc"

_HANAZONO = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2EBEF), (0x2F800, 0x2FA1F))
_BABELSTONE = ((0x2EBF0, 0x2F7FF), (0x30000, 0x3347F))


class FontsMissing(RuntimeError):
    """A font file that every agreement needs is not below `font_dirs`."""

    code = "fonts_missing"

    def __init__(self, file: str, font_dirs: FontDirs) -> None:
        super().__init__(f"{file} is not below {', '.join(font_dirs) or 'any font folder'}: install the npm package {NPM_PACKAGE}")
        self.file = file
        self.font_dirs = font_dirs

    def __reduce__(self) -> tuple[type[FontsMissing], tuple[str, FontDirs]]:
        return FontsMissing, (self.file, self.font_dirs)  # whole out of a process pool


class MissingGlyph(ValueError):
    """No font at hand draws `character`; `package` is the Debian package that does, empty where none is known."""

    code = "missing_glyph"

    def __init__(self, character: str) -> None:
        self.character = character
        self.code_point = f"U+{ord(character):04X}"
        self.package = package_of(character)
        remedy = f"install the Debian package {self.package}" if self.package else "no font is known: write it otherwise"
        super().__init__(f"no font draws {character!r} ({self.code_point}): {remedy}")

    def __reduce__(self) -> tuple[type[MissingGlyph], tuple[str]]:
        return MissingGlyph, (self.character,)  # whole out of a process pool


def package_of(character: str) -> str:
    """The Debian package whose font draws a rare Han character; empty for anything else."""
    point = ord(character)
    if any(first <= point <= last for first, last in _HANAZONO):
        return "fonts-hanazono"
    if any(first <= point <= last for first, last in _BABELSTONE):
        return "fonts-babelstone-han"
    return ""


@cache
def find_font(file: str, font_dirs: FontDirs) -> str | None:
    """Path of a font file, the first in the order of `font_dirs`."""
    for folder in font_dirs:
        found = next(Path(folder).rglob(file), None)
        if found:
            return str(found)
    return None


@cache
def _covered(path: str) -> frozenset[int]:
    with FontFile(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def font_for(character: str, face: str, font_dirs: FontDirs) -> str:
    """Path of the font that draws a character in a face. Raises `MissingGlyph`, `FontsMissing`."""
    first = find_font(FACES[face], font_dirs)
    if first is None:
        raise FontsMissing(FACES[face], font_dirs)
    for path in (first, *(find_font(file, font_dirs) for file in FALLBACKS)):
        if path and ord(character) in _covered(path):
            return path
    raise MissingGlyph(character)


def check_glyphs(text: str, font_dirs: FontDirs) -> None:
    """For intake: refuse a text that could not be printed. Line feeds pass. Raises `MissingGlyph`."""
    for character in dict.fromkeys(text):
        if character != "\n":
            for face in FACES:
                font_for(character, face, font_dirs)


@cache
def register(path: str) -> str:
    """Register a font file with reportlab and return its name there."""
    _correct_unicode_maps()
    name = "Heyi" + Path(path).stem.replace("_", "")
    pdfmetrics.registerFont(ttfonts.TTFont(name, path))
    return name


def font_runs(text: str, face: str, font_dirs: FontDirs) -> list[tuple[str, str]]:
    """Split text into (reportlab font name, piece) wherever the font changes."""
    runs: list[tuple[str, str]] = []
    for character in text:
        name = register(font_for(character, face, font_dirs))
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1] + character)
        else:
            runs.append((name, character))
    return runs


@cache
def _advance(character: str, face: str, font_dirs: FontDirs) -> float:
    return float(pdfmetrics.stringWidth(character, register(font_for(character, face, font_dirs)), 1000)) / 1000


def width(text: str, face: str, size: float, font_dirs: FontDirs) -> float:
    """Width in points, without kerning."""
    return size * sum(_advance(character, face, font_dirs) for character in text)


def _to_unicode(font_name: str, code_points: list[int]) -> str:
    """The ToUnicode map with UTF-16 pairs above U+FFFF (PDF 32000-1, 9.10.3).

    reportlab 5.1 writes five hexadecimal digits there, so that 𠮷 is copied out of the file as another character: a wrong name in evidence.
    """
    text = _reportlab_map(font_name, code_points)
    for index, point in enumerate(code_points):
        if point > 0xFFFF:
            pair = chr(point).encode("utf-16-be").hex().upper()
            text = text.replace(f"<{index:02X}> <{point:04X}>", f"<{index:02X}> <{pair}>")
    return text


_reportlab_map = ttfonts.makeToUnicodeCMap


def _correct_unicode_maps() -> None:
    ttfonts.makeToUnicodeCMap = _to_unicode
