"""A report that is not taken up (不予受理): the centre says why, and the reporter where else to turn. Pure; it can be taken up all the same.

Rules
* Only what lies with the centre and was given to nobody: an order is taken back first by giving it to others, an accepted case comes back from its mediator.
* Whoever reported is told why, and in words where to turn (人民调解工作若干规定 23: the parties are told which authority or court handles it). Of the same matter that was
  reported twice, the centre that sees both alone learns which other case it is: another may have reported that.
* No statistics count it as anything but received.
"""

from __future__ import annotations

from datetime import datetime

from cases.actor import Actor
from cases.case import NOTE_LIMIT, Case, move, standings
from cases.commands.declining import DeclineReport, DecliningCommand
from cases.declined import Declined
from cases.errors import Invalid
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, DeclineReason


def handle(case: Case, command: DecliningCommand, actor: Actor, now: datetime) -> list[Happened]:
    """Raises `Refusal`, and leaves the case as it was."""
    held = standings(case, actor)
    if isinstance(command, DeclineReport):
        demand(held, Action.DECLINE_REPORT, case.stage)
        return _decline(case, command, actor, now)
    demand(held, Action.TAKE_UP, case.stage)
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    case.declined, case.dispatch_reminded, case.undispatched_at = None, None, None
    move(case, Action.TAKE_UP, now, who=actor.name, note=reason)
    return [Happened("case.taken_up", {"reason": reason, "by": actor.ledger_name})]


def _decline(case: Case, command: DeclineReport, actor: Actor, now: datetime) -> list[Happened]:
    same = command.why is DeclineReason.SAME
    words = parse_text(command.words, "words", NOTE_LIMIT, required=not same)
    if same and not command.same:
        raise Invalid("missing", "Choose the case that is about the same matter", field="same")
    if command.same == case.id:
        raise Invalid("same_itself", "A case is not the same as itself; choose the other one", field="same")
    case.declined = Declined(command.why, words, actor.name, now, command.same if same else "")
    move(case, Action.DECLINE_REPORT, now, who=actor.name, note=words)
    told = {"why": str(command.why), "words": words, "by": actor.ledger_name}
    return [Happened("case.declined", told | ({"same": command.same} if same else {}))]


def told_office(case: Case) -> dict[str, object] | None:
    """`why words by`; `entered` where staff has to tell whoever reported it. Which other case it is, is asked for (`web/declining_pages.py`): not everybody who sees the one may see the other."""
    one = case.declined
    if one is None:
        return None
    return {"why": str(one.why), "words": one.words or None, "by": one.by, "entered": case.reporter is None or None}


def told_reporter(case: Case) -> dict[str, object] | None:
    one = case.declined
    return None if one is None else {"why": str(one.why), "words": one.words or None}
