"""Signed paper that comes back: a photograph or a scan → its pages, found by their codes and laid flat.

What comes is somebody's file: only JPEG, PNG, WebP and PDF are decoded, whatever its name says, up to `SIZE_LIMIT` bytes, `PIXEL_LIMIT` pixels and
`SHEET_LIMIT` sheets; a PDF is drawn in a process of its own (`agreements/scan_process.py`). The file itself is kept beside as it came. The photograph that is shown and filed is upright and without metadata (EXIF tells
where somebody was); the leaf is the page as the printer made it, at 200 dpi, by the projective map that fits the codes of its corners.

CPU-heavy (about a second a sheet): top-level, bytes in and bytes out, for a process pool. Errors: `Invalid`, code `paper_…` or `sheet_…`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import msgspec
import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError

from agreements import perspective
from agreements.paper_marks import CORNERS, PAGE, SIDE, PageMark, Point, read_mark, square_of
from agreements.scan_process import NO_SCAN, TOO_MANY, ScanError, sheets_of
from cases.errors import Invalid

SIZE_LIMIT = 25 * 1024 * 1024
PIXEL_LIMIT = 60_000_000
SHEET_LIMIT = 60
"""Sheets of one scanned PDF."""
FORMATS = ("JPEG", "PNG", "WEBP")
PHOTO_EDGE = 3000
"""Pixels of the longer side that a photograph is filed with: A4 at 250 dpi."""
SCAN_DPI = 250
LEAF_DOTS = 200 / 25.4
"""Pixels a millimetre."""
LEAF = (round(PAGE[0] * LEAF_DOTS), round(PAGE[1] * LEAF_DOTS))
MIN_DOTS = 3.5
"""Pixels a millimetre that a photograph has at least where it is smallest: below it handwriting is guessed (90 dpi)."""
MAX_BEND = 2.0
"""Millimetres by which a code may lie elsewhere than on a flat page."""
MIN_CORNERS = 3

Found = dict[str, tuple[Point, Point, Point, Point]]
"""Corner → the four corners of its code in the picture."""


class Sheet(msgspec.Struct, frozen=True):
    """One page as it came back. `photo` and `leaf` are JPEG."""

    mark: PageMark
    photo: bytes
    leaf: bytes


class Unread(msgspec.Struct, frozen=True):
    """A sheet of a scan that is none of the pages: its number from 1, and why."""

    sheet: int
    code: str
    message: str


class Upload(msgspec.Struct, frozen=True):
    sheets: list[Sheet]
    unread: list[Unread]


def read_upload(data: bytes, document: PageMark) -> Upload:
    """The pages of `document` (whatever page it names) in a file. A photograph that is none is refused; of a scan those sheets are told that are none, since
    the back of a page is scanned too, and it is refused where no sheet is one."""
    if not data:
        raise Invalid("paper_empty", "The file is empty", field="file")
    if len(data) > SIZE_LIMIT:
        raise Invalid("paper_size", f"A photograph or scan has at most {SIZE_LIMIT // 2**20} MB", field="file", limit=SIZE_LIMIT)
    sheets: list[Sheet] = []
    unread: list[Unread] = []
    refusal: Invalid | None = None
    for number, picture in enumerate(_pictures(data), 1):
        try:
            sheets.append(_read(picture, document))
        except Invalid as error:
            refusal = refusal or error
            unread.append(Unread(number, error.code, error.message))
    if not sheets:
        assert refusal is not None
        raise refusal
    return Upload(sheets, unread)


def _pictures(data: bytes) -> Iterator[Image.Image]:
    if data.startswith(b"%PDF-"):
        yield from _scanned(data)
        return
    try:
        opened = Image.open(io.BytesIO(data), formats=FORMATS)
        if opened.width * opened.height > PIXEL_LIMIT:
            raise _too_many_pixels()
        opened.draft("RGB", (PHOTO_EDGE, PHOTO_EDGE))  # lets JPEG decode at a reduced size
        picture: Image.Image = ImageOps.exif_transpose(opened).convert("RGB")
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise _no_picture() from None
    picture.thumbnail((PHOTO_EDGE, PHOTO_EDGE))
    yield picture


def _scanned(data: bytes) -> Iterator[Image.Image]:
    try:
        yield from sheets_of(data, SHEET_LIMIT, SCAN_DPI, PHOTO_EDGE)
    except ScanError as error:
        if error.status == TOO_MANY:
            raise Invalid("paper_sheets", f"A scan has 1 to {SHEET_LIMIT} sheets", field="file", limit=SHEET_LIMIT) from None
        if error.status == NO_SCAN:
            raise _no_picture() from None
        message = "This scan takes too much memory or time to open; scan the pages anew, or photograph them"
        raise Invalid("paper_heavy", message, field="file") from None


def _no_picture() -> Invalid:
    return Invalid("paper_not_a_picture", "This file is neither a photograph (JPEG, PNG, WebP) nor a scan (PDF)", field="file")


def _too_many_pixels() -> Invalid:
    return Invalid("paper_pixels", f"A photograph has at most {PIXEL_LIMIT // 10**6} megapixels", field="file", limit=PIXEL_LIMIT)


def _read(picture: Image.Image, document: PageMark) -> Sheet:
    marks = _marks(picture)
    if not marks:
        raise Invalid(
            "sheet_no_code",
            "No page of an agreement is seen here: hold the camera still and straight above the page, with its four corners in view",
        )
    if len(marks) > 1:
        raise Invalid("sheet_several", "Several pages are seen here: photograph one page at a time")
    mark, found = next(iter(marks.items()))
    _demand(mark, document)
    view = _view(picture, found)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return Sheet(mark, out.getvalue(), _flat(picture, view))


def _marks(picture: Image.Image) -> dict[PageMark, Found]:
    """Every code of ours: page → its corners. Looked for a second time in a larger and a third time in a smaller picture, where one did not show all:
    the one brings out small codes, the other takes out grain."""
    found: dict[PageMark, Found] = {}
    for scale in (1.0, 1.5, 0.5):
        grey = (
            picture.convert("L")
            if scale == 1
            else picture.convert("L").resize((round(picture.width * scale), round(picture.height * scale)))
        )
        # A view of bytes that are held: the library's own ImageView does not keep them alive.
        pixels = memoryview(grey.tobytes()).cast("B", (grey.height, grey.width))
        for code in zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode), try_invert=False):
            read = read_mark(code.text)
            if read is not None:
                mark, corner = read
                found.setdefault(mark, {}).setdefault(corner, _corners(code.position, scale))
        if any(len(corners) == len(CORNERS) for corners in found.values()):
            break
    return found


def _corners(place: zxingcpp.Position, scale: float) -> tuple[Point, Point, Point, Point]:
    """Of a code, in the picture; the library names the pixel, of which we take the middle."""
    one, two, three, four = (
        ((at.x + 0.5) / scale, (at.y + 0.5) / scale) for at in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    )
    return one, two, three, four


def _demand(mark: PageMark, document: PageMark) -> None:
    """This page, of this document, as it was printed last."""
    if mark.code != document.code:
        raise Invalid("sheet_other_case", "This page belongs to another case", page=mark.page)
    if mark.revision != document.revision or mark.digest != document.digest:
        raise Invalid(
            "sheet_other_text", "This page is of a text that was changed since: print the present one and sign that", page=mark.page,
            revision=mark.revision, present=document.revision,
        )  # fmt: skip
    if mark.pages != document.pages or mark.page > mark.pages:
        raise Invalid("sheet_unknown", "The agreement has no such page", page=mark.page)


def _view(picture: Image.Image, found: Found) -> perspective.Map:
    """From millimetres on the page to pixels of the picture. Raises `Invalid` where the page is not whole, flat and near enough."""
    if len(found) < MIN_CORNERS:
        lacking = [corner for corner in CORNERS if corner not in found]
        raise Invalid("sheet_cut", "The page is not wholly in the picture: all four corners have to be seen", corners=lacking)
    pairs = [pair for corner, seen in found.items() for pair in zip(square_of(corner), seen, strict=True)]
    try:
        view = perspective.fit(pairs)
        corners = [perspective.apply(view, at) for at in ((0.0, 0.0), (PAGE[0], 0.0), PAGE, (0.0, PAGE[1]))]
        smallest = min(_dots(view, corner) for corner in CORNERS)
        bend = perspective.worst(view, pairs) / smallest
        last = [perspective.apply(view, at) for corner in CORNERS if corner not in found for at in square_of(corner)]
    except perspective.NoSuchView:
        raise _bent() from None
    if perspective.turns_over(corners):
        raise Invalid("sheet_mirrored", "The picture is mirrored: photograph the page with the camera at the back of the telephone")
    if bend > MAX_BEND:
        raise _bent()
    if any(not (0 <= x <= picture.width and 0 <= y <= picture.height) for x, y in last):
        raise Invalid(
            "sheet_cut",
            "The page is not wholly in the picture: all four corners have to be seen",
            corners=[c for c in CORNERS if c not in found],
        )
    if smallest < MIN_DOTS:
        raise Invalid("sheet_small", "The page is too small in the picture: go nearer, so that it fills the picture")
    return view


def _dots(view: perspective.Map, corner: str) -> float:
    """Pixels a millimetre at a corner, along the shorter of both directions."""
    square = [perspective.apply(view, at) for at in square_of(corner)]
    side = min(((square[n][0] - square[n - 1][0]) ** 2 + (square[n][1] - square[n - 1][1]) ** 2) ** 0.5 for n in range(4))
    return side / SIDE


def _bent() -> Invalid:
    return Invalid("sheet_bent", "The page does not lie flat: smooth it out on a table and photograph it again")


def _flat(picture: Image.Image, view: perspective.Map) -> bytes:
    """The page seen from straight above. JPEG."""
    a, b, c, d, e, f, g, h = view
    dots = LEAF_DOTS
    # Pillow asks for the place in the picture of the middle of each of the leaf's pixels.
    data = (a / dots, b / dots, c, d / dots, e / dots, f, g / dots, h / dots)
    leaf = picture.transform(LEAF, Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    out = io.BytesIO()
    leaf.save(out, "JPEG", quality=82)
    return out.getvalue()
