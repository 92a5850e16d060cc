"""The guide is one page, says everything, and its QR code leads to the committee's page."""

from __future__ import annotations

import io

import pypdf
import pytest

from agreements.guide_pdf import GuideFacts, print_guide
from evidence.guide import FOR_WHOM, Inside, contents_told, guide_text
from evidence.profiles import PROFILES
from tests.agreements.conftest import fonts_or_skip


def facts(inside: Inside = Inside(), **more: str) -> GuideFacts:
    given = {"number": "安和人调字〔2026〕第00001号", "committee": "安和县人民调解委员会", "page": "https://heyi.example/verify", **more}
    return GuideFacts(inside=inside, **given)


ALL = {name: True for name in Inside.__struct_fields__ if name != "profile"}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("held", [{}, ALL])
def test_it_is_one_page_and_says_what_the_text_says(profile: str, held: dict[str, bool]) -> None:
    inside = Inside(profile=profile, **held)
    pdf = print_guide(facts(inside, committee="某某市某某区某某街道人民调解委员会" * 2), fonts_or_skip())
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    text = "".join(page.extract_text() for page in pages).replace("\n", "")
    assert len(pages) == 1
    assert "verify.html" in text and "不要从本包取得" in text and "https://heyi.example/verify" in text
    assert FOR_WHOM[profile][0][:8] in text and contents_told(inside) in guide_text(inside)
    assert ("recordings 录音录像" in text, "record 笔录" in text) == (bool(held), bool(held)), (
        "it says where things are, of those that are there"
    )
    assert ("协议书每页页脚" in text) is bool(held), "where the fingerprint is, there being an agreement"
    assert "不要解压后重新打包" in text, "whoever zips it anew breaks it"


def test_equal_facts_give_equal_bytes() -> None:
    assert print_guide(facts(), fonts_or_skip()) == print_guide(facts(), fonts_or_skip())


def test_every_profile_is_told() -> None:
    assert set(FOR_WHOM) == set(PROFILES)
