"""The file of what was signed on paper: its pages, the statement with the seal's place, the photographs; with many names too."""

import io
from datetime import UTC, datetime

import pypdf
import pytest
from PIL import Image

from agreements.paper_pdf import MAX_PAGES, PaperFacts, PaperPage, assemble, statement
from agreements.printing import A4
from tests.agreements.conftest import fonts_or_skip

AT = datetime(2026, 3, 18, 16, 31, tzinfo=UTC)


def picture(shade):
    out = io.BytesIO()
    Image.new("RGB", (165, 234), (shade, shade, shade)).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(("count", "names", "statements"), [(2, ["李某", "赵某"], 1), (MAX_PAGES, ["阿卜杜拉·买买提·" * 5] * 12, 2)])
def test_it_holds_everything_in_order(count, names, statements):
    fonts = fonts_or_skip()
    said = statement("王某", names, "安和县人民调解委员会")
    facts = PaperFacts("安和人调字〔2026〕第00007号", "安和县人民调解委员会", "王某", said, "ab" * 32, "cd" * 32, AT)
    pages = [PaperPage(picture(40 + n), picture(200 - n)) for n in range(count)]
    made = assemble(pages, facts, fonts)
    read = pypdf.PdfReader(io.BytesIO(made.pdf)).pages
    assert made.pages == len(read) == 2 * count + statements
    told = "".join(page.extract_text() for page in read[count : count + statements]).replace("\n", "")
    assert said in told and "2026年3月19日" in told and told.count("SHA-256") == count + 2
    (box,) = made.boxes
    assert box.page == count + statements - 1 and 0 < box.corners[0] < box.corners[2] < A4[0] and box.corners[1] > 0
    assert "第 1 页的原始照片" in read[count + statements].extract_text()
    assert made == assemble(pages, facts, fonts)
