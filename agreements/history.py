"""What became of the draft: its versions, the difference of any two, and who wrote what. Pure; read from the log of updates.

A version is what one hand wrote without a longer pause; the first is the server's. Clauses are compared as they are printed (`layout`), so that a sum
differs as people read it. Differences are by characters, with what is the same by chance between two changes taken into them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from itertools import accumulate
from typing import Any, Literal

import msgspec

from agreements.layout import clause_texts
from agreements.live import LiveDocument, LogEntry
from agreements.seed import SERVER_CLIENT
from agreements.update_format import read_update
from evidence.ledger import canonical_json

PAUSE = timedelta(seconds=20)
"""Between two changes of one author that count as two versions."""
ISLAND = 2
"""Characters that are the same between two changes and yet belong to them: 修好 and 付好 share a word by chance."""

WORK = 60_000
"""Product of lengths up to which texts are compared character by character."""

Op = Literal["same", "added", "removed"]


class Version(msgspec.Struct):
    """`number` counts from 1; entries up to `seq` are in it; `at` and `until` are RFC 3339; `author` is a seat, or `server`."""

    number: int
    seq: int
    at: str
    until: str
    author: str


class Piece(msgspec.Struct, frozen=True):
    """A run of text. `author`: who wrote it, and of what was removed nobody."""

    op: Op
    text: str
    author: str = ""


class ClauseChange(msgspec.Struct, frozen=True):
    """One clause of the later version, or one that is gone. `heading` is the printed one."""

    id: str
    heading: str
    state: Literal["same", "added", "removed", "changed"]
    pieces: tuple[Piece, ...]


def writers(entries: Iterable[LogEntry]) -> dict[int, str]:
    """Client id → the author under whose name it wrote; the server's own is left out."""
    found: dict[int, str] = {}
    for entry in entries:
        for client, _, _ in read_update(entry.update).blocks:
            if client != SERVER_CLIENT:
                found.setdefault(client, entry.author)
    return found


Texts = dict[str, tuple[str, str]]
"""Clause id → heading, text; in order."""


def versions(log: Iterable[LogEntry]) -> list[Version]:
    found: list[Version] = []
    for entry in log:
        last = found[-1] if found else None
        if last is not None and last.number > 1 and last.author == entry.author and _moment(entry.at) - _moment(last.until) < PAUSE:
            last.seq, last.until = entry.seq, entry.at
        else:
            found.append(Version(len(found) + 1, entry.seq, entry.at, entry.at, entry.author))
    return found


def texts_of_versions(log: list[LogEntry]) -> list[dict[str, Any]]:
    """Every version with the text of its clauses, for whoever reads it without this program. Raises `LogBroken`, `SchemaError`."""
    known = versions(log)
    return [
        {
            **msgspec.to_builtins(version),
            "clauses": [{"id": key, "heading": heading, "text": text} for key, (heading, text) in texts.items()],
        }
        for version, (_, texts) in zip(known, _texts(log, known), strict=True)
    ]


def log_lines(log: Iterable[LogEntry]) -> bytes:
    """The log as a bundle has it: one canonical JSON object a line, its update in hex."""
    fields = LogEntry.__struct_fields__
    lines = ({name: getattr(entry, name) for name in fields} | {"update": entry.update.hex()} for entry in log)
    return b"".join(canonical_json(line) + b"\n" for line in lines)


def redline(log: list[LogEntry], since: int, until: int) -> list[ClauseChange]:
    """From version `since` (0: nothing) to version `until`. Raises `LogBroken`, `SchemaError`, and KeyError for a version that is none."""
    known = {version.number: version for version in versions(log)}
    if until not in known or (since and since not in known) or since > until:
        raise KeyError(until)
    before: Texts = {}
    after: Texts = {}
    written: dict[str, list[str]] = {}
    for number, texts in _texts(log, [known[n] for n in range(1, until + 1)]):
        written = {
            key: _authors(written.get(key, []), after.get(key, ("", ""))[1], text, known[number].author) for key, (_, text) in texts.items()
        }
        after = texts
        if number == since:
            before = texts
    return _changes(before, after, written)


def _texts(log: list[LogEntry], wanted: list[Version]) -> Iterator[tuple[int, Texts]]:
    document = LiveDocument(log[0].document, log[0])
    for version in wanted:
        document.catch_up(log[document.seq : version.seq])
        yield version.number, {key: (heading, text) for key, heading, text in clause_texts(document.proposed())}


def _authors(authors: list[str], before: str, after: str, author: str) -> list[str]:
    """Who wrote each character of `after`, where `authors` wrote those of `before` and `author` made the change."""
    if before == after:
        return authors
    found: list[str] = []
    for tag, a, b, c, d in difference(before, after):
        found += authors[a:b] if tag == "equal" else [author] * (d - c)
    return found


def _changes(before: Texts, after: Texts, written: dict[str, list[str]]) -> list[ClauseChange]:
    found: list[ClauseChange] = []
    gone = [key for key in before if key not in after]
    order = list(before)
    for key, (heading, text) in after.items():
        old = before.get(key)
        if old is None:
            state: Literal["same", "added", "changed"] = "added"
        else:
            state = "same" if old[1] == text else "changed"
            while gone and order.index(gone[0]) < order.index(key):
                found.append(_removed(gone.pop(0), before))
        found.append(ClauseChange(key, heading, state, tuple(_pieces(old[1] if old else "", text, written[key]))))
    return found + [_removed(key, before) for key in gone]


def _removed(key: str, before: Texts) -> ClauseChange:
    heading, text = before[key]
    return ClauseChange(key, heading, "removed", (Piece("removed", text),))


def _pieces(before: str, after: str, authors: list[str]) -> Iterator[Piece]:
    for tag, a, b, c, d in difference(before, after):
        if tag != "equal" and a < b:
            yield Piece("removed", before[a:b])
        start = c
        for at in range(c, d):
            if at + 1 == d or authors[at + 1] != authors[start]:
                yield Piece("same" if tag == "equal" else "added", after[start : at + 1], authors[start])
                start = at + 1


FIGURE = re.compile(r"[0-9][0-9,.]*(?:年[0-9]+月[0-9]+日)?|[零〇壹贰叁肆伍陆柒捌玖拾佰仟万亿元圆角分整]{2,}")
"""A sum in figures or in capitals, a number, a day."""
Opcode = tuple[str, int, int, int, int]


def difference(before: str, after: str) -> list[Opcode]:
    """`equal` and `replace` in turns, as (tag, from, to) of both texts. By characters; by sentences where that would take too long, and where that would as
    well, as one change: texts that repeat themselves cost difflib the cube of their length."""
    start = _common(before, after)
    tail = _common(before[start:][::-1], after[start:][::-1])
    left, right = before[start : len(before) - tail], after[start : len(after) - tail]
    found: list[Opcode] = [("equal", 0, start, 0, start)] if start else []
    for tag, a, b, c, d in _opcodes(left, right):
        inside = tag == "equal" and b - a < ISLAND and a > 0 and b < len(left) and c > 0 and d < len(right)
        now = "equal" if tag == "equal" and not inside else "replace"
        if found and found[-1][0] == now:
            _, first, _, third, _ = found[-1]
            found[-1] = (now, first, start + b, third, start + d)
        else:
            found.append((now, start + a, start + b, start + c, start + d))
    if tail and found and found[-1][0] == "equal":
        _, first, _, third, _ = found.pop()
        found.append(("equal", first, len(before), third, len(after)))
    elif tail:
        found.append(("equal", len(before) - tail, len(before), len(after) - tail, len(after)))
    return _whole_figures(found, before, after)


def _whole_figures(found: list[Opcode], before: str, after: str) -> list[Opcode]:
    """The same with sums and days struck and written whole: 1,800 that became 1,500 would read as 1,8500."""
    inside = [{at for figure in FIGURE.finditer(text) for at in range(figure.start() + 1, figure.end())} for text in (before, after)]
    out: list[Opcode] = []
    for n, (tag, a, b, c, d) in enumerate(found):
        if tag == "equal":
            while n > 0 and a < b and (a in inside[0] or c in inside[1]):
                a, c = a + 1, c + 1
            while n + 1 < len(found) and a < b and (b in inside[0] or d in inside[1]):
                b, d = b - 1, d - 1
            if a == b:
                continue
            out.append(("equal", a, b, c, d))
    edges = [(0, 0), *[edge for _, a, b, c, d in out for edge in ((a, c), (b, d))], (len(before), len(after))]
    changed = [("replace", a, b, c, d) for (a, c), (b, d) in zip(edges[::2], edges[1::2], strict=True) if (a, c) != (b, d)]
    return sorted([*out, *changed], key=lambda one: (one[1], one[3], one[2], one[4]))


def _opcodes(left: str, right: str) -> Iterator[Opcode]:
    if not left and not right:
        return
    if len(left) * len(right) <= WORK:
        yield from SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
        return
    one, other = (re.split(r"(?<=[。；，、\n])", text) for text in (left, right))
    if len(one) * len(other) > WORK:
        yield "replace", 0, len(left), 0, len(right)
        return
    at, to = ([0, *accumulate(map(len, pieces))] for pieces in (one, other))
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        yield tag, at[a], at[b], to[c], to[d]


def _common(one: str, other: str) -> int:
    """Characters at the beginning that are the same."""
    least = min(len(one), len(other))
    return next((n for n in range(least) if one[n] != other[n]), least)


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at)
