"""The printed invitation is one page, and its QR code leads where the link does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import msgspec
import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from agreements.invitation_pdf import InvitationFacts, print_invitation, spaced, when
from web.composition import CLIENT_FONTS, SYSTEM_FONTS

FONTS = (str(CLIENT_FONTS), *SYSTEM_FONTS)
FACTS = InvitationFacts(
    number="安和人调字〔2026〕第00001号",
    code="HY-7K3M-92QF",
    committee="安和县人民调解委员会",
    mediator="王某",
    name="李某",
    start=datetime(2026, 12, 3, 1, 0, tzinfo=UTC),
    minutes=90,
    place="",
    url="https://heyi.example.cn/j#" + "Im5nWTk2bGd4In0" * 5,
    enter="https://heyi.example.cn/enter",
    entry_code="01234567",
    until=datetime(2026, 12, 4, 2, 30, tzinfo=UTC),
    phone="0300-8821234",
    on=datetime(2026, 11, 28, tzinfo=UTC),
)


def text_of(facts: InvitationFacts, most: int = 1) -> str:
    reader = PdfReader(BytesIO(print_invitation(facts, FONTS)))
    assert len(reader.pages) <= most
    return "".join(page.extract_text() for page in reader.pages).replace("\n", "")


def test_what_stands_on_it() -> None:
    text = text_of(FACTS)
    for shown in (
        "李某",
        "2026年12月3日（星期四）09:00",
        "90分钟",
        "HY-7K3M-92QF",
        "0123 4567",
        "0300-8821234",
        "本人身份证",
        "12月4日10:30",
    ):
        assert shown in text, shown
    assert spaced("01234567") == "0123 4567"


@pytest.mark.parametrize("place", ["", "城关镇司法所二楼调解室" * 9])
def test_of_the_longest_names_nothing_is_lost(place: str) -> None:
    long = msgspec.structs.replace(
        FACTS,
        committee="安和县城关镇柳林村人民调解委员会驻交警大队调解工作室" * 2,
        name="阿" * 50,
        mediator="买" * 50,
        enter="https://" + "tiaojie." * 9 + "example.cn/enter",
        place=place[:100],
        phone="0300-8821234转8001",
    )
    text = text_of(long, 2)
    assert place[:100] in text and "买" * 50 in text and long.enter in text


def test_without_a_time_or_a_telephone() -> None:
    text = text_of(msgspec.structs.replace(FACTS, start=None, minutes=0, phone=""))
    assert "还没有约定" in text and "打电话" not in text
    assert when(msgspec.structs.replace(FACTS, start=FACTS.start and FACTS.start + timedelta(hours=20))).startswith(
        "2026年12月4日（星期五）05:00"
    )


def test_the_code_can_be_scanned() -> None:
    picture = pypdfium2.PdfDocument(print_invitation(FACTS, FONTS))[0].render(scale=2).to_pil()
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [FACTS.url]
