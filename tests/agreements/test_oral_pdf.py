"""The registration form of an oral agreement: everything stands on it, the longest text fits, equal bytes give an equal file."""

import io
import json

import pypdf
import pytest

from agreements.oral_pdf import OralFacts, print_oral
from rooms.oral_agreement import LIMITS
from tests.agreements.conftest import fonts_or_skip

FACTS = OralFacts(
    "安和人调字〔2026〕第00007号",
    "安和县人民调解委员会",
    "王某",
    "邻里",
    [("李某", "申请人"), ("赵某", "被申请人")],
    "http://127.0.0.1/c/X",
)


def told(**texts):
    plain = {
        "matters": "屋檐滴水",
        "facts": "雨水流到邻家。",
        "content": "李某装水落管🪲。",
        "manner": "自行安装",
        "deadline": "月底前",
    } | texts
    people = [
        {"seat": "s1", "name": "李某", "how": "device", "reason": ""},
        {"seat": "s2", "name": "赵某", "how": "stated", "reason": "没有手机"},
    ]
    at = {"read_at": "2026-03-18T06:30:00.000000Z", "concluded_at": "2026-03-18T16:31:00.000000Z"}
    return json.dumps({**plain, **at, "confirmed": people, "intent": "同意。"}).encode()


def text_of(pdf):
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")


def test_what_it_says():
    fonts = fonts_or_skip()
    pdf = print_oral(told(), FACTS, fonts)
    text = text_of(pdf)
    for words in ("口头协议登记表", "安和人调字〔2026〕第00007号", "李某（申请人）；赵某（被申请人）", "装水落管", "月底前", "由调解员代为登记（没有手机）", "2026年3月19日 00:31"):  # fmt: skip
        assert words in text, words
    assert pdf == print_oral(told(), FACTS, fonts)


@pytest.mark.parametrize("mark", ["很", "W"])
def test_the_longest_texts_fit(mark):
    pdf = print_oral(told(**{name: mark * limit for name, limit in LIMITS.items()}), FACTS, fonts_or_skip())
    assert text_of(pdf).count(mark) >= sum(LIMITS.values())
