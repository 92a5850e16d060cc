"""An oral agreement → its registration form (人民调解口头协议登记表), one A4 table: parties, matters, facts, content, manner and time of performance, who
confirmed it and how. The same canonical bytes give the same file.

Top-level `print_oral` takes and returns plain data: a process pool can run it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

import msgspec
from reportlab.platypus import Flowable, Spacer

from agreements.fonts import FontDirs
from agreements.form_row import FormRow
from agreements.layout import Block, chinese_date, recorded_words
from agreements.printing import Foot, Prose, Style, build
from agreements.record_pdf import printable
from cases.clock import COUNTY_TIME
from evidence.citation import Citation

TITLE = "人民调解口头协议登记表"
STYLES = {
    "title": Style("serif-bold", 20, 32, align="centre", after=4),
    "number": Style("serif", 11, 18, align="right", after=6),
    "note": Style("serif", 10, 18, before=8),
}
HOW = {"device": "本人在自己的设备上确认", "stated": "当面确认，由调解员代为登记"}


class OralFacts(msgspec.Struct, frozen=True):
    """What is printed of the case beside the agreement. `parties`: name and capacity of each; `recording`: what of it is cited, None where nothing is said of it."""

    number: str
    committee: str
    mediator: str
    dispute_type: str
    parties: list[tuple[str, str]]
    link: str = ""
    recording: Citation | None = None


def print_oral(canonical: bytes, facts: OralFacts, font_dirs: FontDirs) -> bytes:
    """The PDF of the canonical bytes. Raises `FontsMissing`."""
    told = json.loads(canonical)
    digest = hashlib.sha256(canonical).hexdigest()
    story: list[Flowable] = []
    for style, text in (("title", TITLE), ("number", f"编号：{facts.number}")):
        story += [Prose(Block(style, printable(text, font_dirs)), STYLES[style], font_dirs), Spacer(0, STYLES[style].after)]
    story += [FormRow(label, text, font_dirs) for label, text in _rows(told, facts)]
    note = "依据《中华人民共和国人民调解法》第二十八条、第三十条：口头协议由人民调解员记录协议内容，自各方当事人达成协议之日起生效。"
    story += [Spacer(0, 8), Prose(Block("note", note), STYLES["note"], font_dirs)]
    foot = Foot([f"登记内容摘要 SHA-256  {digest}"], facts.link or f"SHA-256:{digest}")
    pdf, _ = build(
        story,
        foot,
        font_dirs,
        f"{TITLE} {facts.number}",
        facts.committee,
        f"SHA-256 {digest}",
        facts.recording.keyword if facts.recording else "",
    )
    return pdf


def _rows(told: dict[str, Any], facts: OralFacts) -> list[tuple[str, str]]:
    rows = [
        ("调解委员会", facts.committee),
        ("纠纷类型", facts.dispute_type),
        ("当事人", "；".join(f"{name}（{capacity}）" for name, capacity in facts.parties)),
        ("争议事项", told["matters"]),
        ("主要事实", told["facts"]),
        ("协议内容", told["content"]),
        ("履行方式", told["manner"]),
        ("履行期限", told["deadline"]),
    ]
    for person in told["confirmed"]:
        reason = f"（{person['reason']}）" if person["reason"] else ""
        rows.append((f"{person['name']}确认", f"{told['intent']}{HOW[person['how']]}{reason}。"))
    rows.append(("宣读时间", _moment(told["read_at"])))
    rows.append(("达成时间", _moment(told["concluded_at"])))
    if facts.recording:
        rows.append(("录音录像", recorded_words(facts.recording)))
    rows.append(("人民调解员", f"{facts.mediator}（登记并宣读）　签名＿＿＿＿＿＿＿＿"))
    return rows


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(COUNTY_TIME)
    return f"{chinese_date(moment.date())} {moment:%H:%M}"
