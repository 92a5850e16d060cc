"""Clauses to begin with, for each type of dispute, with the names of the case's parties in them.

They lie in `agreements/clauses/*.toml`, whose README tells how they are written. Here they become the plain form of `schema`: paragraphs and
lists of text and fields. An organisation's own clauses are written the same way (`written` turns a clause of a draft back into text).

Errors: `ClauseError(code, where)`: `unknown_field` for a name in braces that is none, `malformed` for a file that does not fit.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from agreements.facts import CaseFacts
from agreements.schema import MAX_TITLE, TABLE

FOLDER = Path(__file__).parent / "clauses"
FOR_ANY = "any_dispute"
"""The file whose clauses fit any dispute."""
MAX_TEXT = 2000
"""Characters of one clause as it is written."""

APPLICANT, RESPONDENT = "申请人", "被申请人"
FIELDS = {"金额": "amount", "日期": "date", "方式": "manner", "账号": "account", "文字": "text", "证件号码": "id_number"}
_NAMES = {kind: name for name, kind in FIELDS.items()}
_PLAN = {"金额": "amount", "日期": "date"}
_BRACES = re.compile(r"\{([^{}]{1,20})\}")
_PART_OF_PLAN = re.compile(r"第([1-9][0-9]?)期(金额|日期)")


class ClauseError(ValueError):
    """A clause that cannot be read; `code` is stable."""

    def __init__(self, code: str, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.code = code


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As it is written: a line is a paragraph, `- ` begins an item of a list, `| ` a row of a table whose cells are parted by `|`; fields stand in braces."""

    title: str
    text: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    types: list[str]
    clauses: list[Clause]


@cache
def files() -> dict[str, _File]:
    """Every file by its name without ending. Raises `ClauseError`."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        try:
            found[path.stem] = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ClauseError("malformed", path.name, str(error)) from error
    return found


def clauses_for(dispute_type: str) -> tuple[list[Clause], list[Clause]]:
    """Those of a type of dispute, which may be none, and those that fit any."""
    own = [clause for file in files().values() if dispute_type in file.types for clause in file.clauses]
    return own, list(files()[FOR_ANY].clauses)


def plain(clause: Clause, facts: CaseFacts) -> dict[str, Any]:
    """`title` and `blocks` in the plain form. Fields have keys by number, those of a plan `plan.…`. Raises `ClauseError`."""
    if len(clause.title) > MAX_TITLE or len(clause.text) > MAX_TEXT:
        raise ClauseError("malformed", clause.title[:MAX_TITLE], f"a title has at most {MAX_TITLE}, a text {MAX_TEXT} characters")
    numbers = iter(range(1, 1000))
    blocks: list[dict[str, Any]] = []
    for line in clause.text.splitlines():
        if not line.strip():
            continue
        if line.startswith("| "):
            row = [
                {"type": "paragraph", "content": list(_parts(cell.strip(), facts, numbers, clause.title))}
                for cell in line.strip().strip("|").split("|")
            ]
            _add_row(blocks, row, clause.title)
            continue
        item = line.startswith("- ")
        paragraph = {"type": "paragraph", "content": list(_parts(line[2:] if item else line, facts, numbers, clause.title))}
        if not item:
            blocks.append(paragraph)
        elif blocks and blocks[-1]["type"] == "bullet_list":
            blocks[-1]["items"].append([paragraph])
        else:
            blocks.append({"type": "bullet_list", "items": [[paragraph]]})
    if not blocks:
        raise ClauseError("malformed", clause.title, "a clause says something")
    return {"title": clause.title, "blocks": blocks}


def _add_row(blocks: list[dict[str, Any]], row: list[dict[str, Any]], where: str) -> None:
    if not blocks or blocks[-1]["type"] != TABLE:
        blocks.append({"type": TABLE, "rows": []})
    rows = blocks[-1]["rows"]
    if rows and len(rows[0]) != len(row):
        raise ClauseError("malformed", where, "every row of a table has as many cells as the first")
    rows.append(row)


def _parts(line: str, facts: CaseFacts, numbers: Iterator[int], where: str) -> Iterator[dict[str, Any]]:
    for n, piece in enumerate(_BRACES.split(line)):
        if n % 2:
            yield _field(piece, facts, next(numbers), where)
        elif piece:
            yield {"type": "text", "text": piece}


def _field(name: str, facts: CaseFacts, number: int, where: str) -> dict[str, Any]:
    if name in {APPLICANT, RESPONDENT}:
        names = [party.name for party in facts.parties if party.role == name]
        return {"type": "field", "key": f"f.{number}", "field": "party", "value": "、".join(names)[:100]}
    if name == "总额":
        return {"type": "field", "key": "plan.total", "field": "amount", "value": ""}
    if match := _PART_OF_PLAN.fullmatch(name):
        kind = _PLAN[match[2]]
        return {"type": "field", "key": f"plan.{match[1]}.{kind}", "field": kind, "value": ""}
    if name not in FIELDS:
        raise ClauseError("unknown_field", where, f"{{{name}}} is no field")
    return {"type": "field", "key": f"f.{number}", "field": FIELDS[name], "value": ""}


def written(clause: dict[str, Any], facts: CaseFacts) -> Clause:
    """A clause of a draft as it is kept for others: what was filled in is gone, and parties stand by their roles."""
    lines: list[str] = []
    for block in clause["blocks"]:
        if block["type"] == "paragraph":
            lines.append(_line(block, facts))
        elif block["type"] == TABLE:
            lines += [f"| {' | '.join(_line(cell, facts).replace('|', '｜') for cell in row)} |" for row in block["rows"]]
        else:
            lines += [f"- {_line(paragraph, facts)}" for item in block["items"] for paragraph in item]
    return Clause(clause["title"], "\n".join(lines))


def _line(paragraph: dict[str, Any], facts: CaseFacts) -> str:
    out = ""
    for part in paragraph["content"]:
        out += _without_names(part["text"], facts.parties) if part["type"] == "text" else f"{{{_name(part, facts)}}}"
    return out


def _without_names(text: str, parties: Iterable[Any]) -> str:
    for party in sorted(parties, key=lambda party: -len(party.name)):
        if party.role in {APPLICANT, RESPONDENT}:
            text = text.replace(party.name, f"{{{party.role}}}")
    return text


def _name(field: dict[str, Any], facts: CaseFacts) -> str:
    plan = re.fullmatch(r"plan[a-z0-9-]*\.(?:(total)|([1-9][0-9]?)\.(amount|date))", field["key"])
    if plan:
        return "总额" if plan[1] else f"第{plan[2]}期{_NAMES[plan[3]]}"
    if field["field"] == "party":
        role = next(
            (party.role for party in facts.parties if party.name in field["value"] and party.role in {APPLICANT, RESPONDENT}), "文字"
        )
        return str(role)
    return _NAMES[field["field"]]
