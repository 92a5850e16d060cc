"""May this Yjs update enter the agreement? Decided on a staging document, before anything is stored or broadcast.

In this order, the first that fails refuses:

    size          at most 64 KiB
    stage         edits belong to the stage of drafting
    permission    the seat may edit at all
    form          a well-formed update of clauses, elements and text                       (update_format)
    author        only client ids granted to the sender's seat may advance
    dependencies  nothing may lie pending: no gap, no unknown origin, no deletion of what is not there
    schema        every touched clause is valid, and so is the whole                       (schema)
    convergence   a copy built afresh reads the same
    clauses       the difference before and after touches only kinds the seat may edit, no clause locked by another, and leaves one of each kind there was

An honest item's left neighbour stands left of its right neighbour. One that says otherwise is put in another place by every order of
integration: those who were there and those who load the document later would read different agreements. Hence the convergence check, on
updates that name both neighbours (about 1 ms on a draft of a thousand edits).

Deletions carry no author in Yjs, so they are judged by that difference alone. Two updates that are valid each may merge into an invalid
document: so the staging document must hold everything that was accepted before (see `live`).
"""

from __future__ import annotations

from typing import Any

import msgspec
from pycrdt import Doc

from agreements.schema import SchemaError, check_whole, count_characters, fragment, read_clause, read_document
from agreements.update_format import Summary, UpdateError, read_state_vector, read_update

MAX_UPDATE = 64 * 1024
DRAFTING = "drafting"


class Grant(msgspec.Struct, frozen=True):
    """What one seat may do to the draft: its client ids, whether it edits, which kinds of clause, and whether it sets and opens locks."""

    seat: str
    client_ids: frozenset[int]
    may_edit: bool = False
    kinds: frozenset[str] = frozenset()
    may_lock: bool = False


class Accepted(msgspec.Struct, frozen=True):
    """`clauses`: ids of the clauses that changed, sorted; empty where the update changes nothing that is read. `rewrites`: it takes text away and writes text
    anew, as whoever puts a field into a run of text or splits a paragraph does with what stands behind. Two that do so to one run at once would double it.
    What it takes away may be gone already: the second of two names the same words; so does an update made from a state vector, with all that ever was taken."""

    clauses: tuple[str, ...]
    rewrites: bool = False


class Refused(msgspec.Struct, frozen=True):
    """`code` is stable; `detail` is an English sentence; `data` holds what a client's own sentence needs."""

    code: str
    detail: str
    data: dict[str, Any] = {}


class Guard:
    """The staging document and the plain form of its clauses."""

    def __init__(self, state: bytes) -> None:
        self._doc: Doc[Any] = Doc()
        self._doc.apply_update(state)
        self._root = fragment(self._doc)
        self._touched: set[int] = set()
        self._structural = False
        self.spoilt = False
        self._subscription = self._root.observe_deep(self._note)
        self.clauses: list[dict[str, Any]] = read_document(self._doc)["clauses"]
        self._size = sum(map(count_characters, self.clauses))
        self._known = read_state_vector(self._doc.get_state())

    def check(self, update: bytes, grant: Grant, stage: str) -> Accepted | Refused:
        """Judge an update. Accepted, it is part of the staging document; refused after it was applied there, the staging document is
        `spoilt`: the caller builds a new one from its live document (`LiveDocument.abandon`)."""
        if len(update) > MAX_UPDATE:
            return Refused("too_large", f"the update has {len(update)} bytes, at most {MAX_UPDATE}", {"limit": MAX_UPDATE})
        if stage != DRAFTING:
            return Refused("wrong_stage", "the text is frozen: it changes only after it went back to drafting", {"stage": stage})
        if not grant.may_edit:
            return Refused("may_not_edit", "this seat reads the draft and may not edit it")
        try:
            summary = read_update(update)
            self._check_origin(summary, grant)
            self._apply(update, summary)
            after, size = self._read_touched()
            if summary.between:
                self._check_convergence(after)
        except UpdateError as error:
            return Refused(error.code, str(error))
        except SchemaError as error:
            return Refused(error.code, str(error), {"where": error.where, **error.data})
        refused, touched = _judge(self.clauses, after, grant)
        if refused:
            return refused
        self.clauses, self._size = after, size
        self.spoilt = False
        return Accepted(tuple(sorted(touched)), summary.texts and bool(summary.deletes))

    def state(self) -> bytes:
        """The staging document as one update."""
        return self._doc.get_update()

    def take(self, update: bytes) -> None:
        """Apply an update that was accepted elsewhere (catching up from the log)."""
        self._doc.apply_update(update)
        self._known = read_state_vector(self._doc.get_state())
        self.clauses, self._size = self._read_touched()

    def _check_origin(self, summary: Summary, grant: Grant) -> None:
        known = self._known
        ends = dict(known)
        for client, clock, length in summary.blocks:
            if clock + length > known.get(client, 0) and client not in grant.client_ids:
                raise UpdateError("foreign_author", f"client id {client} was not granted to this seat")
            if clock > ends.get(client, 0):
                raise UpdateError("missing_dependencies", f"edits of client {client} before {clock} are unknown here: synchronise first")
            ends[client] = max(ends.get(client, 0), clock + length)
        ids = [*summary.needs, *((client, clock + length - 1) for client, clock, length in summary.deletes if length)]
        for client, clock in ids:
            if clock >= ends.get(client, 0):
                raise UpdateError("missing_dependencies", f"edit {clock} of client {client} is unknown here: synchronise first")

    def _apply(self, update: bytes, summary: Summary) -> None:
        self.spoilt = True
        try:
            self._doc.apply_update(update)
        except Exception as error:  # the binding raises bare exceptions on what the Rust side cannot decode
            raise UpdateError("malformed", f"the update cannot be applied: {error}") from error
        reached = self._known = read_state_vector(self._doc.get_state())
        for client, clock, length in summary.blocks:
            if clock + length > reached.get(client, 0):
                raise UpdateError("missing_dependencies", f"edits of client {client} could not be placed: synchronise first")

    def _check_convergence(self, after: list[dict[str, Any]]) -> None:
        """Compare what changed with a copy that is built afresh; everything where clauses came or went, or nothing seems to have changed."""
        copy: Doc[Any] = Doc()
        copy.apply_update(self._doc.get_update())
        children = fragment(copy).children
        changed = [index for index, (old, new) in enumerate(zip(self.clauses, after, strict=False)) if old is not new]
        if len(after) != len(self.clauses) or not changed:
            changed = list(range(len(after)))
        if len(children) != len(after) or any(read_clause(children[index], index) != after[index] for index in changed):
            raise UpdateError("diverges", "the edit names neighbours in the wrong order: copies of the draft would differ")

    def _note(self, events: list[Any]) -> None:
        for event in events:
            if event.path:
                self._touched.add(event.path[0])
            else:
                self._structural = True

    def _read_touched(self) -> tuple[list[dict[str, Any]], int]:
        """The clauses after the update and their characters: only what an event touched is read again, all of them where clauses came or went."""
        touched, structural = self._touched, self._structural
        self._touched, self._structural = set(), False
        if structural:
            clauses = list(read_document(self._doc)["clauses"])
            return clauses, sum(map(count_characters, clauses))
        after, size = list(self.clauses), self._size
        for index in touched:
            after[index] = read_clause(self._root.children[index], index)
            size += count_characters(after[index]) - count_characters(self.clauses[index])
        if touched:
            check_whole(after, size)
        return after, size


def _judge(before: list[dict[str, Any]], after: list[dict[str, Any]], grant: Grant) -> tuple[Refused | None, set[str]]:
    old = {clause["id"]: clause for clause in before}
    new = {clause["id"]: clause for clause in after}
    touched = {key for key in old.keys() | new.keys() if old.get(key) is not new.get(key) and old.get(key) != new.get(key)}
    touched |= _moved(list(old), list(new))
    for key in sorted(touched):
        versions = [clause for clause in (old.get(key), new.get(key)) if clause]
        if len({clause["locked_by"] for clause in versions} | ({""} if len(versions) == 1 else set())) > 1 and not grant.may_lock:
            return Refused("may_not_lock", f"only the mediator locks and opens clause {key}", {"clause": key}), touched
        if versions[0]["locked_by"] not in ("", grant.seat) and not grant.may_lock:
            return Refused("clause_locked", f"clause {key} is locked: ask the mediator to open it", {"clause": key}), touched
        for clause in versions:
            if clause["kind"] not in grant.kinds:
                detail = f"this seat may not edit clauses of kind {clause['kind']}"
                return Refused("may_not_edit_clause", detail, {"clause": key, "kind": clause["kind"]}), touched
    gone = {clause["kind"] for clause in before} - {clause["kind"] for clause in after}
    if gone:
        detail = f"an agreement keeps its clause of kind {min(gone)}: empty it, or write another one beside it first"
        return Refused("clause_needed", detail, {"kind": min(gone)}), touched
    return None, touched


def _moved(old: list[str], new: list[str]) -> set[str]:
    """Clauses that stay but change their place among those that stay."""
    if old == new:
        return set()
    stay = set(old) & set(new)
    left, right = [key for key in old if key in stay], [key for key in new if key in stay]
    return {key for key, other in zip(left, right, strict=True) if key != other}
