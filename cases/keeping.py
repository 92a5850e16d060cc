"""How long the recordings of a case are kept: legal hold, destruction, and the policy of an organisation. Pure.

Rules
* Only an ended case loses its recordings; one under a hold loses nothing (个人信息保护法 47: erasure is due when the purpose is fulfilled or the period is over,
  unless a law or an obligation wants it kept).
* Placing and lifting a hold, and destroying, need a reason and are entries of the ledger. What is destroyed leaves its tombstone there, and all hashes.
* A policy counts whole days from the last recording of the case.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cases.actor import Actor
from cases.case import NOTE_LIMIT, Case, Hold, standings
from cases.commands import DestroyRecordings, KeepingCommand, LiftHold, PlaceHold
from cases.errors import NotFound, OutOfTurn
from cases.identity import parse_text
from cases.permissions import demand, may
from cases.ports import Happened
from cases.vocabulary import Action, Standing

LONGEST = 36_500
"""Days that a policy may name."""


def handle(case: Case, command: KeepingCommand, actor: Actor, now: datetime, recorded: dict[str, Any]) -> list[Happened]:
    """`recorded`: what there is to destroy, as it goes into the tombstone (`segments`, `bytes`, `sessions`); `open` while a session goes on."""
    held = standings(case, actor)
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    match command:
        case PlaceHold():
            demand(held, Action.HOLD, case.stage)
            if case.hold is not None:
                raise OutOfTurn("on_hold", "This case is on hold already", reason=case.hold.reason)
            case.hold = Hold(reason, actor.name, now)
            return [Happened("case.hold_placed", {"by": actor.ledger_name, "reason": reason})]
        case LiftHold():
            demand(held, Action.HOLD, case.stage)
            if case.hold is None:
                raise OutOfTurn("no_hold", "This case is not on hold")
            case.hold = None
            return [Happened("case.hold_lifted", {"by": actor.ledger_name, "reason": reason})]
        case DestroyRecordings():
            demand(held, Action.DESTROY, case.stage)
            if case.hold is not None:
                raise OutOfTurn("on_hold", "This case is on hold; lift the hold first", reason=case.hold.reason)
            if recorded["open"]:
                raise OutOfTurn("session_open", "The session has not ended yet")
            if not recorded["segments"]:
                raise NotFound("no_recording", "Nothing of this case was recorded")
            case.destroyed_at, case.destroyed_by, case.destroyed_why = now, actor.name, reason
            told = {key: recorded[key] for key in ("sessions", "segments", "bytes")}
            return [Happened("recording.destroyed", {"by": actor.ledger_name, "reason": reason, **told})]


def may_go(case: Case) -> bool:
    """Whether a policy may take this case's recordings at all."""
    return case.hold is None and may((Standing.SYSTEM,), Action.DESTROY, case.stage)


def kept_until(last_recorded: datetime, days: int) -> datetime | None:
    """When a policy lets the recordings go; None where it never does."""
    return last_recorded + timedelta(days=days) if days > 0 else None
