"""After the agreement: who has performed what (履行跟踪), breach, and follow-up visits (回访). Pure.

The committee looks after the performance and urges it (人民调解法 31); on a dispute over it either party may sue (32), and both together may ask for
judicial confirmation within thirty days (33).

Rules
* The schedule is drawn from the sealed text where its fields tell, and completed or corrected by the mediator. Every change is an entry of the ledger.
* A party tells of its own obligations and claims only, and answers the other side's word. Only the office's confirmation makes a receipt count.
* Receipts that stand never exceed what is owed together. One that was a mistake is taken back with a reason and stays to be seen.
* Nothing becomes a breach by itself: the mediator states it. What is past its day is noted once.
* `handle` changes the given case in place; a `Refusal` leaves it as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from cases.actor import SYSTEM, Actor
from cases.calendar import county_day
from cases.case import NOTE_LIMIT, Case
from cases.commands import performance as c
from cases.commands.rating import AnswerRating
from cases.errors import Conflict, Invalid, NotAllowed, NotFound, OutOfTurn, TooMuch
from cases.identity import parse_text
from cases.obligation import OPEN, Answer, Obligation, Performance, Receipt, Said, Visit, fen, is_amount, yuan
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, CaseStage, Standing

OBLIGATION_LIMIT, RECEIPT_LIMIT, VISIT_LIMIT = 200, 100, 50
"""Of a case, of an obligation, of a case."""
REMIND_DAYS = 3
VISIT_AHEAD, DUE_AHEAD = timedelta(days=5 * 366), timedelta(days=50 * 366)
"""Later than that a day is a slip of the keyboard: a follow-up within five years, and nothing is owed over more than fifty."""
WHAT_LIMIT, CLAUSE_LIMIT, MANNER_LIMIT = 300, 60, 100
CALL_WITHIN = timedelta(days=3)
"""By when whoever gave a low rating is to be called; set by the county, not by statute."""
APART = "ratings"
"""The chain of ratings and of what follows from them: in no bundle, since the mediator can export those and is not to learn who said what."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def begin(case: Case, drawn: list[Obligation]) -> list[Happened]:
    """The agreement has taken effect: its schedule, as far as the sealed text tells it."""
    kept = drawn[:OBLIGATION_LIMIT]
    for number, one in enumerate(kept, 1):
        one.id, one.drawn = f"o{number}", True
    case.performance = Performance(kept, made=len(kept), left_out=len(drawn) - len(kept))
    return [Happened("performance.begun", {"obligations": [_told(one) for one in kept], "left_out": case.performance.left_out})]


def handle(case: Case, command: c.PerformanceCommand, actor: Actor, held: Iterable[Standing], party: str, now: datetime) -> list[Happened]:
    """Apply one command. `held`: what the actor is to the case or in its session; `party`: whose word it is, for a party."""
    held = tuple(held)
    demand(held, action_of(command, party), case.stage)
    state = case.performance or Performance()
    match command:
        case c.SetObligation():
            happened = _set(case, state, command, actor, now)
        case c.DropObligation():
            happened = _drop(state, command, actor)
        case c.TellReceipt() | c.NoteReceipt():
            happened = _receive(case, state, command, actor, party if isinstance(command, c.TellReceipt) else "", now)
        case c.AnswerReceipt():
            happened = _answer(state, command, party, now)
        case c.ConfirmReceipt():
            happened = _confirm(state, command, actor, now)
        case c.TakeBackReceipt():
            who = case.party(party).name if party else actor.name
            happened = _take_back(state, command, party, who, actor, now)
        case c.WaiveObligation():
            happened = _waive(state, command, actor, now)
        case c.StateBreach():
            happened = _breach(state, command, actor, now)
        case c.PlanVisit():
            happened = _plan(state, command, actor, now)
        case c.NoteVisit():
            happened = _visited(state, command, actor, now)
    case.performance = state
    return happened


def action_of(command: c.PerformanceCommand, party: str) -> Action:
    """What a command is in the table of permissions; `party` where a party gives it."""
    return Action.TELL_RECEIPT if isinstance(command, c.TakeBackReceipt) and party else ACTIONS[type(command)]


ACTIONS: dict[type, Action] = {
    c.SetObligation: Action.KEEP_SCHEDULE,
    c.DropObligation: Action.KEEP_SCHEDULE,
    c.TellReceipt: Action.TELL_RECEIPT,
    c.AnswerReceipt: Action.TELL_RECEIPT,
    c.NoteReceipt: Action.NOTE_RECEIPT,
    c.ConfirmReceipt: Action.NOTE_RECEIPT,
    c.TakeBackReceipt: Action.NOTE_RECEIPT,
    c.WaiveObligation: Action.NOTE_RECEIPT,
    c.StateBreach: Action.STATE_BREACH,
    c.PlanVisit: Action.FOLLOW_UP,
    c.NoteVisit: Action.FOLLOW_UP,
}


def lateness(case: Case, now: datetime) -> list[Obligation]:
    """What is past its day and was not noted as such yet."""
    if case.performance is None or case.stage is not CaseStage.AGREED:
        return []
    return [one for one in case.performance.obligations if one.overdue_at is None and one.overdue(county_day(now))]


def mark_overdue(case: Case, actor: Actor, now: datetime) -> list[Happened]:
    """What the clock does by itself, once for a day that was agreed."""
    demand((Standing.SYSTEM,) if actor.kind == "system" else (), Action.MARK_OVERDUE, case.stage)
    late = lateness(case, now)
    for one in late:
        one.overdue_at = now
    return [Happened("obligation.overdue", {"obligation": one.id, "due": one.due}) for one in late]


def nearing(case: Case, now: datetime) -> list[Obligation]:
    """What falls due soon and nobody was reminded of yet."""
    if case.performance is None or case.stage is not CaseStage.AGREED:
        return []
    return [one for one in case.performance.obligations if one.reminded_at is None and one.near(county_day(now), REMIND_DAYS)]


def remind(case: Case, actor: Actor, now: datetime) -> list[Happened]:
    """What the clock does by itself, once for a day that was agreed: 督促履行 (人民调解法 31) begins before the day."""
    demand((Standing.SYSTEM,) if actor.kind == "system" else (), Action.MARK_OVERDUE, case.stage)
    near = nearing(case, now)
    for one in near:
        one.reminded_at = now
    return [Happened("obligation.reminded", {"obligation": one.id, "due": one.due}) for one in near]


# the schedule


def _set(case: Case, state: Performance, command: c.SetObligation, actor: Actor, now: datetime) -> list[Happened]:
    what = parse_text(command.what, "what", WHAT_LIMIT)
    clause = parse_text(command.clause, "clause", CLAUSE_LIMIT, required=False)
    manner = parse_text(command.manner, "manner", MANNER_LIMIT, required=False)
    for person in (command.debtor, command.creditor):
        if person:
            case.party(person)
    if command.debtor and command.debtor == command.creditor:
        raise Invalid("same_party", "Nobody owes something to themselves", field="creditor")
    amount = _amount(command.amount)
    due = _day(command.due, "due", county_day(now) + DUE_AHEAD) if command.due else ""
    if command.obligation:
        one = _obligation(state, command.obligation)
        _demand_fits(one, command, amount)
        if one.due != due:
            one.reminded_at = one.overdue_at = None
        one.what, one.clause, one.manner, one.due, one.amount = what, clause, manner, due, amount
        one.debtor, one.creditor = command.debtor, command.creditor
        return [Happened("obligation.corrected", {**_told(one), "by": actor.ledger_name})]
    if len(state.obligations) >= OBLIGATION_LIMIT:
        raise TooMuch("too_many_entries", f"At most {OBLIGATION_LIMIT} obligations", limit=OBLIGATION_LIMIT)
    state.made += 1
    one = Obligation(f"o{state.made}", what, clause, command.debtor, command.creditor, amount, due, manner)
    state.obligations.append(one)
    return [Happened("obligation.entered", {**_told(one), "by": actor.ledger_name})]


def _demand_fits(one: Obligation, command: c.SetObligation, amount: str) -> None:
    """A correction must not make nonsense of what was received already."""
    if not any(receipt.stands for receipt in one.receipts):
        return
    moved = (one.debtor and one.debtor != command.debtor) or (one.creditor and one.creditor != command.creditor)
    if moved or bool(one.amount) != bool(amount) or (amount and fen(amount) < one.told):
        raise OutOfTurn("receipts_stand", "Something was received of this already; take that back first", told=yuan(one.told))


def _drop(state: Performance, command: c.DropObligation, actor: Actor) -> list[Happened]:
    one, reason = _obligation(state, command.obligation), parse_text(command.reason, "reason", NOTE_LIMIT)
    if any(receipt.stands for receipt in one.receipts):
        raise OutOfTurn("receipts_stand", "Something was received of this already; take that back first", told=yuan(one.told))
    state.obligations.remove(one)
    return [Happened("obligation.dropped", {**_told(one), "reason": reason, "by": actor.ledger_name})]


def _told(one: Obligation) -> dict[str, str]:
    return {name: getattr(one, name) for name in ("id", "what", "clause", "debtor", "creditor", "amount", "due", "manner")}


# receipts


def _receive(
    case: Case, state: Performance, command: c.TellReceipt | c.NoteReceipt, actor: Actor, party: str, now: datetime
) -> list[Happened]:
    one = _obligation(state, command.obligation)
    if isinstance(command, c.TellReceipt) and party not in one.concerns:
        raise NotAllowed("not_your_obligation", "This is neither owed by you nor to you")
    on, note = _day(command.on, "on"), parse_text(command.note, "note", NOTE_LIMIT, required=False)
    if date.fromisoformat(on) > county_day(now):
        raise Invalid("date_ahead", "What was performed was performed today or before", field="on")
    _demand_since(case, on)
    rest = fen(one.amount) - one.told
    if one.state not in OPEN or (rest <= 0 if one.amount else any(r.stands and not r.part for r in one.receipts)):
        raise OutOfTurn("nothing_owed", "Nothing more is owed of this, or all of it is told already")
    if command.amount and not one.amount:
        raise Invalid("amount_not_owed", "This is not owed in money: leave the amount empty", field="amount")
    amount = (_amount(command.amount) or yuan(rest)) if one.amount else ""
    if one.amount and fen(amount) > rest:
        raise Invalid("more_than_owed", f"At most {yuan(rest)} yuan are still owed", field="amount", rest=yuan(rest))
    if len(one.receipts) >= RECEIPT_LIMIT:
        raise TooMuch("too_many_entries", f"At most {RECEIPT_LIMIT} receipts", limit=RECEIPT_LIMIT)
    receipt = Receipt(f"r{len(one.receipts) + 1}", on, now, party, amount, command.part and not one.amount, note)
    if not party:
        receipt.confirmed = Said("", actor.name, now)
    one.receipts.append(receipt)
    told = {"obligation": one.id, "receipt": receipt.id, "on": on, "amount": amount, "part": receipt.part, "note": note}
    return [Happened("receipt.told" if party else "receipt.noted", {**told, "by": party or actor.ledger_name})]


def _answer(state: Performance, command: c.AnswerReceipt, party: str, now: datetime) -> list[Happened]:
    one, receipt = _receipt(state, command.obligation, command.receipt)
    note = parse_text(command.note, "note", NOTE_LIMIT, required=False)
    if party not in one.concerns:
        raise NotAllowed("not_your_obligation", "This is neither owed by you nor to you")
    if receipt.party == party:
        raise NotAllowed("own_receipt", "This is your own word; the other side answers it")
    if receipt.confirmed is not None or not receipt.stands:
        raise OutOfTurn("receipt_settled", "This was confirmed or taken back already")
    receipt.answer = Answer(party, command.agreed, now, note)
    told = {"obligation": one.id, "receipt": receipt.id, "agreed": command.agreed, "note": note}
    return [Happened("receipt.answered", {**told, "by": party})]


def _confirm(state: Performance, command: c.ConfirmReceipt, actor: Actor, now: datetime) -> list[Happened]:
    one, receipt = _receipt(state, command.obligation, command.receipt)
    if receipt.confirmed is not None or not receipt.stands:
        raise OutOfTurn("receipt_settled", "This was confirmed or taken back already")
    receipt.confirmed = Said("", actor.name, now)
    return [Happened("receipt.confirmed", {"obligation": one.id, "receipt": receipt.id, "by": actor.ledger_name})]


def _take_back(state: Performance, command: c.TakeBackReceipt, party: str, who: str, actor: Actor, now: datetime) -> list[Happened]:
    """A party takes back its own word as long as nobody has confirmed it, the office any."""
    one, receipt = _receipt(state, command.obligation, command.receipt)
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    if party and receipt.party != party:
        raise NotAllowed("not_your_word", "Only the office takes back or completes what others have said")
    if not receipt.stands or (party and receipt.confirmed is not None):
        raise OutOfTurn("receipt_settled", "This was confirmed or taken back already")
    receipt.taken_back = Said(reason, who, now)
    return [
        Happened("receipt.taken_back", {"obligation": one.id, "receipt": receipt.id, "reason": reason, "by": party or actor.ledger_name})
    ]


def to_photograph(case: Case, held: Iterable[Standing], party: str, obligation: str, name: str) -> Receipt:
    """The receipt that a photograph is to be put beside, by whose word it is or by the office. Raises `Refusal` where it may not be."""
    demand(held, Action.TELL_RECEIPT if party else Action.NOTE_RECEIPT, case.stage)
    _, receipt = _receipt(case.performance or Performance(), obligation, name)
    if party and receipt.party != party:
        raise NotAllowed("not_your_word", "Only the office takes back or completes what others have said")
    if not receipt.stands:
        raise OutOfTurn("receipt_settled", "This was confirmed or taken back already")
    if receipt.photo:
        raise Conflict("photo_there", "There is a photograph of this already")
    return receipt


def photographed(receipt: Receipt, obligation: str, photo: str, digest: str, by: str) -> list[Happened]:
    """`digest`: SHA-256 of the photograph as it is kept, lower-case hex."""
    receipt.photo = photo
    return [Happened("receipt.photographed", {"obligation": obligation, "receipt": receipt.id, "sha256": digest, "by": by})]


# waiver and breach


def _waive(state: Performance, command: c.WaiveObligation, actor: Actor, now: datetime) -> list[Happened]:
    one, reason = _obligation(state, command.obligation), parse_text(command.reason, "reason", NOTE_LIMIT)
    if one.state not in OPEN:
        raise OutOfTurn("nothing_owed", "Nothing more is owed of this, or all of it is told already")
    one.waived = Said(reason, actor.name, now)
    return [Happened("obligation.waived", {"obligation": one.id, "creditor": one.creditor, "reason": reason, "by": actor.ledger_name})]


def _breach(state: Performance, command: c.StateBreach, actor: Actor, now: datetime) -> list[Happened]:
    one, reason = _obligation(state, command.obligation), parse_text(command.reason, "reason", NOTE_LIMIT)
    told = {"obligation": one.id, "reason": reason, "by": actor.ledger_name}
    if not command.on:
        if one.breach is None:
            raise OutOfTurn("no_breach", "No breach of this was stated")
        one.breach = None
        return [Happened("obligation.breach_withdrawn", told)]
    if one.state not in OPEN:
        raise OutOfTurn("nothing_owed", "Nothing more is owed of this, or all of it is told already")
    if one.breach is not None:
        raise Conflict("breach_stated", "The breach of this was stated already")
    one.breach = Said(reason, actor.name, now)
    return [Happened("obligation.breached", told)]


# follow-up


def _plan(state: Performance, command: c.PlanVisit, actor: Actor, now: datetime) -> list[Happened]:
    on = _day(command.on, "on", county_day(now) + VISIT_AHEAD)
    if date.fromisoformat(on) < county_day(now):
        raise Invalid("date_past", "A follow-up is planned for today or later", field="on")
    # Counted without those of ratings: a number left out would tell that there is one.
    number = len(state.planned()) + 1
    if number > VISIT_LIMIT:
        raise TooMuch("too_many_entries", f"At most {VISIT_LIMIT} follow-ups", limit=VISIT_LIMIT)
    visit = Visit(f"v{number}", on, command.how, actor.name, now)
    state.visits.append(visit)
    return [Happened("visit.planned", {"visit": visit.id, "on": on, "how": visit.how, "by": actor.ledger_name})]


def _visited(state: Performance, command: c.NoteVisit, actor: Actor, now: datetime) -> list[Happened]:
    visit = next((one for one in state.planned() if one.id == command.visit), None)
    if visit is None:
        raise _unknown("visit")
    return [Happened("visit.noted", noted(visit, command, actor, now))]


def raise_visit(case: Case, party: str, now: datetime) -> Happened:
    """A low rating asks for a call; also where there is nothing to perform."""
    state = case.performance = case.performance or Performance()
    number = 1 + sum(1 for one in state.visits if one.rating)
    visit = Visit(f"r{number}", (county_day(now) + CALL_WITHIN).isoformat(), "telephone", "", now, rating=party)
    state.visits.append(visit)
    return Happened("visit.planned", {"visit": visit.id, "on": visit.on, "how": visit.how, "by": SYSTEM.ledger_name}, chain=APART)


def noted(visit: Visit, command: c.NoteVisit | AnswerRating, actor: Actor, now: datetime) -> dict[str, Any]:
    """Put down what came of a follow-up. Returns what the ledger is told."""
    on, outcome = _day(command.on, "on"), parse_text(command.outcome, "outcome", NOTE_LIMIT)
    if date.fromisoformat(on) > county_day(now):
        raise Invalid("date_ahead", "What was performed was performed today or before", field="on")
    if visit.outcome:
        raise Conflict("visit_noted", "What came of this follow-up was noted already")
    visit.on, visit.outcome, visit.satisfied, visit.by, visit.at = on, outcome, command.satisfied, actor.name, now
    told = {"visit": visit.id, "on": on, "how": visit.how, "outcome": outcome, "satisfied": command.satisfied}
    return {**told, "by": actor.ledger_name}


# reading what was written


def _unknown(what: str) -> NotFound:
    return NotFound("no_entry", "There is no such obligation, receipt or follow-up in this case", what=what)


def _obligation(state: Performance, name: str) -> Obligation:
    for one in state.obligations:
        if one.id == name:
            return one
    raise _unknown("obligation")


def _receipt(state: Performance, obligation: str, name: str) -> tuple[Obligation, Receipt]:
    one = _obligation(state, obligation)
    for receipt in one.receipts:
        if receipt.id == name:
            return one, receipt
    raise _unknown("receipt")


def _amount(text: str) -> str:
    if text and not is_amount(text):
        raise Invalid(
            "amount_shape", "An amount is written in yuan with two decimals, such as 1800.00, and is more than nothing", field="amount"
        )
    return text


def _day(text: str, field: str, latest: date = date.max) -> str:
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2999:
        raise Invalid("date_shape", "A day is written as 2026-12-01 and exists in the calendar", field=field)
    if found > latest:
        raise Invalid("date_far", "This day is too far ahead to be meant", field=field, latest=latest.isoformat())
    return text


def _demand_since(case: Case, on: str) -> None:
    """Nothing is performed of a dispute that has not been reported yet. Between the report and the agreement somebody may well have paid."""
    if date.fromisoformat(on) < county_day(case.reported_at):
        raise Invalid("date_before_report", "This is before the dispute was reported", field="on")
