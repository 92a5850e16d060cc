"""Photographs in a paper file: two to a page, made smaller, each with its line; and what is left out is counted."""

from __future__ import annotations

import io

import pypdf
import pytest

from agreements.file_photos import EDGE, Photograph, print_photographs
from agreements.fonts import FontDirs
from tests.agreements.filed import jpeg, said


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (2, 1), (3, 2)])
def test_two_to_a_page(count: int, pages: int, fonts: FontDirs) -> None:
    pdf = print_photographs("人民调解证据材料", [Photograph(jpeg((2000, 1500 - n)), f"𠮷某提交的第{n}张") for n in range(count)], 0, fonts)
    read = pypdf.PdfReader(io.BytesIO(pdf))
    assert len(read.pages) == pages and sum(len(page.images) for page in read.pages) == count
    assert all(max(image.image.size) <= EDGE for page in read.pages for image in page.images if image.image)
    text = said(pdf)
    assert all(f"照片 {n + 1}　𠮷某提交的第{n}张" in text for n in range(count)) and "未印入" not in text


def test_what_is_left_out_is_said(fonts: FontDirs) -> None:
    assert "另有 7 张照片未印入本卷" in said(print_photographs("履行凭证", [Photograph(jpeg((90, 60)), "收条")], 7, fonts))
