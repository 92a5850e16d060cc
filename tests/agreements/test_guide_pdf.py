"""The guide is one page, says everything, and its QR code leads to the committee's page."""

from __future__ import annotations

import io

import pypdf
import pytest

from agreements.guide_pdf import FOR_WHOM, GuideFacts, print_guide
from evidence.profiles import PROFILES
from tests.agreements.conftest import fonts_or_skip


def facts(**more: str) -> GuideFacts:
    given = {
        "number": "安和人调字〔2026〕第00001号",
        "committee": "安和县人民调解委员会",
        "profile": "full",
        "page": "https://heyi.example/verify",
        **more,
    }
    return GuideFacts(**given)


@pytest.mark.parametrize("profile", PROFILES)
def test_it_is_one_page_for_every_profile(profile: str) -> None:
    pdf = print_guide(facts(profile=profile, committee="某某市某某区某某街道人民调解委员会" * 2), fonts_or_skip())
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    text = "".join(page.extract_text() for page in pages).replace("\n", "")
    assert len(pages) == 1
    assert FOR_WHOM[profile][:8] in text and "verify.html" in text and "不要从本包取得" in text and "https://heyi.example/verify" in text


def test_equal_facts_give_equal_bytes() -> None:
    assert print_guide(facts(), fonts_or_skip()) == print_guide(facts(), fonts_or_skip())


def test_every_profile_is_told() -> None:
    assert set(FOR_WHOM) == set(PROFILES)
