"""Every character is drawn, or named together with the package that draws it."""

import pytest
from reportlab.pdfbase import ttfonts

from agreements.fonts import FACES, FontsMissing, MissingGlyph, check_glyphs, find_font, font_for, font_runs, package_of, width


def test_rare_names_fall_back(fonts):
    check_glyphs("李某\n赵某（壹仟捌佰元整）", fonts)
    if not find_font("HanaMinA.ttf", fonts):
        pytest.skip("fonts-hanazono is not installed")
    check_glyphs("𠮷田㛃、䶮某", fonts)
    assert len({name for name, _ in font_runs("田𠮷", "serif", fonts)}) == 2


@pytest.mark.parametrize(("character", "package"), [("𠮷", "fonts-hanazono"), ("𰻝", "fonts-babelstone-han"), ("𓀀", "")])
def test_packages(character, package):
    assert package_of(character) == package


def test_what_no_font_draws_is_named(fonts):
    with pytest.raises(MissingGlyph) as error:
        check_glyphs("李𓀀", fonts)
    assert (error.value.character, error.value.code_point, error.value.code) == ("𓀀", "U+13000", "missing_glyph")
    with pytest.raises(MissingGlyph) as error:
        check_glyphs("𠮷", tuple(path for path in fonts if "hanazono" not in path))
    assert "fonts-hanazono" in str(error.value)


def test_no_fonts_at_all(tmp_path):
    with pytest.raises(FontsMissing):
        font_for("一", "serif", (str(tmp_path),))


def test_widths(fonts):
    assert width("调解", "serif", 14, fonts) == pytest.approx(28)
    assert set(FACES) == {"serif", "serif-bold", "sans"}


def test_reportlab_still_has_what_is_corrected(fonts):
    font_runs("一", "serif", fonts)
    text = ttfonts.makeToUnicodeCMap("F", [0x20, 0x20BB7])
    assert "<01> <D842DFB7>" in text
    assert "<00> <0020>" in text
