"""The whole paper file (卷宗) as one PDF: cover, catalogue (卷内目录), every item in order, back cover.

Pages are numbered through from the first item on, in Arabic figures at the upper right corner; cover, catalogue and back cover have none, as in the courts'
filing rules (人民法院诉讼文书立卷归档办法). The outline names the items, and what was signed electronically comes along as an embedded file: its pages here show the signatures
and prove nothing, which the first of them says. Top-level `assemble` takes and returns plain data: a process pool can run it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pypdfium2
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.embed import EmbeddedFileObject, FileSpec, embed_file
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Spacer

from agreements.file_facts import FileFacts
from agreements.file_forms import print_form
from agreements.fonts import FontDirs, font_for, register, width
from agreements.form_table import SMALL, Cell, Row, form, table
from agreements.layout import Block
from agreements.printing import INK, PALE, Prose, Style, draw_line
from agreements.record_pdf import printable

PAGES, BYTES = 600, 80 * 1024 * 1024
"""Of a file: what a printing office binds into one volume, and what a browser is handed at once."""
TOGETHER = 25
"""Pages that are numbered in one document: with each page pdfium looks through all of them."""
CATALOGUE = "卷内目录"


class FileTooLarge(ValueError):
    """`pages` or `bytes` of it are more than `limit`."""

    code = "file_too_large"

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"the paper file has more than {limit} {what}")
        self.what, self.limit = what, limit

    def __reduce__(self) -> tuple[type[FileTooLarge], tuple[str, int]]:
        return FileTooLarge, (self.what, self.limit)  # whole out of a process pool


class Part(msgspec.Struct, frozen=True):
    """What is printed of item `n`: several files one behind the other. `signed`: a file whose signatures hold in itself alone, under the name that it is embedded by."""

    n: int
    files: list[bytes]
    signed: bytes = b""
    signed_name: str = ""


class Assembled(msgspec.Struct, frozen=True):
    """`spans`: item → its first and last number. `pages`: of the whole, with those that have no number."""

    pdf: bytes
    pages: int
    spans: dict[int, tuple[int, int]]


def assemble(cover: bytes, parts: Sequence[Part], facts: FileFacts, font_dirs: FontDirs) -> Assembled:
    """With its back cover, which says how many pages are numbered, where no paper comes to them. Raises `FileTooLarge`, `FontsMissing`."""
    if sum(len(data) for part in parts for data in [*part.files, part.signed]) > BYTES:
        raise FileTooLarge("bytes", BYTES)
    spans: dict[int, tuple[int, int]] = {}
    notes: dict[int, tuple[str, str]] = {}
    number = 0
    for part in parts:
        first, number = number + 1, number + sum(_pages(data) for data in part.files)
        if number >= first:
            spans[part.n] = (first, number)
            if part.signed:
                digest = hashlib.sha256(part.signed).hexdigest()
                notes[first] = ("本页起为电子签名文件的纸面呈现，签名在电子原件中有效；原件见本卷附件和证据包", f"原件 SHA-256  {digest}")
    if number > PAGES:
        raise FileTooLarge("pages", PAGES)
    catalogue = print_catalogue(facts, spans, font_dirs)
    by_paper = any(item.enclosed for item in facts.items)
    back = print_form("back", msgspec.structs.replace(facts, pages=0 if by_paper else number), font_dirs)
    front = _pages(cover) + _pages(catalogue)
    files = [cover, catalogue, *(data for part in parts for data in part.files), back]
    joined = _joined(files, front, _numbers(number, notes, font_dirs) if number else b"")
    starts = [("封面", 0), (CATALOGUE, _pages(cover))]
    starts += [(f"{part.n}　{_name(facts, part.n)}", front + spans[part.n][0] - 1) for part in parts if part.n in spans]
    starts.append(("封底", front + number))
    pdf = _finished(joined, starts, [part for part in parts if part.signed], facts)
    if len(pdf) > BYTES:
        raise FileTooLarge("bytes", BYTES)
    return Assembled(pdf, front + number + _pages(back), spans)


def print_catalogue(facts: FileFacts, spans: dict[int, tuple[int, int]], font_dirs: FontDirs) -> bytes:
    """卷内目录: every item with its pages from–to; what is missing is named, what does not apply says why."""
    story: list[Flowable] = [Prose(Block("title", CATALOGUE), Style("serif-bold", 20, 34, align="centre"), font_dirs)]
    story.append(Prose(Block("number", printable(f"卷号：{facts.number}", font_dirs)), Style("serif", 11, 24, align="right"), font_dirs))
    missing = [item.name for item in facts.items if item.required and item.state == "缺"]
    line = f"必须归卷而缺少的材料：{'、'.join(missing)}。" if missing else "必须归卷的材料齐全。"
    # Above the table, where it is read first and begins no page of its own.
    story += [Prose(Block("body", line), Style("serif", 12, 22), font_dirs), Spacer(0, 8)]
    shares = (1.1, 4.3, 1.6, 1.4, 5.2)
    heads = ("序号", "材料名称", "页次", "状态", "说明")
    rows: list[Row] = []
    for item in facts.items:
        span = spans.get(item.n)
        pages = "" if span is None else str(span[0]) if span[0] == span[1] else f"{span[0]}–{span[1]}"
        told = f"{'必须，' if item.required and item.state == '缺' else ''}{item.enclosed or item.reason}"
        values = (str(item.n), item.name, pages, item.state, told)
        rows.append(Row([Cell(text, share) for text, share in zip(values, shares, strict=True)], font_dirs, 9 * mm, of=SMALL))
    head = Row([Cell(text, share, label=True) for text, share in zip(heads, shares, strict=True)], font_dirs, 9 * mm, of=SMALL)
    return form(table(story, head, rows), font_dirs, f"{CATALOGUE} {facts.number}", facts.committee)


def join(files: Sequence[bytes]) -> bytes:
    """Several files of one item as one, without numbers."""
    return _joined(files, 0, b"")


def _name(facts: FileFacts, n: int) -> str:
    return next(item.name for item in facts.items if item.n == n)


def _pages(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def _numbers(count: int, notes: dict[int, tuple[str, str]], font_dirs: FontDirs) -> bytes:
    """What is laid over the numbered pages: the figure at the corner, and a note on the first page of what was signed elsewhere."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, initialFontName=register(font_for("一", "sans", font_dirs)))
    for number in range(1, count + 1):
        canvas.setFillColorRGB(*INK)
        said = str(number)
        draw_line(canvas, A4[0] - 14 * mm - width(said, "sans", 11, font_dirs), A4[1] - 13 * mm, said, "sans", 11, font_dirs)
        canvas.setFillColorRGB(*PALE)
        for index, line in enumerate(notes.get(number, ())):
            draw_line(canvas, 14 * mm, A4[1] - (10 + 3.4 * index) * mm, line, "sans", 7, font_dirs)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _joined(files: Sequence[bytes], front: int, numbers: bytes) -> bytes:
    """Pages as they look, signatures and seals drawn in, one behind the other. `front`: pages before the first that is numbered."""
    whole, over = pypdfium2.PdfDocument.new(), pypdfium2.PdfDocument(numbers) if numbers else None
    for data in files:
        with _flat(data) as flat:
            for first in range(0, len(flat), TOGETHER):
                with pypdfium2.PdfDocument.new() as some:
                    some.import_pages(flat, list(range(first, min(first + TOGETHER, len(flat)))))
                    _number(some, over, len(whole) - front)
                    whole.import_pages(some)
    out = io.BytesIO()
    whole.save(out)
    if over is not None:
        over.close()
    whole.close()
    return out.getvalue()


def _number(pages: pypdfium2.PdfDocument, over: pypdfium2.PdfDocument | None, before: int) -> None:
    """Lay over each page what belongs to it; `before`: how many numbered pages there were. None below 1, none after the last."""
    for index in range(len(pages)):
        if over is None or not 0 <= before + index < len(over):
            continue
        page = pages[index]
        page.insert_obj(over.page_as_xobject(before + index, pages).as_pageobject())
        page.gen_content()
        page.close()


def _flat(data: bytes) -> pypdfium2.PdfDocument:
    """A signature is a field with a picture of its own, which no page takes along: it becomes a part of the page."""
    document = pypdfium2.PdfDocument(data)
    if document.get_formtype() == pypdfium2.raw.FORMTYPE_NONE:
        return document
    document.init_forms()
    for index in range(len(document)):
        page = document[index]
        page.flatten()
        page.close()
    out = io.BytesIO()
    document.save(out)
    document.close()
    return pypdfium2.PdfDocument(out.getvalue())


def _finished(pdf: bytes, starts: Sequence[tuple[str, int]], signed: Sequence[Part], facts: FileFacts) -> bytes:
    """With its outline, title and embedded files."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    root = writer.root
    outline = generic.DictionaryObject({pdf_name("/Type"): pdf_name("/Outlines")})
    top = writer.add_object(outline)
    entries = []
    for title, index in starts:
        page = writer.find_page_for_modification(index)[0]
        entry = generic.DictionaryObject(
            {
                pdf_name("/Title"): generic.pdf_string(title),
                pdf_name("/Parent"): top,
                pdf_name("/Dest"): generic.ArrayObject([page, pdf_name("/Fit")]),
            }
        )
        entries.append((entry, writer.add_object(entry)))
    for (before, before_ref), (entry, ref) in pairwise(entries):
        before[pdf_name("/Next")], entry[pdf_name("/Prev")] = ref, before_ref
    outline.update(
        {
            pdf_name("/First"): entries[0][1],
            pdf_name("/Last"): entries[-1][1],
            pdf_name("/Count"): generic.NumberObject(len(entries)),
        }
    )
    root[pdf_name("/Outlines")] = top
    root[pdf_name("/PageMode")] = pdf_name("/UseOutlines")
    root[pdf_name("/Lang")] = generic.pdf_string("zh-CN")
    for part in signed:
        stream = EmbeddedFileObject.from_file_data(writer, part.signed, mime_type="application/pdf")
        name = f"signed-{part.n:02}.pdf"
        embed_file(writer, FileSpec(name, file_name=part.signed_name or name, embedded_data=stream, description="电子签名原件"))
    told = {"/Title": f"人民调解卷宗 {facts.number}", "/Author": facts.committee}
    writer.set_info(generic.DictionaryObject({pdf_name(key): generic.pdf_string(text) for key, text in told.items()}))
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
