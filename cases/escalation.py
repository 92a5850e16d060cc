"""Escalation (上报、提级办理): the lead brings a case that it cannot settle, or that is past its term, before the governance centre, which instructs or takes it over. Pure.

Rules
* The lead alone brings it, in an accepted case or during the mediation, with a reason; one waits at a time, and it can be withdrawn until it is answered.
* Only the centre whose region covers the case answers. Instructed, the lead goes on, with the centre's words; taken over, the case is in the centre's pool again, as one that was
  given back.
* The month of the mediation (人民调解工作若干规定 33) goes on: it is counted from the first acceptance, and no later one begins it anew.
* A case is not taken over while somebody is in its room, nor while a text is frozen for signing: the people are told first, or the text goes back to drafting.
* What the mediation's end, or a case that is given back, leaves unanswered lapses (`cases.case`).
"""

from __future__ import annotations

from datetime import datetime

from cases.actor import Actor
from cases.case import NOTE_LIMIT, Case, standings, term_began
from cases.casework import back_to_pool
from cases.clock import rfc3339
from cases.commands import escalation as c
from cases.errors import Conflict, OutOfTurn, TooMuch
from cases.escalated import Escalation
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, EscalationState

CASE_LIMIT = 10
"""Times that one case is brought before the centre, however they ended."""


def handle(
    case: Case, command: c.EscalationCommand, actor: Actor, now: datetime, *, occupied: bool = False, frozen: bool = False
) -> list[Happened]:
    """Apply one command. `occupied`: somebody is in the room of the case; `frozen`: its agreement is being confirmed or signed. Raises `Refusal` before anything is changed."""
    held = standings(case, actor)
    match command:
        case c.Escalate():
            demand(held, Action.ESCALATE, case.stage)
            return _escalate(case, command, actor, now)
        case c.WithdrawEscalation():
            demand(held, Action.WITHDRAW_ESCALATION, case.stage)
            waits = _waiting(case)
            waits.close(EscalationState.WITHDRAWN, now)
            return [Happened("escalation.withdrawn", {"escalation": waits.id, "by": actor.ledger_name})]
        case c.AnswerEscalation(what="instruct"):
            demand(held, Action.ANSWER_ESCALATION, case.stage)
            return [
                _answered(
                    case,
                    "instructed",
                    EscalationState.INSTRUCTED,
                    _waiting(case),
                    parse_text(command.words, "words", NOTE_LIMIT),
                    actor,
                    now,
                )
            ]
        case c.AnswerEscalation():
            demand(held, Action.ANSWER_ESCALATION, case.stage)
            return _take(case, command, actor, now, occupied, frozen)


def waiting(case: Case) -> Escalation | None:
    """What the centre has not answered yet."""
    return next((one for one in case.escalations if one.open), None)


def taken_from(case: Case, account: str) -> bool:
    """Whether the centre took the case from this account, which led it or assisted in it, when it last took it. Not of who gave it back: it knows already."""
    taken = next((one for one in reversed(case.escalations) if one.state is EscalationState.TAKEN), None)
    if taken is None or account in case.refused_by:
        return False
    return account == taken.account or any(
        share.account == account and share.joined_at and share.closed_at == taken.closed_at for share in case.joint
    )


def _waiting(case: Case) -> Escalation:
    found = waiting(case)
    if found is None:
        raise OutOfTurn("not_escalated", "This case is not before the centre, or was answered meanwhile")
    return found


def _escalate(case: Case, command: c.Escalate, actor: Actor, now: datetime) -> list[Happened]:
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    if waiting(case) is not None:
        raise Conflict("escalated_already", "This case is before the centre already; wait for its answer, or withdraw")
    if len(case.escalations) >= CASE_LIMIT:
        raise TooMuch("escalations_spent", f"A case is brought before the centre at most {CASE_LIMIT} times", limit=CASE_LIMIT)
    overdue = case.due is not None and case.due <= now
    one = Escalation(f"e{len(case.escalations) + 1}", reason, actor.id, actor.name, now, overdue)
    case.escalations = [*case.escalations, one]
    return [Happened("case.escalated", {"escalation": one.id, "reason": reason, "overdue": overdue, "by": actor.ledger_name})]


def _take(case: Case, command: c.AnswerEscalation, actor: Actor, now: datetime, occupied: bool, frozen: bool) -> list[Happened]:
    one = _waiting(case)
    words = parse_text(command.words, "words", NOTE_LIMIT, required=False)
    if occupied:
        raise OutOfTurn("room_occupied", "Somebody is in the room of this case: end or leave the session first")
    if frozen:
        raise OutOfTurn("escalation_frozen", "A text is being confirmed or signed: take it back to drafting first")
    case.first_accepted = term_began(case)
    number = case.number
    taken = _answered(case, "taken_over", EscalationState.TAKEN, one, words, actor, now)
    taken.payload.update(number=number, counted_from=rfc3339(case.first_accepted))
    return [taken, *back_to_pool(case, Action.TAKE_OVER, actor, now, words)]


def _answered(case: Case, kind: str, state: EscalationState, one: Escalation, words: str, actor: Actor, now: datetime) -> Happened:
    one.close(state, now)
    one.answered_by, one.words = actor.name, words
    return Happened(f"case.{kind}", {"escalation": one.id, "words": words, "to": f"account:{one.account}", "by": actor.ledger_name})
