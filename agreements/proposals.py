"""What a draft that was written apart would change in everybody's text, clause by clause, and the update by which one such change is made. Pure.

    base     everybody's text when the other was begun as a copy of it
    apart    what that copy has become
    present  everybody's text now

A clause that is as it was in `base` is not proposed, whatever became of it in `present`. What is proposed is told against `present`, and where that is not `base` any
more, the two crossed. Compared is what is printed and the order of clauses; locks and status are not. Nothing of the copy but its words goes into a change: no updates, no
client ids, no authors; it is written by the server.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from pycrdt import Doc, XmlElement

from agreements.history import Op, difference
from agreements.layout import clause_texts
from agreements.schema import SchemaError, canonical, fragment, read_clause
from agreements.seed import SERVER_CLIENT, insert_block, insert_clause, suggest
from cases.errors import TooMuch
from evidence.ledger import canonical_json

Clause = dict[str, Any]
LIMIT = 60
"""Clauses that one draft may change and still be brought back."""
PRINTED = ("id", "kind", "title", "blocks")


class ClauseGone(ValueError):
    """The clause is not there any more, or not as it was; or one that was to be added is there already."""


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One clause as it would be. `heading` and `pieces` are what people read; `content` is the plain clause, empty where it is removed or moved; `against` is the hash of the
    present one, empty where it is added or moved, and then `behind` are the clauses that it may stand behind, the nearest first; none for the first place. `beside` is the
    heading of the one that a moved clause would follow."""

    clause: str
    how: Literal["changed", "added", "removed", "moved"]
    heading: str
    pieces: tuple[tuple[Op, str], ...]
    content: Clause = {}
    against: str = ""
    behind: tuple[str, ...] = ()
    beside: str = ""

    @property
    def before(self) -> str:
        return "".join(text for op, text in self.pieces if op != "added")

    @property
    def after(self) -> str:
        return "".join(text for op, text in self.pieces if op != "removed")

    @property
    def size(self) -> int:
        """Characters that keeping it takes, about."""
        return sum(len(text) for _, text in self.pieces)

    def told(self) -> dict[str, Any]:
        """As everybody in the room reads it."""
        place = {"beside": self.beside} if self.how == "moved" else {}
        return {"how": self.how, "heading": self.heading, "pieces": [list(piece) for piece in self.pieces], **place}


class Crossed(msgspec.Struct, frozen=True):
    """A change, and whether everybody's text changed in the same clause meanwhile."""

    change: Change
    crosses: bool


def compare(base: Sequence[Clause], apart: Sequence[Clause], present: Sequence[Clause]) -> list[Crossed]:
    """What bringing `apart` back would propose, in the order of the text; what it takes out comes last. Raises `TooMuch`."""
    was, becomes, now = _by_id(base), _by_id(apart), _by_id(present)
    differ = {key for key, clause in becomes.items() if clause not in (was.get(key), now.get(key))}
    moved = _moved(list(was), list(becomes), list(now))
    if len(differ) + len(moved) + len((was.keys() & now.keys()) - becomes.keys()) > LIMIT:
        raise TooMuch("too_many_changes", f"At most {LIMIT} clauses are brought back at once", limit=LIMIT)
    found: list[Crossed] = []
    reordered = [key for key in was if key in now] != [key for key in now if key in was]
    for index, (key, clause) in enumerate(becomes.items()):
        if key in moved:
            found.append(Crossed(_move(now[key], _behind(list(becomes)[:index], now), present), reordered))
        if key not in differ:
            continue
        crosses = now.get(key) != was.get(key)
        behind = _behind(list(becomes)[:index], now) if key not in now else ()
        found.append(Crossed(_change(clause, now.get(key), behind, present), crosses))
    for key, clause in was.items():
        if key not in becomes and key in now:
            found.append(Crossed(_removal(now[key], present), now[key] != clause))
    return found


def digest_of(changes: Sequence[Change]) -> str:
    """SHA-256 in lower-case hex of everything that the changes would do and show."""
    return hashlib.sha256(canonical_json(msgspec.to_builtins(list(changes)))).hexdigest()


def apply_change(state: bytes, change: Change) -> bytes:
    """The update by which the server makes a change in the document with this state; proposed under `SERVER_GRANT`. Raises `ClauseGone`."""
    doc: Doc[Any] = Doc(client_id=SERVER_CLIENT)
    doc.apply_update(state)
    before = doc.get_state()
    elements = list(fragment(doc).children)
    ids = [str(one.attributes["id"]) for one in elements if isinstance(one, XmlElement)]
    if change.how == "added":
        if change.clause in ids:
            raise ClauseGone(change.clause)
        index = next((ids.index(key) + 1 for key in change.behind if key in ids), 0)
        return suggest(state, change.content, index)
    if change.how == "moved":
        return _apply_move(doc, before, ids, change)
    at = ids.index(change.clause) if change.clause in ids else -1
    if at < 0 or _hash(_read(elements[at])) != change.against:
        raise ClauseGone(change.clause)
    with doc.transaction():
        if change.how == "removed":
            del fragment(doc).children[at]
        else:
            _rewrite(elements[at], _read(elements[at]), change.content)
    return doc.get_update(before)


def _apply_move(doc: Doc[Any], before: bytes, ids: list[str], change: Change) -> bytes:
    """Yjs moves nothing: the clause is written anew in its new place, its lock and status with it. What somebody writes in it in the same moment is lost."""
    after = next((key for key in change.behind if key in ids), "")
    if change.clause not in ids or (change.beside and not after):
        raise ClauseGone(change.clause)
    at, place = ids.index(change.clause), ids.index(after) + 1 if after else 0
    if place in (at, at + 1):
        raise ClauseGone(change.clause)  # it stands there already
    clause = _read(fragment(doc).children[at])
    with doc.transaction():
        del fragment(doc).children[at]
        insert_clause(doc, place - (place > at), clause)
    return doc.get_update(before)


def _rewrite(element: Any, old: Clause, new: Clause) -> None:
    """Blocks that stay the same at the beginning and at the end are left alone."""
    if old["title"] != new["title"]:
        element.attributes["title"] = new["title"]
    before, after = old["blocks"], new["blocks"]
    least = min(len(before), len(after))
    head = next((n for n in range(least) if before[n] != after[n]), least)
    tail = next((n for n in range(least - head) if before[-1 - n] != after[-1 - n]), least - head)
    # First what comes, then what goes: a clause is never empty.
    for place, block in enumerate(after[head : len(after) - tail]):
        insert_block(element, head + place, block)
    for _ in range(len(before) - tail - head):
        del element.children[len(after) - tail]


def _change(clause: Clause, now: Clause | None, behind: tuple[str, ...], present: Sequence[Clause]) -> Change:
    listed = [_printed(one) for one in present]
    ids = [one["id"] for one in listed]
    if now is None:
        listed.insert(next((ids.index(key) + 1 for key in behind if key in ids), 0), clause)
    else:
        listed[ids.index(clause["id"])] = clause
    heading, text = _read_of(listed, clause["id"])
    before = _read_of(present, clause["id"])[1] if now is not None else ""
    against = _hash(now) if now is not None else ""
    return Change(clause["id"], "changed" if now is not None else "added", heading, _pieces(before, text), clause, against, behind)


def _move(now: Clause, behind: tuple[str, ...], present: Sequence[Clause]) -> Change:
    heading, text = _read_of(present, now["id"])
    ids = {one["id"] for one in present}
    beside = next((_read_of(present, key)[0] for key in behind if key in ids), "")
    return Change(now["id"], "moved", heading, (("same", text),), behind=behind, beside=beside)


def _moved(was: list[str], becomes: list[str], now: list[str]) -> set[str]:
    """As few of those that are in all three as explain the other order; none that stands in its place already."""
    common = set(was) & set(becomes) & set(now)
    place = {key: n for n, key in enumerate(was)}
    apart, present = ([key for key in order if key in common] for order in (becomes, now))
    if apart == present:
        return set()
    stay = _longest_rising([place[key] for key in apart])
    before = dict(zip(present, [None, *present], strict=False))
    moved: set[str | None] = set()
    for earlier, key in zip([None, *apart], apart, strict=False):
        if place[key] not in stay and (before[key] != earlier or earlier in moved):
            moved.add(key)
    return {key for key in moved if key is not None}


def _longest_rising(numbers: list[int]) -> set[int]:
    """Of a longest subsequence that rises, by patience sorting."""
    tops: list[int] = []
    under: dict[int, int | None] = {}
    for number in numbers:
        pile = bisect_left(tops, number)
        under[number] = tops[pile - 1] if pile else None
        tops[pile : pile + 1] = [number]
    found: set[int] = set()
    last = tops[-1] if tops else None
    while last is not None:
        found.add(last)
        last = under[last]
    return found


def _removal(now: Clause, present: Sequence[Clause]) -> Change:
    heading, text = _read_of(present, now["id"])
    return Change(now["id"], "removed", heading, _pieces(text, ""), {}, _hash(now))


def _pieces(before: str, after: str) -> tuple[tuple[Op, str], ...]:
    found: list[tuple[Op, str]] = []
    for tag, a, b, c, d in difference(before, after):
        if tag == "equal":
            found.append(("same", after[c:d]))
            continue
        found += [("removed", before[a:b])] if a < b else []
        found += [("added", after[c:d])] if c < d else []
    return tuple(found)


def _behind(earlier: list[str], now: dict[str, Clause]) -> tuple[str, ...]:
    """Ids before it, the nearest first, up to one that is in everybody's text: those between are added as well."""
    found: list[str] = []
    for key in reversed(earlier):
        found.append(key)
        if key in now:
            break
    return tuple(found)


def _read_of(clauses: Sequence[Clause], key: str) -> tuple[str, str]:
    return next((heading, text) for one, heading, text in clause_texts({"clauses": clauses}) if one == key)


def _by_id(clauses: Sequence[Clause]) -> dict[str, Clause]:
    return {clause["id"]: _printed(clause) for clause in clauses}


def _printed(clause: Clause) -> Clause:
    return {name: clause[name] for name in PRINTED}


def _read(element: Any) -> Clause:
    try:
        return read_clause(element)
    except SchemaError as error:
        raise ClauseGone(str(error)) from None


def _hash(clause: Clause) -> str:
    return hashlib.sha256(canonical({"version": 1, "clauses": [clause]})).hexdigest()
