"""The papers that somebody takes along from a mediation: right in both ends, on one page, and silent about what was said."""

import io
from datetime import UTC, datetime

import msgspec
import pypdf
import pytest

from agreements.certificate_pdf import CertificateFacts, print_certificate
from tests.agreements.conftest import fonts_or_skip

FACTS = CertificateFacts(
    "安和人调字〔2026〕第00007号", "安和县人民调解委员会", "王某", "邻里", [(f"当事人{n}", "申请人") for n in range(12)],
    datetime(2026, 3, 1, 16, 30, tzinfo=UTC), datetime(2026, 3, 18, 16, 31, tzinfo=UTC),
)  # fmt: skip


@pytest.mark.parametrize(
    ("form", "words"),
    [("", "终止调解"), ("electronic", "电子签名"), ("paper", "签名、捺印"), ("oral", "口头协议")],
)
@pytest.mark.parametrize("rating", ["", f"https://heyi.example.org/rate#{'x' * 70}"])
def test_what_it_says(form, words, rating):
    fonts = fonts_or_skip()
    facts = msgspec.structs.replace(FACTS, form=form, file_hash="ab" * 32 if form else "", rating_link=rating)
    pdf = print_certificate(facts, fonts)
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    text = pages[0].extract_text().replace("\n", "")
    assert len(pages) == 1 and words in text and "2026年3月2日受理" in text and "2026年3月19日" in text
    assert ("仲裁、行政、司法" in text) == (form == "") and ("司法确认" in text) == (form != "")
    assert pdf == print_certificate(facts, fonts)
    assert ("请您评价" in text) == bool(rating)
