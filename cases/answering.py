"""A livelihood matter (民生事项) is answered by whoever handles it, and is over with that (办理答复). Pure.

Rules
* Nobody has to meet for it: a lamp is mended, a rule is explained, or it is said who else can help. Where people have to come to terms after all, it is made a dispute, or a room
  is opened for it; from then on it goes the way of a dispute.
* Whoever reported reads what came of it, rates it, and a low rating is followed up by the centre (`cases.satisfaction`). Strangers read that it was answered, and how, without the words.
* It has no agreement and is none that failed: neither the rate of agreements nor the paper file counts it as one.
"""

from __future__ import annotations

from datetime import datetime

from cases.actor import Actor
from cases.answered import Answered
from cases.case import NOTE_LIMIT, Case, move, standings
from cases.commands.matters import AnswerMatter
from cases.errors import OutOfTurn
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, DisputeKind


def handle(case: Case, command: AnswerMatter, actor: Actor, now: datetime) -> list[Happened]:
    """Raises `Refusal`, and leaves the case as it was."""
    demand(standings(case, actor), Action.ANSWER_MATTER, case.stage)
    if case.kind is not DisputeKind.MATTER:
        raise OutOfTurn("not_a_matter", "A dispute is mediated, not answered; if this is none, correct its kind first")
    words = parse_text(command.words, "words", NOTE_LIMIT)
    case.answered = Answered(command.outcome, words, actor.name, now)
    move(case, Action.ANSWER_MATTER, now, who=actor.name)
    return [Happened("matter.answered", {"outcome": str(command.outcome), "words": words, "by": actor.ledger_name})]


def told(case: Case) -> dict[str, object] | None:
    """For the office and for whoever reported: `outcome words by`; `entered` where staff has to tell whoever reported it."""
    one = case.answered
    return (
        None if one is None else {"outcome": str(one.outcome), "words": one.words, "by": one.by, "entered": case.reporter is None or None}
    )


def told_everybody(case: Case) -> str | None:
    return str(case.answered.outcome) if case.answered else None
