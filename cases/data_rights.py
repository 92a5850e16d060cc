"""Requests about the personal data in the file of a case, and their answers (个人信息保护法 44–50). Pure.

Rules
* Who reported may ask at any stage, also of a closed case. One wish of a kind waits at a time.
* It is answered within fifteen working days (个人信息保护法 50 asks for handling in due time and names no number of days: the fifteen are this house's policy), with a reason
  always, and with the ground in law where it is refused: then whoever asked may go to court (50 II), which the page says.
* An answer is given once. It changes nothing by itself: what it grants is done by who keeps the file.
* Everything goes into a chain of its own, which no bundle has: it is no part of the dispute.
"""

from __future__ import annotations

from datetime import datetime

from cases.actor import Actor
from cases.calendar import Calendar, add_working_days
from cases.case import NOTE_LIMIT, Case, standings
from cases.clock import rfc3339
from cases.commands.data import AnswerData, AskData, DataCommand
from cases.data_request import DataAnswer, DataRequest
from cases.errors import Conflict, Invalid, NotFound
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action

ANSWER_WITHIN = 15
"""Working days."""
MOST = 20
"""Requests of a case."""
CHAIN = "data"


def handle(case: Case, command: DataCommand, actor: Actor, now: datetime, calendar: Calendar) -> list[Happened]:
    """Raises `Refusal`."""
    held = standings(case, actor)
    match command:
        case AskData():
            demand(held, Action.ASK_DATA, case.stage)
            words = parse_text(command.words, "words", NOTE_LIMIT)
            if any(one.wish is command.wish and one.answer is None for one in case.requests):
                raise Conflict("asked_already", "A request of this kind waits for its answer already")
            if len(case.requests) >= MOST:
                raise Invalid(
                    "too_many_requests", f"At most {MOST} requests in one case; please call the centre", field="words", limit=MOST
                )
            due = add_working_days(now, ANSWER_WITHIN, calendar)
            one = DataRequest(f"d{len(case.requests) + 1}", case.parties[0].id, command.wish, words, now, due)
            case.requests.append(one)
            told = {"request": one.id, "wish": str(one.wish), "words": words, "due": rfc3339(due), "by": actor.ledger_name}
            return [Happened("data.asked", told, chain=CHAIN)]
        case AnswerData():
            demand(held, Action.ANSWER_DATA, case.stage)
            asked = next((one for one in case.requests if one.id == command.request), None)
            if asked is None:
                raise NotFound("no_data_request", "There is no such request in this case")
            if asked.answer is not None:
                raise Conflict("answered_already", "This request was answered already", by=asked.answer.by)
            reason = parse_text(command.reason, "reason", NOTE_LIMIT)
            if command.granted == (command.ground is not None):
                raise Invalid("ground_needed", "A refusal names its ground in law; what is granted needs none", field="ground")
            asked.answer = DataAnswer(command.granted, reason, actor.name, now, command.ground)
            given = {"request": asked.id, "granted": command.granted, "reason": reason, "by": actor.ledger_name}
            return [Happened("data.answered", given | ({"ground": str(command.ground)} if command.ground else {}), chain=CHAIN)]


def next_due(case: Case) -> datetime | None:
    """When the first of those that wait is to be answered."""
    return min((one.due for one in case.requests if one.answer is None), default=None)
