"""The first state of an agreement's document, built once, on the server.

A document seeded by two clients shows every paragraph twice after they meet, so no client ever seeds. The server writes the statutory
skeleton (人民调解法 29) under the fixed client id `SERVER_CLIENT` and stores it as the first entry of the document's log; equal facts give
equal bytes. A document that must start afresh gets the next *epoch* in its name, and a client that holds the old name reloads instead
of merging.
"""

from __future__ import annotations

import re
from typing import Any

from pycrdt import Doc, XmlElement, XmlText

from agreements.amounts import DIGITS
from agreements.facts import CaseFacts
from agreements.guard import Grant
from agreements.schema import CLAUSE_ATTRIBUTES, KINDS, TABLE, fragment, read_document

SERVER_CLIENT = 1
"""Never granted to a seat."""
SERVER_GRANT = Grant("server", frozenset({SERVER_CLIENT}), may_edit=True, kinds=frozenset(KINDS), may_lock=True)

_NAME = re.compile(r"agreement/([A-Za-z0-9_-]{1,64})/([1-9][0-9]{0,8})")

Part = str | tuple[str, str, str]
"""Text, or a field as (key, type, value)."""


def document_name(case: str, epoch: int) -> str:
    """`agreement/<case>/<epoch>`; the epoch counts from 1. Raises ValueError."""
    name = f"agreement/{case}/{epoch}"
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no document name: the case is 1 to 64 of A-Z a-z 0-9 _ -, the epoch counts from 1")
    return name


def parse_name(name: str) -> tuple[str, int]:
    """(case, epoch) of a document name. Raises ValueError."""
    match = _NAME.fullmatch(name)
    if not match:
        raise ValueError(f"{name[:80]!r} is no document name")
    return match[1], int(match[2])


def seed(facts: CaseFacts) -> bytes:
    """The Yjs update that writes the skeleton into an empty document. Raises `SchemaError` where the facts do not print."""
    doc: Doc[Any] = Doc(client_id=SERVER_CLIENT)
    root = fragment(doc)
    with doc.transaction():
        for clause_id, kind, title, paragraphs in _skeleton(facts):
            element = XmlElement("clause", {"id": clause_id, "kind": kind, "title": title, "status": "open", "locked_by": ""})
            root.children.append(element)
            for place, parts in enumerate(paragraphs):
                _insert_paragraph(element, place, parts)
    read_document(doc)
    return doc.get_update()


def seed_content(content: dict[str, Any]) -> bytes:
    """The update that writes a plain document (`schema`) into an empty one: the first state of a document's next epoch."""
    doc: Doc[Any] = Doc(client_id=SERVER_CLIENT)
    with doc.transaction():
        for index, clause in enumerate(content["clauses"]):
            insert_clause(doc, index, clause)
    read_document(doc)
    return doc.get_update()


def suggest(state: bytes, clause: dict[str, Any], index: int) -> bytes:
    """The update by which the server puts a plain clause before the one at `index` of the document with this state.

    What comes back from a caucus comes so: as text of the server's, without the history, hands and clocks of those who wrote it there.
    It is proposed under `SERVER_GRANT` like any other edit.
    """
    doc: Doc[Any] = Doc(client_id=SERVER_CLIENT)
    doc.apply_update(state)
    before = doc.get_state()
    with doc.transaction():
        insert_clause(doc, index, clause)
    return doc.get_update(before)


def insert_clause(doc: Doc[Any], index: int, clause: dict[str, Any]) -> None:
    """Put a plain clause before the one at `index`."""
    names = ("id", "kind", "title", "status", "locked_by")
    element = XmlElement("clause", {name: clause.get(name, CLAUSE_ATTRIBUTES[name]) for name in names})
    fragment(doc).children.insert(index, element)
    for place, block in enumerate(clause["blocks"]):
        insert_block(element, place, block)


def insert_block(clause: XmlElement, index: int, block: dict[str, Any]) -> None:
    """Put a plain paragraph, list or table before the one at `index` of a clause."""
    if block["type"] == "paragraph":
        _insert_paragraph(clause, index, _parts(block))
        return
    if block["type"] == TABLE:
        _insert_table(clause, index, block["rows"])
        return
    listing = XmlElement(block["type"])
    clause.children.insert(index, listing)
    for item in block["items"]:
        entry = XmlElement("list_item")
        listing.children.append(entry)
        for paragraph in item:
            _insert_paragraph(entry, len(entry.children), _parts(paragraph))


def _parts(paragraph: dict[str, Any]) -> list[Part]:
    return [part["text"] if part["type"] == "text" else (part["key"], part["field"], part["value"]) for part in paragraph["content"]]


def _insert_table(clause: XmlElement, index: int, rows: list[list[dict[str, Any]]]) -> None:
    table = XmlElement(TABLE)
    clause.children.insert(index, table)
    for row in rows:
        line = XmlElement("table_row")
        table.children.append(line)
        for number, paragraph in enumerate(row, 1):
            cell = XmlElement("table_cell", {"column": f"c{number}"})
            line.children.append(cell)
            _fill(cell, _parts(paragraph))


def _insert_paragraph(parent: XmlElement, index: int, parts: list[Part]) -> None:
    paragraph = XmlElement("paragraph")
    parent.children.insert(index, paragraph)
    _fill(paragraph, parts)


def _fill(element: XmlElement, parts: list[Part]) -> None:
    for part in parts:
        if isinstance(part, str):
            element.children.append(XmlText(part))
        else:
            key, field_type, value = part
            element.children.append(XmlElement("field", {"key": key, "type": field_type, "value": value}))


def _skeleton(facts: CaseFacts) -> list[tuple[str, str, str, list[list[Part]]]]:
    return [
        ("parties", "parties", "当事人基本情况", [_party(facts, index) for index in range(len(facts.parties))]),
        ("facts", "facts", "纠纷主要事实", [[line] for line in facts.facts.split("\n") if line.strip()] or [[""]]),
        (
            "disputes",
            "disputes",
            "争议事项及各方责任",
            [
                ["争议事项：", ("disputes.matters", "text", facts.disputes.rstrip("。；， ")), "。"],
                ["各方责任：", ("disputes.responsibility", "text", ""), "。"],
            ],
        ),
        ("terms-1", "terms", "", [[""]]),
        (
            "performance",
            "performance",
            "履行方式、期限",
            [["履行方式：", ("performance.manner", "manner", ""), "。履行期限：于", ("performance.deadline", "date", ""), "前履行完毕。"]],
        ),
        ("copies", "copies", "份数", [[_copies(len(facts.parties))]]),
    ]


def _party(facts: CaseFacts, index: int) -> list[Part]:
    party = facts.parties[index]
    key = f"party.{index + 1}"
    parts: list[Part] = [f"{party.role}：", (f"{key}.name", "party", party.name)]
    parts += ["，证件号码：", (f"{key}.id", "id_number", party.id_number), "，住址：", (f"{key}.address", "text", party.address)]
    if party.represented_by:
        parts += ["，", (f"{key}.represented_by", "text", party.represented_by)]
    return [*parts, "。"]


def _copies(parties: int) -> str:
    count = parties + 1
    written = DIGITS[count] if count < 10 else str(count)
    return f"本协议书一式{written}份，各方当事人各执一份，人民调解委员会留存一份，具有同等效力。"
