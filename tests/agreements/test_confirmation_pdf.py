"""The joint application: whole, in order, for as many applicants as there are, and open where nothing is known."""

from __future__ import annotations

import io
from datetime import date

import pypdf
import pytest

from agreements.confirmation_pdf import ENCLOSED, Applicant, ApplicationFacts, print_application
from tests.agreements.conftest import fonts_or_skip


@pytest.mark.parametrize("count", [2, 9])
def test_what_it_says(count: int) -> None:
    fonts = fonts_or_skip()
    people = [Applicant(f"当事人{n}", "申请人", "11010519491231002X", "安和县城关镇东街", "13800001234") for n in range(count - 1)]
    facts = ApplicationFacts(
        "安和人调字〔2026〕第00007号", "安和县人民调解委员会", "邻里", "安和县人民法院", [*people, Applicant("𠮷某", "被申请人", acting="孙某（𠮷某的法定代理人）")],
        date(2026, 11, 28), date(2026, 12, 28), "ab" * 32,
    )  # fmt: skip
    pdf = print_application(facts, fonts)
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")
    for said in (
        "司法确认申请书",
        "安和县人民法院",
        "2026年11月28日",
        "至2026年12月28日止",
        "11010519491231002X",
        "13800001234",
        "＿＿＿＿＿＿",
    ):
        assert said in text, said
    assert all(name in text for name, _ in ENCLOSED) and text.count("右手食指指印") == count
    assert "孙某（𠮷某的法定代理人）" in text
    assert pdf == print_application(facts, fonts)
