"""An invented case as its paper file prints it."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pypdf
from PIL import Image

from agreements.file_facts import FiledItem, FiledPerson, FiledReceipt, FiledVisit, FileFacts, Proof
from cases.filing import NAMES, REQUIRED, Doc

MISSING = {Doc.RECORD, Doc.VISITS}


def filed(**other: Any) -> FileFacts:
    items = [FiledItem(n, NAMES[doc], doc in REQUIRED, "缺" if doc in MISSING else "在卷", f"原因{n}") for n, doc in enumerate(Doc, 1)]
    known: dict[str, Any] = {
        "number": "安和人调字〔2026〕第00001号",
        "committee": "安和县人民调解委员会",
        "mediator": "王调解员",
        "title": "屋檐雨水流向邻家院墙",
        "mediators": "王调解员（主办）、陈调解员（柳林镇人民调解委员会，协办）",
        "dispute_type": "邻里",
        "facts": "李某家西侧屋檐雨水流向赵某院墙，墙面受潮剥落。",
        "place": "东街",
        "applied": True,
        "source": "当事人申请",
        "reported_on": date(2026, 11, 1),
        "mediated_from": date(2026, 11, 3),
        "mediated_to": date(2026, 11, 20),
        "closed_on": date(2026, 12, 1),
        "result": "达成协议",
        "agreement_hash": "ab" * 32,
        "signed": True,
        "people": [
            FiledPerson(
                "p1", "李某", "申请人", "女", "汉族", "77", "农民", "", "13800001234", "安和县城关镇东街 1 号", "110105********002X"
            ),
            FiledPerson("p2", "𠮷某", "被申请人", id_number="440524********0014", acting="委托代理人孙某", power="特别授权"),
        ],
        "proofs": [Proof("p1", "李某", "调解员在视频中将身份证件与本人比对一致", "2026年11月3日 10:02")],
        "notices": [Proof("p1", "李某", "在线阅读并确认知晓以上权利义务", "2026年11月3日 10:05")],
        "receipts": [FiledReceipt("2026年11月27日", "支付修缮款", "李某", "𠮷某", "1800.00", "微信转账", "王调解员确认")],
        "visits": [
            FiledVisit("2026年12月5日", "电话回访", "王调解员", "款已付清", True),
            FiledVisit("2026年12月9日", "上门回访", "王调解员", "墙已修好", False),
        ],
        "items": items,
    }
    return FileFacts(**{**known, **other})


def said(pdf: bytes) -> str:
    """The text of all pages, without line breaks."""
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).replace("\n", "")


def jpeg(size: tuple[int, int] = (2000, 1500)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "JPEG")
    return out.getvalue()
