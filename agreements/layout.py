"""The printed order of an agreement: blocks of text with their styles, and rows to sign in.

Statutory layout (人民调解协议书): head with the number, parties, facts, matters and responsibility, terms 第一条…, performance, copies,
signatures of parties, mediator and recorder, the committee's seal, the date. Pure: `outline` says what is printed and in which style;
`pdf` puts it onto pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from agreements.amounts import capitals, grouped
from agreements.facts import CaseFacts
from agreements.schema import TABLE
from cases.clock import COUNTY_TIME
from evidence.citation import Citation

TITLE = "人民调解协议书"
NUMERALS = "零一二三四五六七八九十"
HEADINGS = {
    "parties": "当事人基本情况",
    "facts": "纠纷主要事实",
    "disputes": "争议事项及各方责任",
    "terms": "协议内容",
    "performance": "履行方式、期限",
    "copies": "份数",
}
BLANK = "＿＿＿＿"
NOTHING = "—"
"""Said of an empty cell."""
CLOSING = "（以下为签署处，无正文）"
CLOSING_PAPER = "（以下为签署处，无正文。请各方亲笔签名、捺指印并填写日期）"


class Block(msgspec.Struct, frozen=True):
    """One block of text. `style` is title, number, heading, body, item, table or closing; `lead` is set in bold before the text. A table has its cells in `rows`, the
    head first, and its text says them row by row, for whoever reads or hears it."""

    style: str
    text: str
    lead: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


class SignatureRow(msgspec.Struct, frozen=True):
    """One box to sign in: the PDF field's name, the label before it, and the person's name under the label."""

    field: str
    label: str
    name: str


def outline(content: dict[str, Any], facts: CaseFacts) -> list[Block]:
    """The text of an agreement from its plain or canonical form."""
    blocks = [Block("title", TITLE), Block("number", f"编号：{facts.number}")]
    section = term = 0
    for clause in content["clauses"]:
        first_term = clause["kind"] == "terms" and not term
        if clause["kind"] != "terms" or first_term:
            section += 1
            title = HEADINGS["terms"] if first_term else clause["title"] or HEADINGS[clause["kind"]]
            blocks.append(Block("heading", f"{numeral(section)}、{title}"))
        if first_term:
            blocks.append(Block("body", f"经{facts.committee}主持调解，各方当事人自愿、平等协商，达成如下协议："))
        if clause["kind"] == "terms":
            term += 1
            lead = f"第{numeral(term)}条" + (f"（{clause['title']}）" if clause["title"] else "")
            blocks += _clause_blocks(clause, lead + "\u3000")
        else:
            blocks += _clause_blocks(clause)
    return blocks


def clause_texts(content: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(id, heading, text) of every clause as it is printed, for reading and confirming one by one."""
    found, term = [], 0
    for clause in content["clauses"]:
        if clause["kind"] == "terms":
            term += 1
            heading = f"第{numeral(term)}条" + (f" {clause['title']}" if clause["title"] else "")
        else:
            heading = clause["title"] or HEADINGS[clause["kind"]]
        found.append((clause["id"], heading, "\n".join(block.text for block in _clause_blocks(clause))))
    return found


def _clause_blocks(clause: dict[str, Any], lead: str = "") -> list[Block]:
    found: list[Block] = []
    for block in clause["blocks"]:
        if block["type"] == "paragraph":
            found.append(Block("body", _text(block)))
        elif block["type"] == TABLE:
            rows = tuple(tuple(_text(cell, cell_text) for cell in row) for row in block["rows"])
            found.append(Block("table", table_text(rows), rows=rows))
        else:
            for number, item in enumerate(block["items"], 1):
                mark = f"（{numeral(number)}）" if block["type"] == "ordered_list" else "·\u3000"
                found += [Block("item", (mark if n == 0 else "") + _text(paragraph)) for n, paragraph in enumerate(item)]
    if lead and found and found[0].style == "body":
        found[0] = msgspec.structs.replace(found[0], lead=lead)
    elif lead:
        found.insert(0, Block("body", "", lead))
    return found


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """A table in words, a line for each row, every cell behind the name of its column."""
    head = rows[0]
    lines = [f"（表）{'、'.join(name or NOTHING for name in head)}"]
    for number, row in enumerate(rows[1:], 1):
        cells = [f"{name}：{cell or NOTHING}" if name else cell or NOTHING for name, cell in zip(head, row, strict=True)]
        lines.append(f"（表第{numeral(number)}行）{'；'.join(cells)}")
    return "\n".join(lines)


def _text(paragraph: dict[str, Any], shown: Callable[[str, str], str] | None = None) -> str:
    shown = shown or field_text
    return "".join(part["text"] if part["type"] == "text" else shown(part["field"], part["value"]) for part in paragraph["content"])


def cell_text(field_type: str, value: str) -> str:
    """A field in a table's narrow cell: as elsewhere, but a sum without its capitals."""
    return f"{grouped(value)}元" if field_type == "amount" and value else field_text(field_type, value)


def field_text(field_type: str, value: str) -> str:
    """A field as it is read on paper: sums with their capitals, dates in characters, a blank line for what is empty."""
    if not value:
        return BLANK
    if field_type == "amount":
        return f"人民币{grouped(value)}元（大写：{capitals(value)}）"
    if field_type == "date":
        return chinese_date(date.fromisoformat(value))
    return value


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def numeral(number: int) -> str:
    """1 to 999 as 一, 十二, 一百零五."""
    if number <= 10:
        return NUMERALS[number]
    if number < 20:
        return "十" + NUMERALS[number - 10]
    if number < 100:
        return NUMERALS[number // 10] + "十" + (NUMERALS[number % 10] if number % 10 else "")
    rest = number % 100
    tail = "" if not rest else "零" + NUMERALS[rest] if rest < 10 else ("一" if rest < 20 else "") + numeral(rest)
    return NUMERALS[number // 100] + "百" + tail


def signature_rows(facts: CaseFacts) -> list[SignatureRow]:
    """Boxes in printed order; the fields are Party1…, Mediator, Recorder. The seal stands apart (`SEAL_FIELD` in `pdf`)."""
    rows = [SignatureRow(f"Party{n}", f"{party.role}（签名）", party.signs_as or party.name) for n, party in enumerate(facts.parties, 1)]
    rows.append(SignatureRow("Mediator", "人民调解员（签名）", facts.mediator))
    if facts.recorder:
        rows.append(SignatureRow("Recorder", "记录人（签名）", facts.recorder))
    return rows


def recorded_words(cited: Citation) -> str:
    """What an agreement says of the recording when its text is fixed."""
    if not cited.segments:
        return "本次调解至此时未录音录像。"
    at = datetime.fromisoformat(cited.until).astimezone(COUNTY_TIME)
    return f"本次调解至{chinese_date(at.date())}{at:%H时%M分}已录存{cited.segments}段，存证摘要 SHA-256 {cited.hash}"


def paper_rows(facts: CaseFacts) -> list[tuple[SignatureRow, bool]]:
    """Places to sign by hand in printed order, and whether a fingerprint goes beside: parties, whoever acts for a party below it, mediator, recorder."""
    rows: list[tuple[SignatureRow, bool]] = []
    for row, party in zip(signature_rows(facts), facts.parties, strict=False):
        rows.append((msgspec.structs.replace(row, label=f"{party.role}（签名、捺印）", name=party.name), True))
        if party.represented_by:
            rows.append((SignatureRow(f"{row.field}Guardian", "监护人或代理人（签名、捺印）", party.represented_by), True))
    return rows + [(row, False) for row in signature_rows(facts)[len(facts.parties) :]]
