"""Scans drawn in a process of its own: what it gives is the pages; what would need gigabytes or hours is refused, and costs this process nothing."""

from __future__ import annotations

import io
import resource
import subprocess
import zlib
from typing import Any

import pypdf
import pytest
from PIL import Image

from agreements import paper_scan, scan_process
from agreements.paper_marks import PageMark
from agreements.scan_process import NO_SCAN, TOO_MANY, ScanError, sheets_of
from cases.errors import Invalid

EDGE = 3000


def scan(*colours: str) -> bytes:
    out = io.BytesIO()
    first, *more = [Image.new("RGB", (600, 850), colour) for colour in colours]
    first.save(out, "PDF", resolution=72, save_all=True, append_images=more)
    return out.getvalue()


def written(*objects: bytes) -> bytes:
    """A PDF of these objects, the first of which is its catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return out + head + b"trailer <</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d %s>>stream\n%s\nendstream" % (len(data), more, data)


def zeros(count: int) -> bytes:
    """So many, deflated twice: a thousandth of a thousandth is left."""
    squeeze, block = zlib.compressobj(9), bytes(1 << 20)
    return zlib.compress(b"".join([squeeze.compress(block) for _ in range(count >> 20)]) + squeeze.flush(), 9)


CATALOGUE, PAGES = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
LEAF = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"


def deflate_bomb() -> bytes:
    """5 KB that stand for more than a GB of drawing."""
    return written(CATALOGUE, PAGES, LEAF, stream(zeros(5 << 28), b"/Filter[/FlateDecode/FlateDecode]"), stream(b""))


def laughs() -> bytes:
    """2 KB that draw a rectangle ten thousand million times."""
    forms = [
        stream(b"/X Do " * 10, b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</X %d 0 R>>>>" % number)
        for number in range(6, 15)
    ]
    return written(
        CATALOGUE, PAGES, LEAF, stream(b"/X Do " * 10), *forms, stream(b"0 0 10 10 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]")
    )


def test_what_it_gives_is_the_pages_in_their_order() -> None:
    drawn = list(sheets_of(scan("red", "lime", "blue"), 60, 144, EDGE))
    middles = [picture.getpixel((300, 300)) for picture in drawn]
    assert [[value > 250 for value in middle] for middle in middles] == [[True, False, False], [False, True, False], [False, False, True]]  # type: ignore[union-attr]
    assert {picture.size for picture in drawn} == {(1200, 1700)}
    assert [picture.size for picture in sheets_of(scan("red"), 60, 600, 500)] == [(353, 500)], "never larger than was asked for"


def test_who_stops_in_the_middle_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[bytes]] = []

    class Kept(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            begun.append(self)

    monkeypatch.setattr(scan_process.subprocess, "Popen", Kept)
    drawn = sheets_of(scan("red", "lime"), 60, 144, EDGE)
    next(drawn)
    drawn.close()  # type: ignore[attr-defined]
    assert [process.returncode is not None for process in begun] == [True]


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"%PDF-1.7\n%%EOF", NO_SCAN), (scan(*["red"] * 4), TOO_MANY), (b"", NO_SCAN)],
)
def test_what_is_none(data: bytes, status: int) -> None:
    with pytest.raises(ScanError) as told:
        list(sheets_of(data, 3, 72, EDGE))
    assert told.value.status == status


def test_one_that_is_locked() -> None:
    out, writer = io.BytesIO(), pypdf.PdfWriter(io.BytesIO(scan("red")))
    writer.encrypt("geheim")
    writer.write(out)
    with pytest.raises(ScanError) as told:
        list(sheets_of(out.getvalue(), 3, 72, EDGE))
    assert told.value.status == NO_SCAN


def test_a_process_that_ends_before_it_has_read_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_process.sys, "executable", "/bin/false")
    with pytest.raises(ScanError):
        list(sheets_of(bytes(4 << 20), 3, 72, EDGE))


@pytest.mark.parametrize("bomb", [deflate_bomb, laughs])
def test_a_bomb_is_refused_and_costs_this_process_nothing(bomb: object) -> None:
    data = bomb()  # type: ignore[operator]
    assert len(data) < 10_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Invalid) as told:
        paper_scan.read_upload(data, PageMark("HY-2222-2222", 1, 1, 1, "0" * 12))
    assert told.value.code == "paper_heavy"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "KB"
