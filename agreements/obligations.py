"""Who owes what by a sealed agreement, read from its typed fields: what performance is followed by. Pure.

Only fields are believed: an amount or a date in a clause of kind `terms` is an obligation, and free text is none. Instalments (fields KEY.1.amount,
KEY.1.date, …, or a list or table whose items or rows have both) become one each. Who owes whom is read from the parties' names and roles in the sentence, as the
library of clauses writes them; where that does not tell, it is left empty for the mediator, as everything here may be corrected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from agreements.schema import TABLE, fields_of
from cases.obligation import Obligation, is_amount

ROLES = {"申请人": "applicant", "被申请人": "respondent"}
WHAT_LIMIT = 300
_END = re.compile(r"(?<=[。；;])")
_NO_SUM = re.compile(r"为基数|为限|以内|违约金")
"""Amounts that say how something is reckoned, not what is owed."""


class Person(msgspec.Struct, frozen=True):
    """A party: id, name, and capacity (applicant or respondent)."""

    id: str
    name: str
    capacity: str


class _Sentence(msgspec.Struct):
    text: str = ""
    amounts: list[str] = []
    dates: list[str] = []
    manner: str = ""


def obligations_of(content: dict[str, Any], people: Sequence[Person]) -> list[Obligation]:
    """`content` is the canonical form of `agreements.schema`. Ids are left to the caller. In the order of the text."""
    deadline, manner = _performance(content)
    found: list[Obligation] = []
    for number, clause in enumerate((one for one in content["clauses"] if one["kind"] == "terms"), 1):
        name = clause["title"] or f"第{number}条"
        for one in _of_clause(clause, people):
            one.clause, one.due, one.manner = name, one.due or deadline, one.manner or manner
            found.append(one)
    return found


def _performance(content: dict[str, Any]) -> tuple[str, str]:
    """Day and manner that hold where a term names none."""
    values = {field["key"]: field["value"] for one in content["clauses"] if one["kind"] == "performance" for field in fields_of(one)}
    return values.get("performance.deadline", ""), values.get("performance.manner", "")


def _of_clause(clause: dict[str, Any], people: Sequence[Person]) -> list[Obligation]:
    found: list[Obligation] = []
    # A sentence that names nobody goes on about those of the one before.
    between, head = ("", ""), _Sentence()
    for block in clause["blocks"]:
        if block["type"] == "paragraph":
            for sentence in _sentences(block):
                between = _between(sentence.text, people) or between
                head = sentence
                found += _of_sentence(sentence, between)
            continue
        items = [[s for paragraph in item for s in _sentences(paragraph)] for item in _items(block)]
        introduced = head.text.endswith(("：", ":"))
        if introduced and items and all(any(s.amounts and s.dates for s in item) for item in items):
            found = [one for one in found if not (one.amount and one.what == _cut(head.text))]
            parts = [next(s for s in item if s.amounts and s.dates) for item in items]
            found += [
                Obligation("", f"分期付款，第{n}期（共{len(parts)}期）", "", *between, part.amounts[0], part.dates[0], part.manner)
                for n, part in enumerate(parts, 1)
            ]
        elif not (introduced and head.amounts):  # else the items are what the sum is made of
            for sentence in (s for item in items for s in item):
                found += _of_sentence(sentence, _between(sentence.text, people) or between)
    return found


def _items(block: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Of a list; of a table its rows below the head, each as one paragraph, since what belongs together stands in cells of its own."""
    if block["type"] != TABLE:
        return list(block["items"])
    comma = {"type": "text", "text": "，"}
    rows = [[part for cell in row for part in (*cell["content"], comma)][:-1] for row in block["rows"][1:]]
    return [[{"type": "paragraph", "content": row}] for row in rows]


def _of_sentence(sentence: _Sentence, between: tuple[str, str]) -> list[Obligation]:
    if _NO_SUM.search(sentence.text) or not (sentence.amounts or sentence.dates):
        return []
    due = sentence.dates[0] if sentence.dates else ""
    what = _cut(sentence.text)
    return [Obligation("", what, "", *between, amount, due, sentence.manner) for amount in sentence.amounts or [""]]


def _sentences(paragraph: dict[str, Any]) -> Iterable[_Sentence]:
    now = _Sentence()
    for part in paragraph["content"]:
        if part["type"] == "field":
            now.text += part["value"] + ("元" if part["field"] == "amount" else "")
            if part["field"] == "amount" and is_amount(part["value"]):
                now.amounts.append(part["value"])
            elif part["field"] == "date" and part["value"]:
                now.dates.append(part["value"])
            elif part["field"] == "manner":
                now.manner = part["value"]
            continue
        pieces = _END.split(part["text"])
        for piece in pieces[:-1]:
            now.text += piece
            yield now
            now = _Sentence()
        now.text += pieces[-1]
    if now.text.strip():
        yield now


def _between(text: str, people: Sequence[Person]) -> tuple[str, str] | None:
    """(debtor, creditor) of a sentence, None where it names nobody. 由X… names the debtor wherever it stands; else it is who is named first."""
    words = _names(people)
    if not words:
        return None
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)))
    named = [(match.start(), words[match[0]]) for match in pattern.finditer(text)]
    if not named:
        return None
    debtor = next((who for at, who in named if text[at - 1 : at] == "由"), named[0][1])
    others = [who for _, who in named if who != debtor]
    both = [person.id for person in people]
    creditor = others[0] if others else next((who for who in both if who != debtor), "") if len(both) == 2 else ""
    return debtor, creditor


def _names(people: Sequence[Person]) -> dict[str, str]:
    """What people are called in the text → id, as far as that means one of them."""
    words: dict[str, str] = {}
    for role, capacity in ROLES.items():
        of_role = [person.id for person in people if person.capacity == capacity]
        if len(of_role) == 1:
            words[role] = of_role[0]
    for person in people:
        if sum(other.name == person.name for other in people) == 1:
            words[person.name] = person.id
    return words


def _cut(text: str) -> str:
    text = text.strip().rstrip("。；;")
    return text if len(text) <= WHAT_LIMIT else text[: WHAT_LIMIT - 1] + "…"
