"""Appearances of signatures: own fonts, embedded, copied out as they read."""

import io
from datetime import UTC, datetime

import pypdf

from agreements.pdf import SEAL_BOX, SIGN_BOX
from agreements.seal_image import draw_seal
from agreements.stamp import seal_stamp, signature_stamp
from agreements.strokes import draw_strokes

from .conftest import handwriting

NOW = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)


def test_signature(fonts):
    page = signature_stamp(draw_strokes(handwriting()), "电子签名", NOW, fonts)
    leaf = pypdf.PdfReader(io.BytesIO(page)).pages[0]
    assert "电子签名" in leaf.extract_text()
    assert "2026-11-23 16:20:00" in leaf.extract_text()
    assert (round(float(leaf.mediabox.width)), round(float(leaf.mediabox.height))) == tuple(round(side) for side in SIGN_BOX)
    assert b"Helvetica" not in page
    assert page == signature_stamp(draw_strokes(handwriting()), "电子签名", NOW, fonts)


def test_seal(fonts):
    page = seal_stamp(draw_seal("安和县桃源镇人民调解委员会", fonts), fonts)
    assert round(float(pypdf.PdfReader(io.BytesIO(page)).pages[0].mediabox.width)) == round(SEAL_BOX)
