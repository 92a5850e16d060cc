"""What people say about the draft while it is written: a remark on a clause, or another wording for some of its words. Pure.

Whoever may edit the draft may remark. The mediator accepts a wording, which then stands in the text, or settles the remark; whoever made it may take it back.
Remarks stay with the agreement, settled ones too: how a wording came about is part of the record.

Errors: those of `cases.errors`: `missing`, `too_long`, `forbidden_character`, `too_many_remarks`, `no_remark`, `remark_settled`, `not_yours`, `nothing_to_accept`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from agreements.commands import MakeRemark, SettleRemark
from agreements.schema import SchemaError, check_text
from cases.clock import rfc3339
from cases.errors import Invalid, NotAllowed, NotFound, OutOfTurn, TooMuch
from cases.identity import parse_text
from cases.ports import Happened

TEXT_LIMIT, QUOTE_LIMIT, WORDING_LIMIT = 500, 200, 1000
OPEN_LIMIT = 60
"""Remarks that nobody has settled, of one agreement."""
LIMIT = 500
"""Of one agreement, settled ones included: every command reads them."""


class Remark(msgspec.Struct, omit_defaults=True):
    """`quote` are the words that it is about, empty for the whole clause; `wording` is proposed in their place. `settled` is empty, `accepted`, `done` or
    `withdrawn`."""

    id: int
    clause: str
    seat: str
    at: datetime
    text: str = ""
    quote: str = ""
    wording: str = ""
    settled: str = ""

    @property
    def open(self) -> bool:
        return not self.settled


def make(remarks: list[Remark], command: MakeRemark, seat: str, now: datetime) -> list[Happened]:
    """Append a remark. Raises `Invalid`, `TooMuch`."""
    quote = _line(command.quote, "quote", QUOTE_LIMIT)
    wording = _line(command.wording, "wording", WORDING_LIMIT) if quote else ""
    text = parse_text(command.text, "text", TEXT_LIMIT, required=not wording)
    if wording and wording == quote:
        raise Invalid("nothing_to_accept", "The other wording is the same as the present one", field="wording")
    if sum(remark.open for remark in remarks) >= OPEN_LIMIT:
        raise TooMuch("too_many_remarks", f"At most {OPEN_LIMIT} remarks stay open; settle some first", limit=OPEN_LIMIT)
    if len(remarks) >= LIMIT:
        raise TooMuch("too_many_remarks", f"At most {LIMIT} remarks are made on one agreement; please say it in the session", limit=LIMIT)
    made = Remark(len(remarks) + 1, command.clause, seat, now, text, quote, wording)
    remarks.append(made)
    payload = {"seat": seat, "remark": made.id, "clause": made.clause, "text": text, "quote": quote, "wording": wording}
    return [Happened("draft.remarked", payload)]


def settle(remarks: list[Remark], command: SettleRemark, seat: str, mediator: bool) -> tuple[Remark, list[Happened]]:
    """Close a remark: `accept` its wording, else it is done with, or withdrawn by whoever made it. Raises `NotFound`, `OutOfTurn`, `NotAllowed`."""
    found = next((remark for remark in remarks if remark.id == command.remark), None)
    if found is None:
        raise NotFound("no_remark", "There is no such remark")
    if not found.open:
        raise OutOfTurn("remark_settled", "Somebody has settled this remark already")
    if not mediator and (found.seat != seat or command.accept):
        raise NotAllowed("not_yours", "Only the mediator settles the remarks of others")
    if command.accept and not found.wording:
        raise OutOfTurn("nothing_to_accept", "This remark proposes no wording")
    found.settled = "accepted" if command.accept else "withdrawn" if found.seat == seat else "done"
    return found, [Happened("draft.settled", {"remark": found.id, "seat": seat, "settled": found.settled})]


def told(remarks: list[Remark]) -> dict[str, dict[str, Any]]:
    """The open ones, as people in the room read them: id → the remark."""
    return {
        str(one.id): {
            "clause": one.clause,
            "seat": one.seat,
            "at": rfc3339(one.at),
            "text": one.text,
            "quote": one.quote or None,
            "wording": one.wording or None,
        }
        for one in remarks
        if one.open
    }


def _line(text: str, field: str, limit: int) -> str:
    """Words that stand in one paragraph of the draft."""
    clean = text.strip("\n")
    if len(clean) > limit:
        raise Invalid("too_long", f"{field} has more than {limit} characters", field=field, limit=limit)
    if "\n" in clean:
        raise Invalid("one_paragraph", "Words of one paragraph at a time, please", field=field)
    try:
        check_text(clean, field)
    except SchemaError as error:
        raise Invalid("forbidden_character", str(error), field=field, **error.data) from None
    return clean
