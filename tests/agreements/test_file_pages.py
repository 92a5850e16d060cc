"""The whole file: its order, numbers that are those of the pages, outline, what is missing, signatures that are seen and the signed original that comes along; its limits."""

from __future__ import annotations

import hashlib
import io
import pickle
import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pypdf
import pytest
from PIL import Image, ImageChops

from agreements import file_pages
from agreements.authority import EmbeddedAuthority, one_time_credential
from agreements.file_forms import print_form
from agreements.file_pages import Assembled, FileTooLarge, Part, assemble, join, print_catalogue
from agreements.fonts import FontDirs
from agreements.pages import render_page
from agreements.pdf import PrintOptions, print_agreement
from agreements.schema import canonical
from agreements.signing import certify, sign
from agreements.strokes import draw_strokes
from cases.filing import NAMES, Doc
from evidence.manifest import signers_of
from tests.agreements.filed import filed

from .conftest import handwriting

NOW = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)
LONG = {"investigation": {"notes": "问：看见了吗？\n答：看见了。" * 300}}


@pytest.fixture
def signed(tmp_path: Path, live: Any, facts: Any, fonts: FontDirs) -> bytes:
    """Signed by one party."""
    authority = EmbeddedAuthority(tmp_path / "ca", NOW)
    printed = print_agreement(canonical(live.content()), facts, PrintOptions(date(2026, 11, 23), fonts))
    frozen = certify(printed.pdf, printed.boxes, authority.platform(), authority.trust(NOW), authority.timestamper(), NOW)
    credential = one_time_credential(authority, "李某", "申请人", NOW)
    return sign(frozen, "Party1", draw_strokes(handwriting()), credential, authority.trust(NOW), authority.timestamper(), NOW, fonts)


def made(fonts: FontDirs, agreement: bytes = b"") -> Assembled:
    known = filed(filled=LONG)
    names = {1: "application", 2: "rights", 3: "identity", 5: "investigation", 12: "statement"}
    parts = [Part(n, [print_form(name, known, fonts)]) for n, name in names.items()]
    if agreement:
        parts.insert(4, Part(8, [agreement], agreement, "人民调解协议书.pdf"))
    return assemble(print_form("cover", known, fonts), parts, known, fonts)


@pytest.mark.parametrize("together", [2, 25])
def test_numbers_in_the_catalogue_are_those_of_the_pages(together: int, monkeypatch: pytest.MonkeyPatch, fonts: FontDirs) -> None:
    """Also where an item is numbered in several pieces."""
    monkeypatch.setattr(file_pages, "TOGETHER", together)
    whole = made(fonts)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(whole.pdf)).pages]
    assert len(pages) == whole.pages
    numbered = {index: int(found[1]) for index, text in enumerate(pages) if (found := re.search(r"(?:^|\n)(\d+)$", text.strip()))}
    front = min(numbered)
    assert front == 2 and sorted(numbered) == list(range(front, len(pages) - 1)), "neither cover, catalogue nor back cover has one"
    assert [numbered[index] for index in sorted(numbered)] == list(range(1, len(numbered) + 1))
    titles = {1: "人民调解申请书", 2: "人民调解当事人权利义务告知书", 3: "当事人身份证明", 5: "人民调解调查记录", 12: "卷宗情况说明"}
    assert whole.spans.keys() == titles.keys()
    catalogue = re.sub(r"\s", "", pages[1])
    for n, (first, last) in whole.spans.items():
        assert titles[n] in pages[front + first - 1]
        said = str(first) if first == last else f"{first}–{last}"
        assert f"{n}{NAMES[list(Doc)[n - 1]]}{said}在卷" in catalogue, (n, said)
    assert whole.spans[5][1] > whole.spans[5][0]
    assert f"共{len(numbered)}页" in re.sub(r"\s", "", pages[-1])
    spans = sorted(whole.spans.values())
    assert [first for first, _ in spans[1:]] == [last + 1 for _, last in spans[:-1]], "without a gap"


def test_what_is_missing_is_named_in_the_catalogue(fonts: FontDirs) -> None:
    page = re.sub(r"\s", "", pypdf.PdfReader(io.BytesIO(made(fonts).pdf)).pages[1].extract_text())
    assert "必须归卷而缺少的材料：人民调解记录。" in page and "缺必须，原因7" in page and "缺原因10" in page
    assert "必须归卷的材料齐全" not in page


@pytest.mark.parametrize(("words", "sheets"), [(25, 1), (120, 3)])
def test_the_catalogue_stands_on_one_page_or_has_its_head_on_each(words: int, sheets: int, fonts: FontDirs) -> None:
    known = filed()
    items = [msgspec.structs.replace(item, state="缺", reason="本件没有这一项材料的缘由说明" * 20) for item in known.items]
    items = [msgspec.structs.replace(item, reason=item.reason[:words]) for item in items]
    pages = pypdf.PdfReader(io.BytesIO(print_catalogue(msgspec.structs.replace(known, items=items), {}, fonts))).pages
    assert len(pages) == sheets
    assert all("材料名称" in page.extract_text() for page in pages)


def test_the_outline_leads_to_each_item(fonts: FontDirs) -> None:
    whole = made(fonts)
    read = pypdf.PdfReader(io.BytesIO(whole.pdf))
    found = {str(one.title): read.get_destination_page_number(one) for one in read.outline}  # type: ignore[union-attr]
    assert list(found) == ["封面", "卷内目录", *(title for title in found if title[0].isdigit()), "封底"]
    assert found["5　人民调解调查记录"] == 1 + whole.spans[5][0] and found["封底"] == whole.pages - 1


def test_what_was_signed_is_seen_and_comes_along_whole(signed: bytes, fonts: FontDirs) -> None:
    whole = made(fonts, signed)
    read = pypdf.PdfReader(io.BytesIO(whole.pdf))
    first, last = whole.spans[8]
    assert last - first + 1 == len(pypdf.PdfReader(io.BytesIO(signed)).pages)
    told = read.pages[1 + first].extract_text().replace("\n", "")
    assert hashlib.sha256(signed).hexdigest() in told and "签名在电子原件中有效" in told
    assert not any(hashlib.sha256(signed).hexdigest() in page.extract_text() for page in read.pages[1 + first + 1 : 1 + last])
    (enclosed,) = read.attachment_list
    assert enclosed.content == signed and enclosed.name == "signed-08.pdf"
    assert [signer.role for signer in signers_of(enclosed.content)] == [signer.role for signer in signers_of(signed)]
    assert len(signers_of(signed)) == 2, "the platform's and a party's"
    for page in range(last - first + 1):
        theirs, ours = (
            Image.open(io.BytesIO(render_page(pdf, index, 620))).convert("L")
            for pdf, index in ((signed, page), (whole.pdf, 1 + first + page))
        )
        # Without the strip at the top, where number and note are.
        below = (0, 50, *theirs.size)
        differing = ImageChops.difference(theirs.crop(below), ours.crop(below)).point(lambda value: 255 if value > 60 else 0)
        assert not differing.getbbox(), f"page {page + 1} looks otherwise"


def test_the_signature_would_be_missed(signed: bytes, fonts: FontDirs) -> None:
    """The comparison above sees handwriting: the page is another one without it."""
    whole = made(fonts, signed)
    bare = pypdf.PdfWriter(clone_from=io.BytesIO(signed))
    for page in bare.pages:
        page.pop("/Annots", None)
    out = io.BytesIO()
    bare.write(out)
    last = len(bare.pages) - 1
    with_it, without = (
        Image.open(io.BytesIO(render_page(pdf, index, 620))).convert("L")
        for pdf, index in ((whole.pdf, 1 + whole.spans[8][1]), (out.getvalue(), last))
    )
    assert ImageChops.difference(with_it, without).point(lambda value: 255 if value > 60 else 0).crop((0, 50, *without.size)).getbbox()


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed")
def test_another_program_reads_it(tmp_path: Path, signed: bytes, fonts: FontDirs) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(made(fonts, signed).pdf)
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True, text=True).stdout
    pages = [re.sub(r"\s", "", page) for page in text.split("\f")]
    assert "李某、𠮷某邻里纠纷" in pages[0] and pages[1].startswith("卷内目录") and pages[2].startswith("1人民调解申请书")
    if shutil.which("pdfinfo"):
        told = subprocess.run(["pdfinfo", path], capture_output=True, check=True, text=True)
        assert "A4" in told.stdout and not told.stderr


def test_limits(monkeypatch: pytest.MonkeyPatch, fonts: FontDirs) -> None:
    monkeypatch.setattr(file_pages, "PAGES", 5)
    with pytest.raises(FileTooLarge, match="5 pages") as found:
        made(fonts)
    assert (found.value.what, found.value.limit) == ("pages", 5)
    assert pickle.loads(pickle.dumps(found.value)).what == "pages"
    monkeypatch.undo()
    monkeypatch.setattr(file_pages, "BYTES", 1000)
    with pytest.raises(FileTooLarge, match="bytes"):
        made(fonts)


def test_files_of_one_item_as_one(fonts: FontDirs) -> None:
    forms = [print_form(name, filed(), fonts) for name in ("receipts", "identity")]
    assert [page.extract_text()[:6] for page in pypdf.PdfReader(io.BytesIO(join(forms))).pages] == ["履行情况登记", "当事人身份证"]
