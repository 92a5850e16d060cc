"""What people say about the draft while it is written: a remark on a clause, or another wording for some of its words. Pure.

Whoever may edit the draft may remark, and answer what others remarked. The mediator accepts a wording, which then stands in the text, or settles the remark; whoever
made it may take it back. Either may open it again, but for one that was accepted, or that proposed a whole clause.
Remarks stay with the agreement, settled ones too: how a wording came about is part of the record.

Errors: those of `cases.errors`: `missing`, `too_long`, `forbidden_character`, `too_many_remarks`, `too_much_proposed`, `too_many_replies`, `no_remark`, `remark_settled`, `remark_open`, `not_reopened`, `not_yours`, `nothing_to_accept`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from agreements.commands import AnswerRemark, MakeRemark, ReopenRemark, SettleRemark
from agreements.proposals import Change
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
REPLY_LIMIT, REPLIES_LIMIT = 300, 30
"""Characters of a reply; replies to one remark."""
ALL_REPLIES_LIMIT = 500
"""Of one agreement, for the same reason."""
SETTLED_TOLD = 20
"""Settled remarks that are told, the last ones."""
PROPOSED_LIMIT = 20_000
"""Characters of all clauses that stand proposed at one time, for the same reason."""


class Reply(msgspec.Struct):
    seat: str
    at: datetime
    text: str


class Remark(msgspec.Struct, omit_defaults=True):
    """`quote` are the words that it is about, empty for the whole clause; `wording` is proposed in their place. `proposal`: what is proposed for the whole clause, until
    it is settled; the ledger keeps the words. `settled` is empty, `accepted`, `done` or `withdrawn`."""

    id: int
    clause: str
    seat: str
    at: datetime
    text: str = ""
    quote: str = ""
    wording: str = ""
    proposal: Change | None = None
    settled: str = ""
    replies: list[Reply] = []

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
    _demand_room(remarks, 1)
    made = Remark(len(remarks) + 1, command.clause, seat, now, text, quote, wording)
    remarks.append(made)
    payload = {"seat": seat, "remark": made.id, "clause": made.clause, "text": text, "quote": quote, "wording": wording}
    return [Happened("draft.remarked", payload)]


def propose(remarks: list[Remark], changes: list[Change], seat: str, now: datetime) -> list[Happened]:
    """Append a remark for every change, all or none. Raises `TooMuch`."""
    demand_room(remarks, changes)
    happened = []
    for change in changes:
        made = Remark(len(remarks) + 1, change.clause, seat, now, proposal=change)
        remarks.append(made)
        payload = {"seat": seat, "remark": made.id, "clause": made.clause, "how": change.how, "heading": change.heading}
        if change.how == "moved":
            payload["beside"] = change.beside
        happened.append(Happened("draft.remarked", {**payload, "text": "", "quote": change.before, "wording": change.after}))
    return happened


def demand_room(remarks: list[Remark], changes: list[Change]) -> None:
    """Whether so much can stand proposed beside what does already. Raises `TooMuch`."""
    _demand_room(remarks, len(changes))
    size = sum(one.size for one in changes) + sum(remark.proposal.size for remark in remarks if remark.proposal is not None)
    if size > PROPOSED_LIMIT:
        raise TooMuch("too_much_proposed", f"At most {PROPOSED_LIMIT} characters of clauses stand proposed at a time", limit=PROPOSED_LIMIT)


def _demand_room(remarks: list[Remark], more: int) -> None:
    _demand_open(remarks, more)
    if len(remarks) + more > LIMIT:
        raise TooMuch("too_many_remarks", f"At most {LIMIT} remarks are made on one agreement; please say it in the session", limit=LIMIT)


def _demand_open(remarks: list[Remark], more: int) -> None:
    if sum(remark.open for remark in remarks) + more > OPEN_LIMIT:
        raise TooMuch("too_many_remarks", f"At most {OPEN_LIMIT} remarks stay open; settle some first", limit=OPEN_LIMIT)


def settle(remarks: list[Remark], command: SettleRemark, seat: str, mediator: bool) -> tuple[Remark, list[Happened]]:
    """Close a remark: `accept` its wording, else it is done with, or withdrawn by whoever made it. Raises `NotFound`, `OutOfTurn`, `NotAllowed`."""
    found = _open(remarks, command.remark)
    if not mediator and (found.seat != seat or command.accept):
        raise NotAllowed("not_yours", "Only the mediator settles the remarks of others")
    if command.accept and not (found.wording or found.proposal):
        raise OutOfTurn("nothing_to_accept", "This remark proposes no wording")
    found.settled = "accepted" if command.accept else "withdrawn" if found.seat == seat else "done"
    found.proposal = None
    return found, [Happened("draft.settled", {"remark": found.id, "seat": seat, "settled": found.settled})]


def answer(remarks: list[Remark], command: AnswerRemark, seat: str, now: datetime) -> list[Happened]:
    """Reply to an open remark. Raises `NotFound`, `OutOfTurn`, `Invalid`, `TooMuch`."""
    found = _open(remarks, command.remark)
    text = parse_text(command.text, "text", REPLY_LIMIT)
    if len(found.replies) >= REPLIES_LIMIT:
        raise TooMuch(
            "too_many_replies", f"At most {REPLIES_LIMIT} replies to one remark; please say it in the session", limit=REPLIES_LIMIT
        )
    if sum(len(remark.replies) for remark in remarks) >= ALL_REPLIES_LIMIT:
        raise TooMuch("too_many_replies", f"At most {ALL_REPLIES_LIMIT} replies to the remarks of one agreement", limit=ALL_REPLIES_LIMIT)
    found.replies = [*found.replies, Reply(seat, now, text)]
    return [Happened("draft.answered", {"remark": found.id, "reply": len(found.replies), "seat": seat, "text": text})]


def reopen(remarks: list[Remark], command: ReopenRemark, seat: str, mediator: bool) -> list[Happened]:
    """Raises `NotFound`, `OutOfTurn`, `NotAllowed`, `TooMuch`."""
    found = _known(remarks, command.remark)
    if found.open:
        raise OutOfTurn("remark_open", "This remark is not settled")
    if not mediator and found.seat != seat:
        raise NotAllowed("not_yours", "Only the mediator settles the remarks of others")
    if found.settled == "accepted" or not (found.text or found.quote):
        raise OutOfTurn("not_reopened", "What was accepted, or proposed a whole clause, is not opened again; please make a new remark")
    _demand_open(remarks, 1)
    found.settled = ""
    return [Happened("draft.reopened", {"remark": found.id, "seat": seat})]


def _known(remarks: list[Remark], number: int) -> Remark:
    found = next((remark for remark in remarks if remark.id == number), None)
    if found is None:
        raise NotFound("no_remark", "There is no such remark")
    return found


def _open(remarks: list[Remark], number: int) -> Remark:
    found = _known(remarks, number)
    if not found.open:
        raise OutOfTurn("remark_settled", "Somebody has settled this remark already")
    return found


def told(remarks: list[Remark]) -> dict[str, dict[str, Any]]:
    """The open ones, as people in the room read them: id → the remark."""
    return {str(one.id): _told(one) for one in remarks if one.open}


def told_settled(remarks: list[Remark]) -> dict[str, dict[str, Any]]:
    """The last of those that are settled, likewise, with `settled`."""
    return {str(one.id): _told(one) | {"settled": one.settled} for one in [one for one in remarks if not one.open][-SETTLED_TOLD:]}


def _told(one: Remark) -> dict[str, Any]:
    return {
        "clause": one.clause,
        "seat": one.seat,
        "at": rfc3339(one.at),
        "text": one.text,
        "quote": one.quote or None,
        "wording": one.wording or None,
        "proposal": one.proposal.told() if one.proposal is not None else None,
        "replies": [{"seat": reply.seat, "at": rfc3339(reply.at), "text": reply.text} for reply in one.replies] or None,
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
