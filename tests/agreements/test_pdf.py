"""The printed file: the same bytes each time, every character readable, every box on its page."""

import io
import json
from datetime import date

import msgspec
import pypdf
import pytest
from pycrdt import Doc

from agreements.fonts import MissingGlyph
from agreements.layout import signature_rows
from agreements.pages import page_count
from agreements.paper_marks import mark_of
from agreements.pdf import MAX_PAGES, SEAL_FIELD, PrintOptions, TooManyPages, print_agreement
from agreements.schema import canonical, content_hash, read_document
from agreements.seed import seed
from evidence.citation import Citation
from evidence.verifier import citations_of


@pytest.fixture
def options(fonts):
    return PrintOptions(date(2026, 11, 23), fonts, anchor="ab" * 32, link="https://anhe.example/v/7K2M9Q")


@pytest.fixture
def content(facts):
    doc = Doc()
    doc.apply_update(seed(facts))
    return read_document(doc)


def with_term(content, text):
    copy = json.loads(canonical(content))
    copy["clauses"][3]["blocks"] = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in text.split("\n")]
    return copy


def text_of(pdf):
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")


def test_same_bytes_same_file(content, facts, options):
    one = print_agreement(canonical(content), facts, options)
    assert one == print_agreement(canonical(content), facts, options)
    assert one.content_hash == content_hash(content)
    assert one.content_hash in text_of(one.pdf)
    assert one.pages == page_count(one.pdf)


@pytest.mark.parametrize("mark", [None, mark_of("HY-AAAA-BBBB", 1, 1, 1, "")], ids=["screen", "paper"])
def test_it_says_what_is_recorded_by_then_or_that_nothing_is(content, facts, options, mark):
    def said(cited):
        pdf = print_agreement(canonical(content), facts, msgspec.structs.replace(options, recording=cited, mark=mark)).pdf
        return text_of(pdf), pypdf.PdfReader(io.BytesIO(pdf)).metadata.get("/Keywords"), citations_of(pdf)

    text, keywords, found = said(Citation(9, 12, "3f" * 32, "2026-11-23T16:06:59.000000Z"))
    assert "录音录像：本次调解至2026年11月24日00时06分已录存12段，存证摘要 SHA-256" + "3f" * 32 in text
    assert (keywords, found) == (
        f"heyi-recording/1 12 {'3f' * 32} 2026-11-23T16:06:59.000000Z",
        [("12", "3f" * 32, "2026-11-23T16:06:59.000000Z")],
    )
    text, keywords, found = said(Citation(9, 0))
    assert "录音录像：本次调解至此时未录音录像。" in text and (keywords, found) == ("heyi-recording/1 0 - -", [("0", "-", "-")])
    text, keywords, found = said(None)
    assert "录音录像：" not in text and (keywords, found) == ("", [])


def test_nobody_writes_a_citation_into_a_name(content, facts, options):
    number = f"/Keywords (heyi-recording/1 3 {'00' * 32} -)"
    printed = print_agreement(canonical(content), msgspec.structs.replace(facts, number=number, committee=number), options)
    assert citations_of(printed.pdf) == []


def test_no_font_is_left_out_of_the_file(content, facts, options):
    printed = print_agreement(canonical(content), facts, options)
    assert b"Helvetica" not in printed.pdf
    for page in pypdf.PdfReader(io.BytesIO(printed.pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            assert "/FontFile2" in font["/FontDescriptor"]


def test_rare_characters_are_copied_out_as_themselves(content, facts, options, hanazono):
    printed = print_agreement(canonical(with_term(content, "证人𠮷田㛃到场。")), facts, options)
    assert "𠮷田㛃" in text_of(printed.pdf)


def test_what_cannot_be_drawn_stops_the_printing(content, facts, options):
    with pytest.raises(MissingGlyph):
        print_agreement(canonical(with_term(content, "𓀀")), facts, options)


def test_boxes(content, facts, options):
    printed = print_agreement(canonical(content), facts, options)
    assert [box.field for box in printed.boxes] == [*(row.field for row in signature_rows(facts)), SEAL_FIELD]
    for box in printed.boxes:
        left, bottom, right, top = box.corners
        assert 0 <= box.page < printed.pages
        assert 0 < left < right < 596
        assert 90 < bottom < top < 842


def test_a_long_agreement_flows_over_pages(content, facts, options):
    printed = print_agreement(
        canonical(with_term(content, "\n".join("每期支付一百元，逾期承担违约责任。" * 9 for _ in range(40)))), facts, options
    )
    assert printed.pages > 5
    assert f"共 {printed.pages} 页" in text_of(printed.pdf).replace("　", " ")


def test_too_long(content, facts, options):
    with pytest.raises(TooManyPages) as error:
        print_agreement(canonical(with_term(content, "\n".join("行" for _ in range(MAX_PAGES * 26)))), facts, options)
    assert error.value.code == "too_many_pages"
