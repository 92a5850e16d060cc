"""Refuses at intake what could not be printed later: a character for which no installed font has a glyph."""

from __future__ import annotations

from agreements.fonts import FontDirs, FontsMissing, MissingGlyph, check_glyphs
from cases.errors import Invalid


class GlyphCheck:
    """`check(field, text)`. Font files are read once, when the first text arrives."""

    def __init__(self, font_dirs: FontDirs) -> None:
        self._font_dirs = font_dirs

    def __call__(self, field: str, text: str) -> None:
        try:
            check_glyphs(text, self._font_dirs)
        except MissingGlyph as error:
            detail = {"character": error.character, "code_point": error.code_point, "package": error.package}
            raise Invalid("missing_glyph", str(error), field=field, **detail) from None
        except FontsMissing:
            # Printing will name the missing package; a report must not be lost for it.
            return

    def problem(self) -> str:
        try:
            check_glyphs("和议", self._font_dirs)
        except FontsMissing as error:
            return str(error)
        return ""
