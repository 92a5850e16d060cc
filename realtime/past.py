"""The case as it stood at any time, read out of the ledger, and what of the ledger does not hold. Pure.

A document of a past moment has the shape of `case/<id>|staff` at the time when it was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Literal

import msgspec

from cases import moment
from evidence.ledger import Entry, LedgerBroken, check_chain, check_payload
from realtime.patch import Doc, apply

Ledger = Sequence[tuple[Entry, str, dict[str, Any] | None]]
"""(entry, salt, payload or None where it was redacted) of all chains of a case, each in order."""

CORRECTED = "case.party_corrected"
MOST = 1000
"""Moments that are told one by one; what lies before them is folded into the first."""


class Moment(msgspec.Struct):
    """`kinds` and `by`: of the main chain's entries of the same transaction. `patch`: from the moment before. `reason`: why a party was corrected."""

    seq: int
    at: str
    patch: Doc
    kinds: list[str] = []
    by: str = ""
    reason: str = ""


class Fault(msgspec.Struct, frozen=True):
    """An entry that is not as it was written. `payload`: what it says was altered; `link`: it, or its place in the chain, was; `cut`: it is gone."""

    chain: str
    seq: int
    kind: str
    at: str
    what: Literal["payload", "link", "cut"]


def moments(ledger: Ledger, case_id: str) -> list[Moment]:
    """In order, the first with everything. Those whose payload is gone, or was altered so that nothing of it can be read, are left out: what they changed shows with the next change of the same part. A correction of what
    stands on no page, an identity number, is a moment without a change: its reason is read here alone."""
    main = {entry.seq: (entry, payload or {}) for entry, _, payload in ledger if entry.chain == case_id}
    found: list[Moment] = []
    before = 0
    for entry, _, payload in ledger:
        if entry.chain != f"{case_id}/{moment.CHAIN}" or entry.kind != moment.KIND or not payload:
            continue
        head = payload["head"]["seq"]
        # One transaction has one time; entries between that changed nothing of what is shown have others.
        since = [main[seq] for seq in range(before + 1, head + 1) if seq in main]
        found += _corrections([line for line in since if line[0].at != entry.at], found)
        before = head
        found.append(_moment(entry.seq, entry.at, payload["patch"], [line for line in since if line[0].at == entry.at]))
    return found + _corrections([line for seq, line in main.items() if seq > before], found)


def _moment(seq: int, at: str, patch: Doc, because: list[tuple[Entry, dict[str, Any]]]) -> Moment:
    by = next((str(said[key]) for _, said in because for key in ("by", "mediator") if said.get(key)), "")
    reason = next((str(said.get("reason", "")) for one, said in because if one.kind == CORRECTED), "")
    return Moment(seq, at, patch, [one.kind for one, _ in because], by, reason)


def _corrections(lines: list[tuple[Entry, dict[str, Any]]], so_far: list[Moment]) -> list[Moment]:
    """Of these entries, after a moment that holds on."""
    return [_moment(so_far[-1].seq, line[0].at, {}, [line]) for line in lines if line[0].kind == CORRECTED] if so_far else []


def folded(all_of_them: list[Moment], most: int = MOST) -> list[Moment]:
    """The last `most`, the first of which has everything before it."""
    if len(all_of_them) <= most:
        return all_of_them
    first = all_of_them[-most]
    whole: Doc = {}
    for one in all_of_them[: len(all_of_them) - most + 1]:
        whole = apply(whole, one.patch)
    return [msgspec.structs.replace(first, patch=whole), *all_of_them[len(all_of_them) - most + 1 :]]


def standing_at(all_of_them: Sequence[Moment], at: datetime) -> tuple[Moment, Doc] | None:
    """(the moment that held, the document) at a time; None before there was anything."""
    last = max((n for n, one in enumerate(all_of_them) if datetime.fromisoformat(one.at) <= at), default=-1)
    if last < 0:
        return None
    document: Doc = {}
    for one in all_of_them[: last + 1]:
        document = apply(document, one.patch)
    return all_of_them[last], document


def faults(ledger: Ledger, case_id: str) -> list[Fault]:
    """What does not hold, in the order of the chains: every altered payload, and the first broken link of each chain."""
    found: list[Fault] = []
    for chain, lines in groupby(ledger, key=lambda line: line[0].chain):
        inside = list(lines)
        for entry, salt, payload in inside:
            try:
                if payload is not None:
                    check_payload(entry, payload, salt)
            except (LedgerBroken, TypeError, ValueError):
                found.append(Fault(chain, entry.seq, entry.kind, entry.at, "payload"))
        try:
            check_chain(entry for entry, _, _ in inside)
        except LedgerBroken as broken:
            entry = inside[broken.seq - 1][0]
            found.append(Fault(chain, entry.seq, entry.kind, entry.at, "link"))
    return found + _cut(ledger, case_id)


def _cut(ledger: Ledger, case_id: str) -> list[Fault]:
    """The first entry that another chain names and the main one does not have."""
    main = {entry.seq: entry.entry_hash for entry, _, _ in ledger if entry.chain == case_id}
    for entry, _, payload in ledger:
        head = payload.get("head") if payload is not None and entry.kind == moment.KIND else None
        if isinstance(head, dict) and head["seq"] and main.get(head["seq"]) != head["hash"]:
            return [Fault(case_id, head["seq"], "", entry.at, "cut" if head["seq"] not in main else "link")]
    return []
