"""The schema of an agreement: what the Yjs document may hold, and its plain, canonical form.

    agreement   clause+                                       the XmlFragment named `agreement`
    clause      (paragraph | bullet_list | ordered_list | table)+     attributes id, kind, title, status, locked_by
    *_list      list_item+
    list_item   paragraph+
    table       table_row+                                    the first row is the head
    table_row   table_cell+                                   every row has the columns of the head, in its order
    table_cell  (text | field)*                               attribute column, of 1 to 20 of a-z, 0-9 and '-'
    paragraph   (text | field)*                               no marks: a statutory form knows no bold or colour
    field       an atom                                       attributes key, type, value

The plain form is JSON of strings, lists and objects, with adjacent texts merged and empty ones dropped:

    {"version": 1, "clauses": [{"id", "kind", "title", "status", "locked_by", "blocks": [...]}]}
    {"type": "paragraph", "content": [{"type": "text", "text"} | {"type": "field", "key", "field", "value"}]}
    {"type": "bullet_list" | "ordered_list", "items": [[paragraph, ...], ...]}
    {"type": "table", "rows": [[paragraph, ...], ...]}        a paragraph for each cell

The columns' names stay in the Yjs document: they keep cells in their column when two people change one table at the same moment (docs/decisions/0043-tables-in-a-clause.md).

The canonical form, the one that is hashed and printed, leaves out `status` and `locked_by`: they serve the drafting alone.

Errors: `SchemaError(code, where, message)`; `where` is a path such as `clause:terms-1/paragraph:2/field:amount`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from evidence.ledger import canonical_json

VERSION = 1
ROOT = "agreement"
KINDS = ("parties", "facts", "disputes", "terms", "performance", "copies")
SINGLE_KINDS = frozenset(KINDS) - {"terms"}
STATUSES = ("open", "proposed", "agreed")
FIELD_TYPES = ("party", "id_number", "amount", "date", "manner", "account", "text")

MAX_CLAUSES = 200
MAX_CHARACTERS = 100_000
MAX_TITLE = 60
MAX_BLOCKS = 400
MAX_FIELDS = 200
MAX_TABLES = 5
MAX_ROWS = 60
MAX_COLUMNS = 6
MAX_CELL = 100
MAX_HEAD = 30
"""Characters of a cell, and of one of the head: what is printed must fit a page. A field counts as four at least, the blank that is printed for it."""
MAX_VALUE = {"party": 100, "id_number": 40, "amount": 15, "date": 10, "manner": 100, "account": 80, "text": 500}

CLAUSE_ATTRIBUTES = {"id": "", "kind": "", "title": "", "status": "open", "locked_by": ""}
FIELD_ATTRIBUTES = {"key": "", "type": "", "value": ""}
LISTS = ("bullet_list", "ordered_list")
TABLE = "table"

_CLAUSE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_COLUMN = re.compile(r"[a-z0-9-]{1,20}")
_FIELD_KEY = re.compile(r"[a-z][a-z0-9_.-]{0,59}")
_SEAT = re.compile(r"[A-Za-z0-9_.:-]{0,60}")
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,11})\.[0-9]{2}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ID_NUMBER = re.compile(r"[0-9A-Z*()（）-]{4,40}")


class SchemaError(ValueError):
    """The document breaks the schema; `code` is stable, `where` names the place, `data` what the client's sentence needs."""

    def __init__(self, code: str, where: str, message: str, **data: Any) -> None:
        super().__init__(f"{where}: {message}")
        self.code = code
        self.where = where
        self.data = data


def fragment(doc: Doc[Any]) -> XmlFragment:
    """The root of the agreement inside `doc`."""
    root: XmlFragment = doc.get(ROOT, type=XmlFragment)
    return root


def read_document(doc: Doc[Any]) -> dict[str, Any]:
    """Read and check a whole document; raises `SchemaError`."""
    clauses = [read_clause(child, index) for index, child in enumerate(fragment(doc).children)]
    check_whole(clauses)
    return {"version": VERSION, "clauses": clauses}


def check_whole(clauses: list[dict[str, Any]], size: int | None = None) -> None:
    """Check what no clause can know alone: number, size, unique ids, one clause of each kind but `terms`.

    `size` is the number of characters where the caller knows it already.
    """
    if not clauses:
        raise SchemaError("no_clause", "agreement", "an agreement has at least one clause")
    if len(clauses) > MAX_CLAUSES:
        raise SchemaError("too_many_clauses", "agreement", f"{len(clauses)} clauses, at most {MAX_CLAUSES}", limit=MAX_CLAUSES)
    if size is None:
        size = sum(count_characters(clause) for clause in clauses)
    if size > MAX_CHARACTERS:
        raise SchemaError("too_long", "agreement", f"{size} characters, at most {MAX_CHARACTERS}", limit=MAX_CHARACTERS)
    seen: set[str] = set()
    kinds: set[str] = set()
    for clause in clauses:
        if clause["id"] in seen:
            raise SchemaError("duplicate_clause", f"clause:{clause['id']}", "two clauses have this id: make a new id for the new one")
        if clause["kind"] in SINGLE_KINDS and clause["kind"] in kinds:
            message = f"there is already a clause of kind {clause['kind']}"
            raise SchemaError("repeated_kind", f"clause:{clause['id']}", message, kind=clause["kind"])
        seen.add(clause["id"])
        kinds.add(clause["kind"])


def read_clause(node: Any, index: int = 0) -> dict[str, Any]:
    """Read and check one clause element into its plain form; raises `SchemaError`."""
    where = f"clause#{index + 1}"
    if not isinstance(node, XmlElement) or node.tag != "clause":
        raise SchemaError("unknown_node", where, "only clauses stand at the top of an agreement")
    attributes = _attributes(node, CLAUSE_ATTRIBUTES, where)
    if not _CLAUSE_ID.fullmatch(attributes["id"]):
        raise SchemaError("bad_attribute", where, "a clause id is 1 to 40 of a-z, 0-9 and '-'", attribute="id")
    where = f"clause:{attributes['id']}"
    _one_of(attributes, "kind", KINDS, where)
    _one_of(attributes, "status", STATUSES, where)
    if not _SEAT.fullmatch(attributes["locked_by"]):
        raise SchemaError("bad_attribute", where, "locked_by names a seat, or is empty", attribute="locked_by")
    if len(attributes["title"]) > MAX_TITLE:
        raise SchemaError("too_long", where, f"a title has at most {MAX_TITLE} characters", limit=MAX_TITLE)
    check_text(attributes["title"], where)
    blocks = [_read_block(child, f"{where}/block:{n + 1}") for n, child in enumerate(node.children)]
    if not blocks:
        raise SchemaError("empty_node", where, "a clause holds at least one paragraph")
    if len(blocks) > MAX_BLOCKS:
        raise SchemaError("too_many_blocks", where, f"{len(blocks)} paragraphs, at most {MAX_BLOCKS}", limit=MAX_BLOCKS)
    tables = sum(block["type"] == TABLE for block in blocks)
    if tables > MAX_TABLES:
        raise SchemaError("too_many_tables", where, f"{tables} tables, at most {MAX_TABLES}", limit=MAX_TABLES)
    clause = {**attributes, "blocks": blocks}
    fields = sum(1 for _ in fields_of(clause))
    if fields > MAX_FIELDS:
        raise SchemaError("too_many_fields", where, f"{fields} fields, at most {MAX_FIELDS}", limit=MAX_FIELDS)
    return clause


def _read_block(node: Any, where: str) -> dict[str, Any]:
    if isinstance(node, XmlElement) and node.tag in LISTS:
        _attributes(node, {}, where)
        items = [_read_item(child, f"{where}/item:{n + 1}") for n, child in enumerate(node.children)]
        if not items:
            raise SchemaError("empty_node", where, "a list holds at least one item")
        return {"type": node.tag, "items": items}
    if isinstance(node, XmlElement) and node.tag == TABLE:
        return _read_table(node, where)
    return _read_paragraph(node, where)


def _read_item(node: Any, where: str) -> list[dict[str, Any]]:
    if not isinstance(node, XmlElement) or node.tag != "list_item":
        raise SchemaError("unknown_node", where, "a list holds list items only")
    _attributes(node, {}, where)
    paragraphs = [_read_paragraph(child, f"{where}/paragraph:{n + 1}") for n, child in enumerate(node.children)]
    if not paragraphs:
        raise SchemaError("empty_node", where, "a list item holds at least one paragraph")
    return paragraphs


def _read_table(node: XmlElement, where: str) -> dict[str, Any]:
    _attributes(node, {}, where)
    if len(node.children) > MAX_ROWS:
        raise SchemaError("too_many_rows", where, f"{len(node.children)} rows, at most {MAX_ROWS}", limit=MAX_ROWS)
    head: list[str] = []
    rows: list[list[dict[str, Any]]] = []
    for number, row in enumerate(node.children, 1):
        place = f"{where}/row:{number}"
        columns, cells = _read_row(row, place, MAX_CELL if head else MAX_HEAD)
        head = head or columns
        if columns != head:
            raise SchemaError("uneven_table", place, "every row of a table has the columns of its head: synchronise and do it again")
        rows.append(cells)
    if not rows:
        raise SchemaError("empty_node", where, "a table holds at least one row")
    return {"type": TABLE, "rows": rows}


def _read_row(node: Any, where: str, limit: int) -> tuple[list[str], list[dict[str, Any]]]:
    """(names of the columns, cells)."""
    if not isinstance(node, XmlElement) or node.tag != "table_row":
        raise SchemaError("unknown_node", where, "a table holds rows only")
    _attributes(node, {}, where)
    columns: list[str] = []
    cells: list[dict[str, Any]] = []
    for cell in node.children:
        if not isinstance(cell, XmlElement) or cell.tag != "table_cell":
            raise SchemaError("unknown_node", where, "a row holds cells only")
        column = _attributes(cell, {"column": ""}, where)["column"]
        if not _COLUMN.fullmatch(column) or column in columns:
            raise SchemaError("bad_attribute", where, "a column has a name of its own: 1 to 20 of a-z, 0-9 and '-'", attribute="column")
        content = _read_content(cell, where)
        size = sum(len(part["text"]) if part["type"] == "text" else max(4, len(part["value"])) for part in content)
        if size > limit:
            raise SchemaError("too_long_cell", where, f"a cell has {size} characters, at most {limit}", limit=limit)
        columns.append(column)
        cells.append({"type": "paragraph", "content": content})
    if not cells:
        raise SchemaError("empty_node", where, "a row holds at least one cell")
    if len(cells) > MAX_COLUMNS:
        raise SchemaError("too_many_columns", where, f"{len(cells)} columns, at most {MAX_COLUMNS}", limit=MAX_COLUMNS)
    return columns, cells


def _read_paragraph(node: Any, where: str) -> dict[str, Any]:
    if not isinstance(node, XmlElement) or node.tag != "paragraph":
        tag = node.tag if isinstance(node, XmlElement) else "text"
        raise SchemaError("unknown_node", where, f"{tag!r} may not stand here; paragraphs, lists and tables may", node=tag)
    _attributes(node, {}, where)
    return {"type": "paragraph", "content": _read_content(node, where)}


def _read_content(node: XmlElement, where: str) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    for child in node.children:
        if isinstance(child, XmlText):
            text = _read_text(child, where)
            if content and text and content[-1]["type"] == "text":
                content[-1]["text"] += text
            elif text:
                content.append({"type": "text", "text": text})
        elif isinstance(child, XmlElement) and child.tag == "field":
            content.append(_read_field(child, where))
        else:
            raise SchemaError("unknown_node", where, "a paragraph holds text and fields only")
    return content


def _read_text(node: XmlText, where: str) -> str:
    if len(node.attributes):
        raise SchemaError("unknown_attribute", where, "text carries no attributes")
    parts: list[str] = []
    for piece, marks in node.diff():
        if not isinstance(piece, str):
            raise SchemaError("unknown_node", where, "something other than text is embedded in the text")
        if marks:
            mark = min(marks)
            raise SchemaError("unknown_mark", where, f"mark {mark[:40]!r} is not allowed: an agreement has no marks", mark=mark[:40])
        parts.append(piece)
    text = "".join(parts)
    check_text(text, where)
    return text


def _read_field(node: XmlElement, where: str) -> dict[str, Any]:
    attributes = _attributes(node, FIELD_ATTRIBUTES, where)
    where = f"{where}/field:{attributes['key'][:60]}"
    if len(node.children):
        raise SchemaError("unknown_node", where, "a field has no content of its own, only a value")
    if not _FIELD_KEY.fullmatch(attributes["key"]):
        raise SchemaError("bad_attribute", where, "a field's key is 1 to 60 of a-z, 0-9, '_', '.' and '-'", attribute="key")
    _one_of(attributes, "type", FIELD_TYPES, where)
    check_value(attributes["type"], attributes["value"], where)
    return {"type": "field", "key": attributes["key"], "field": attributes["type"], "value": attributes["value"]}


def check_value(field_type: str, value: str, where: str) -> None:
    """Check a field's value; the empty value is allowed while drafting (completeness blocks the freeze)."""
    if not value:
        return
    limit = MAX_VALUE[field_type]
    if len(value) > limit:
        raise SchemaError("bad_field_value", where, f"{len(value)} characters, at most {limit}", field=field_type, limit=limit)
    check_text(value, where)
    if field_type == "amount" and not _AMOUNT.fullmatch(value):
        raise SchemaError("bad_field_value", where, "an amount is written in yuan with two decimals, such as 1234.50", field=field_type)
    if field_type == "date" and not _is_date(value):
        raise SchemaError("bad_field_value", where, "a date is written as 2026-12-01 and exists in the calendar", field=field_type)
    if field_type == "id_number" and not _ID_NUMBER.fullmatch(value):
        raise SchemaError("bad_field_value", where, "an id number is 4 to 40 of digits, capitals, '*', brackets and '-'", field=field_type)


def _is_date(value: str) -> bool:
    if not _DATE.fullmatch(value):
        return False
    try:
        return 1900 <= date.fromisoformat(value).year <= 2999
    except ValueError:
        return False


def check_text(text: str, where: str) -> None:
    """Refuse characters that do not print or that reorder what is read: controls, bidirectional overrides, private use, non-characters.

    What is signed must be what is seen (电子签名法 13); U+202E turns 1800 into 0081 on the screen only.
    """
    if text.isprintable():
        return
    for character in text:
        if not character.isprintable() and unicodedata.category(character) != "Zs":
            code_point = f"U+{ord(character):04X}"
            raise SchemaError("forbidden_character", where, f"{code_point} does not print: delete it", code_point=code_point)


def _attributes(node: XmlElement, allowed: dict[str, str], where: str) -> dict[str, str]:
    found = dict(allowed)
    for name, value in cast(Iterable[tuple[str, Any]], node.attributes):
        if name not in allowed:
            raise SchemaError("unknown_attribute", where, f"attribute {name[:40]!r} is not allowed on {node.tag}", attribute=name[:40])
        found[name] = _plain(value, name, where)
    return found


def _plain(value: Any, name: str, where: str) -> str:
    """Attribute values are strings; pycrdt hands a JavaScript number back as a float, so 3 arrives as 3.0 and is spelt as an integer."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and not isinstance(value, bool):
        return str(int(value))
    raise SchemaError("bad_attribute", where, f"attribute {name} is text", attribute=name)


def _one_of(attributes: dict[str, str], name: str, allowed: tuple[str, ...], where: str) -> None:
    if attributes[name] not in allowed:
        raise SchemaError("bad_attribute", where, f"{name} is one of {', '.join(allowed)}", attribute=name, value=attributes[name][:40])


def paragraphs_of(clause: dict[str, Any]) -> list[dict[str, Any]]:
    """Every paragraph of a plain clause in reading order, those of lists and the cells of tables included."""
    found: list[dict[str, Any]] = []
    for block in clause["blocks"]:
        if block["type"] == "paragraph":
            found.append(block)
        else:
            for item in block["rows" if block["type"] == TABLE else "items"]:
                found.extend(item)
    return found


def fields_of(clause: dict[str, Any]) -> list[dict[str, Any]]:
    """Every field of a plain clause in reading order."""
    return [part for paragraph in paragraphs_of(clause) for part in paragraph["content"] if part["type"] == "field"]


def text_of(clause: dict[str, Any]) -> str:
    """The bare text of a plain clause, field values included, paragraphs parted by line feeds."""
    return "\n".join("".join(part.get("text", part.get("value", "")) for part in p["content"]) for p in paragraphs_of(clause))


def count_characters(clause: dict[str, Any]) -> int:
    return len(clause["title"]) + len(text_of(clause))


def canonical(content: dict[str, Any]) -> bytes:
    """The bytes that are frozen, hashed and printed: plain form without `status` and `locked_by`, as canonical JSON."""
    clauses = [{key: clause[key] for key in ("id", "kind", "title", "blocks")} for clause in content["clauses"]]
    return canonical_json({"version": content["version"], "clauses": clauses})


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 of `canonical(content)`, lower-case hex."""
    return hashlib.sha256(canonical(content)).hexdigest()
