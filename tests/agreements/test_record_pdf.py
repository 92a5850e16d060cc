"""The printed written record: the order of the statutory form, every line with its number, and nothing that keeps it from being printed."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import msgspec
import pypdf
import pytest

from agreements.fonts import FontDirs
from agreements.record_pdf import TITLE, RecordFacts, print_record, printable
from evidence.ledger import canonical_json

FACTS = RecordFacts(
    "安和人调字〔2026〕第00001号",
    "安和县人民调解委员会",
    "邻里纠纷：屋檐雨水流向邻家院墙",
    "未达成调解协议。",
    "https://anhe.example/c/HY-1",
)


def line(number: int, text: str, kind: str = "written", seat: str = "", at: str = "2026-11-25T01:05:00.000000Z") -> dict[str, Any]:
    return {"n": number, "at": at, "kind": kind, "seat": seat, "text": text, "revision": 1}


@pytest.fixture
def record() -> dict[str, Any]:
    return {
        "format": "heyi-record/1",
        "case": "k",
        "session": "k-1",
        "opened_at": "2026-11-25T01:00:00.000000Z",
        "closed_at": "2026-11-25T02:00:00.000000Z",
        "close_reason": "张某中途离席",
        "people": [
            {"seat": "m", "role": "mediator", "name": "王调解员"},
            {"seat": "s1", "role": "party", "name": "李某"},
            {"seat": "s2", "role": "party", "name": "张某"},
            {"seat": "e1", "role": "expert", "name": "刘律师"},
        ],
        "lines": [
            line(1, "调解开始，由调解员王调解员主持。", "step", at="2026-11-25T01:00:00.000000Z"),
            line(2, "雨水顺着屋檐流到我家墙上。", "written", "s1"),
            line(4, "我不认可🪢", "said", "s2"),
            line(5, "双方对屋檐伸出四十厘米没有争议。", "agreed"),
        ],
        "omitted": 3,
        "confirmed": {"s1": [1, 2, 4, 5], "s2": [1]},
        "objections": {"s1": {}, "s2": {"2": "只有下大雨才有"}},
    }


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")


def test_the_form(record: dict[str, Any], fonts: FontDirs) -> None:
    canonical = canonical_json(record)
    pdf = print_record(canonical, FACTS, fonts)
    assert pdf == print_record(canonical, FACTS, fonts), "the same record, the same file"
    text = text_of(pdf)
    order = [
        TITLE,
        FACTS.number,
        "时　　间",
        "2026年11月25日 09:00",
        "地　　点",
        "李某、张某",
        "王调解员（安和县人民调解委员会）",
        "刘律师（专家）",
    ]
    order += ["调解记录", "李某：雨水顺着屋檐", "各方无争议的事实", "调解结果", "未达成调解协议", "当事人核对情况", "记录人（签名）"]
    places = [text.replace(" ", "").find(part.replace(" ", "")) for part in order]
    assert -1 not in places and places == sorted(places), list(zip(order, places, strict=True))
    assert hashlib.sha256(canonical).hexdigest() in text and "尚未定稿" not in text


def test_who_confirmed_what(record: dict[str, Any], fonts: FontDirs) -> None:
    text = text_of(print_record(canonical_json(record), FACTS, fonts))
    assert "逐条核对并确认全部 4 条" in text
    assert "确认 1 条；对第 2 条提出：“只有下大雨才有”；其余 2 条未核对" in text
    assert "张某中途离席" in text and "另有 3 项" in text


def test_one_that_is_not_closed_says_so(record: dict[str, Any], fonts: FontDirs) -> None:
    text = text_of(print_record(canonical_json(record | {"closed_at": "", "close_reason": ""}), FACTS, fonts))
    assert "尚未定稿" in text and "（进行中）" in text


def test_what_no_font_draws_is_printed_by_its_code_point(record: dict[str, Any], fonts: FontDirs) -> None:
    assert "我不认可〔U+1FAA2〕（文字）" in text_of(print_record(canonical_json(record), FACTS, fonts))
    assert printable("甲\n乙", fonts) == "甲　乙"


def test_four_hundred_long_lines(record: dict[str, Any], fonts: FontDirs) -> None:
    many = json.loads(json.dumps(record)) | {"lines": [line(n, "长话" * 100) for n in range(1, 401)]}
    pdf = print_record(canonical_json(many), FACTS, fonts)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) > 50


def test_who_led_before_stands_behind_the_own_committee_and_who_never_came_is_told_as_that(record: dict[str, Any], fonts: FontDirs) -> None:
    former = {"seat": "m1", "role": "mediator", "name": "陈调解员"}
    taken = record | {"people": [former, *record["people"]]}
    facts = msgspec.structs.replace(FACTS, absent=("赵某",), former={"m": "不应印出", "m1": "柳林镇人民调解委员会"})
    text = text_of(print_record(canonical_json(taken), facts, fonts))
    assert "王调解员（安和县人民调解委员会）；此前主持：陈调解员（柳林镇人民调解委员会）" in text
    assert "李某、张某；赵某（未到场）" in text
    waiting = msgspec.structs.replace(FACTS, committee="", former={"m": "安和县人民调解委员会"})
    assert "王调解员（安和县人民调解委员会）" in text_of(print_record(canonical_json(record), waiting, fonts)), "between two leads"
