"""Signed pages as telephones and scanners give them back, and whatever else somebody may send."""

import io
import struct
import zlib
from datetime import date

import msgspec
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from agreements import paper_scan
from agreements.facts import case_facts
from agreements.paper_marks import CORNERS, mark_of, read_mark, square_of
from agreements.paper_scan import LEAF_DOTS, read_upload
from agreements.pdf import PrintOptions, print_agreement
from agreements.schema import canonical, read_document
from agreements.seed import seed
from cases.errors import Invalid
from tests.agreements.conftest import CASE, Client, fonts_or_skip
from tests.agreements.photographed import photograph, printed_pages, signed


@pytest.fixture(scope="module")
def printed():
    client = Client(11, seed(case_facts(CASE)))
    options = PrintOptions(date(2026, 11, 23), fonts_or_skip(), mark=mark_of("HY-7K3M-92QF", 2, 1, 1, ""))
    return print_agreement(canonical(read_document(client.doc)), case_facts(CASE), options)


@pytest.fixture(scope="module")
def document(printed):
    return mark_of("HY-7K3M-92QF", 2, 1, printed.pages, printed.content_hash)


@pytest.fixture(scope="module")
def pages(printed):
    return printed_pages(printed.pdf)


def refused(data, document):
    with pytest.raises(Invalid) as error:
        read_upload(data, document)
    return error.value


def off(leaf):
    """Millimetres by which the codes of a leaf lie elsewhere than on the page, at most; and how many there are."""
    grey = Image.open(io.BytesIO(leaf)).convert("L")
    pixels = memoryview(grey.tobytes()).cast("B", (grey.height, grey.width))
    found = {}
    for code in zxingcpp.read_barcodes(pixels):
        _, corner = read_mark(code.text)
        place = code.position.top_left
        left, top = square_of(corner)[0]
        found[corner] = max(abs(place.x / LEAF_DOTS - left), abs(place.y / LEAF_DOTS - top))
    return max(found.values()), len(found)


def test_a_page_is_printed_with_its_codes_and_places_to_sign(printed, pages):
    assert printed.boxes == (), "nobody signs it electronically"
    assert printed.pages == len(pages) == 2


@pytest.mark.parametrize(
    "way",
    [
        {"turn": 1, "seed": 3, "size": (2400, 3200)},
        {"turn": 2, "slant": 0.14, "fill": 0.78, "seed": 4},
        {"dark": 45, "blur": 1.1, "seed": 5},
        {"size": (1200, 1600), "seed": 6, "blur": 0.5, "quality": 60},
    ],
    ids=["turned", "at an angle", "in the dark", "by an old telephone"],
)
def test_a_photograph_is_laid_flat(pages, document, way):
    found = read_upload(photograph(signed(pages[1]), **way), document)
    (sheet,) = found.sheets
    assert sheet.mark == msgspec.structs.replace(document, page=2)
    assert Image.open(io.BytesIO(sheet.leaf)).size == paper_scan.LEAF
    distance, codes = off(sheet.leaf)
    assert distance < 0.6 and codes == 4
    assert not Image.open(io.BytesIO(sheet.photo)).getexif()


def test_a_code_under_a_seal_is_not_missed(pages, document):
    page = pages[0].copy()
    ImageDraw.Draw(page).ellipse((20, 20, 200, 200), fill=(200, 30, 30))
    assert off(read_upload(photograph(page, seed=2), document).sheets[0].leaf)[0] < 1.0


def test_what_is_not_the_page_is_refused_in_words(pages, document):
    page = pages[0]
    assert refused(photograph(Image.new("RGB", page.size, "white")), document).code == "sheet_no_code"
    half = page.crop((0, 0, page.width, page.height // 2))
    assert refused(photograph(half), document).code == "sheet_cut"
    both = Image.new("RGB", (page.width * 2, page.height))
    both.paste(pages[0], (0, 0))
    both.paste(pages[1], (page.width, 0))
    assert refused(photograph(both, size=(2400, 1700)), document).code == "sheet_several"
    upright = io.BytesIO()
    page.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(upright, "PNG")
    assert refused(upright.getvalue(), document).code in {"sheet_mirrored", "sheet_no_code"}
    small = io.BytesIO()
    lost = Image.new("RGB", (3000, 3000), "white")
    lost.paste(page.resize((620, 877), Image.Resampling.LANCZOS), (900, 900))
    lost.save(small, "PNG")
    assert refused(small.getvalue(), document).code in {"sheet_small", "sheet_no_code", "sheet_cut"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "22222222"}, "sheet_other_case"),
        ({"revision": 3}, "sheet_other_text"),
        ({"digest": "0" * 12}, "sheet_other_text"),
        ({"pages": 5}, "sheet_unknown"),
    ],
)
def test_pages_of_another_document(pages, document, change, code):
    upright = io.BytesIO()
    pages[0].save(upright, "PNG")
    assert refused(upright.getvalue(), msgspec.structs.replace(document, **change)).code == code


def png_of(width, height):
    """The head of a PNG that claims to be so large, with hardly any data."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def test_files_that_are_none(document, pages):
    for data, code in (
        (b"", "paper_empty"),
        (b"\0" * (paper_scan.SIZE_LIMIT + 1), "paper_size"),
        (b"GIF89a" + b"\0" * 40, "paper_not_a_picture"),
        (b"%PDF-1.7\n%%EOF", "paper_not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "paper_not_a_picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 60, "paper_not_a_picture"),
        (png_of(60_000, 60_000), "paper_pixels"),
        (png_of(9_000, 9_000), "paper_pixels"),
        (png_of(500, 500), "paper_not_a_picture"),
    ):
        assert refused(data, document).code == code, (data[:20], code)
    out = io.BytesIO()
    blank = Image.new("RGB", (20, 20))
    blank.save(out, "PDF", save_all=True, append_images=[blank] * paper_scan.SHEET_LIMIT)
    assert refused(out.getvalue(), document).code == "paper_sheets"


def test_a_huge_page_of_a_scan_is_drawn_within_bounds(document):
    out = io.BytesIO()
    Image.new("RGB", (50, 50)).save(out, "PDF", resolution=0.01)
    assert refused(out.getvalue(), document).code == "sheet_no_code"


def test_every_corner_has_a_code(pages):
    grey = pages[0].convert("L")
    pixels = memoryview(grey.tobytes()).cast("B", (grey.height, grey.width))
    assert {read_mark(code.text)[1] for code in zxingcpp.read_barcodes(pixels)} == set(CORNERS)
