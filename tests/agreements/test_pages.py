"""Pictures of pages, for screens."""

import io

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from agreements.pages import MAX_WIDTH, PageError, page_count, render_page


@pytest.fixture
def pdf():
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(200, 100))
    for _ in range(2):
        canvas.rect(0, 0, 100, 100, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_picture(pdf):
    picture = Image.open(io.BytesIO(render_page(pdf, 1, 400)))
    assert (page_count(pdf), picture.size) == (2, (400, 200))
    assert (picture.getpixel((100, 100)), picture.getpixel((300, 100))) == ((0, 0, 0), (255, 255, 255))


@pytest.mark.parametrize(
    ("page", "width", "code"),
    [(2, 300, "no_such_page"), (-1, 300, "no_such_page"), (0, 99, "bad_width"), (0, MAX_WIDTH + 1, "bad_width")],
)
def test_refusals(pdf, page, width, code):
    with pytest.raises(PageError) as error:
        render_page(pdf, page, width)
    assert error.value.code == code


def test_noise():
    with pytest.raises(PageError) as error:
        page_count(b"not a pdf")
    assert error.value.code == "not_a_pdf"
