"""How long the recordings and the file of a case are kept: legal hold, destruction by two people, and the policy of an organisation. Pure.

Rules
* Only a closed case loses its recordings on somebody's word; one under a hold loses nothing, nor one that a court may still be asked to confirm (个人信息保护法 47: erasure is
  due when the purpose is fulfilled or the period is over, unless a law or an obligation wants it kept).
* Destruction is asked for by one person with a reason, becomes possible after a waiting time in which it can be withdrawn, and needs the word of another account then. The
  case has one assignee, so that one of the two is always of the centre. A hold that is placed meanwhile ends what was asked for.
* Each step is an entry of the ledger. What is destroyed leaves its tombstone there, and all hashes.
* The whole file goes in the same way (`what` is `file`), and recordings that are left go with it. That of a case with an agreement is kept for years (`cases/erasing.py`).
* A policy counts whole days from the last recording of an ended case, and stops at a hold alone. It takes no file.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from cases import erasing
from cases.actor import Actor
from cases.case import NOTE_LIMIT, Case, Destruction, Erased, Hold, standings
from cases.clock import rfc3339
from cases.commands.keeping import ApproveDestruction, AskDestruction, KeepingCommand, LiftHold, PlaceHold, What, WithdrawDestruction
from cases.data_request import DataAnswer
from cases.data_rights import CHAIN as DATA
from cases.errors import Conflict, NotAllowed, NotFound, OutOfTurn, Refusal
from cases.identity import mask_name, parse_text
from cases.permissions import demand, may
from cases.ports import Happened
from cases.vocabulary import Action, Standing

LONGEST = 36_500
"""Days that a policy may name, or for which files may be kept."""
LONGEST_WAIT = 365
"""Days that may pass between asking for a destruction and approving it."""
ASKED: dict[What, str] = {"recordings": "recording.destruction_asked", "file": "case.erasure_asked"}
WITHDRAWN: dict[What, str] = {"recordings": "recording.destruction_withdrawn", "file": "case.erasure_withdrawn"}


def handle(
    case: Case,
    command: KeepingCommand,
    actor: Actor,
    now: datetime,
    recorded: dict[str, Any],
    wait: timedelta = timedelta(days=7),
    confirmable: date | None = None,
    file_kept: int = 0,
) -> list[Happened]:
    """`recorded`: what there is to destroy, as it goes into the tombstone (`segments`, `bytes`, `sessions`); `open` while a session goes on; `talks`: (segments, bytes) of the
    private talks in it. `wait`: between asking and
    approving. `confirmable`: the last day on which a court may be concerned with the agreement, where that is not over. `file_kept`: days for which the file of a case with
    an agreement is kept. Where the file is destroyed, `case.erased` says so, and whoever keeps the case makes it a stub in the same transaction."""
    held = standings(case, actor)

    def demand_free(what: What) -> None:
        refused = barred(case, recorded, confirmable) if what == "recordings" else barred_file(case, recorded, confirmable, file_kept, now)
        if refused is not None:
            raise refused

    match command:
        case PlaceHold():
            demand(held, Action.HOLD, case.stage)
            reason = parse_text(command.reason, "reason", NOTE_LIMIT)
            if case.hold is not None:
                raise OutOfTurn("on_hold", "This case is on hold already", reason=case.hold.reason)
            case.hold = Hold(reason, actor.name, now)
            ended = _withdrawn(case, actor, reason) if case.destruction is not None else []
            return [Happened("case.hold_placed", {"by": actor.ledger_name, "reason": reason}), *ended]
        case LiftHold():
            demand(held, Action.HOLD, case.stage)
            reason = parse_text(command.reason, "reason", NOTE_LIMIT)
            if case.hold is None:
                raise OutOfTurn("no_hold", "This case is not on hold")
            case.hold = None
            return [Happened("case.hold_lifted", {"by": actor.ledger_name, "reason": reason})]
        case AskDestruction():
            _demand(held, Action.ASK_DESTRUCTION, case)
            reason = parse_text(command.reason, "reason", NOTE_LIMIT)
            demand_free(command.what)
            if command.what == "file":
                erasing.demand_impersonal(case, reason)
            if case.destruction is not None:
                raise Conflict("destruction_asked", f"{case.destruction.by} has asked for it already", by=case.destruction.by)
            case.destruction = Destruction(reason, actor.name, _role(held), actor.ledger_name, now, now + wait, command.what)
            told = {"by": actor.ledger_name, "reason": reason, "due": rfc3339(case.destruction.due)}
            return [Happened(ASKED[command.what], told)]
        case WithdrawDestruction():
            demand(held, Action.WITHDRAW_DESTRUCTION, case.stage)
            reason = parse_text(command.reason, "reason", NOTE_LIMIT)
            _asked(case, command.what)
            return _withdrawn(case, actor, reason)
        case ApproveDestruction():
            _demand(held, Action.APPROVE_DESTRUCTION, case)
            demand_free(command.what)
            asked = _asked(case, command.what)
            if asked.account == actor.ledger_name:
                raise NotAllowed("second_person", "Somebody else than who asked for it has to approve it")
            if now < asked.due:
                raise OutOfTurn("destruction_waits", f"This is possible from {rfc3339(asked.due)} on", due=rfc3339(asked.due))
            asking = {
                "asked_by": asked.account,
                "asked_role": asked.role,
                "asked_name": mask_name(asked.by),
                "asked_at": rfc3339(asked.at),
            }
            if command.what == "file":
                erasing.demand_impersonal(case, asked.reason)
                return _erased(case, actor, asked, now, recorded, asking)
            return _destroyed(case, actor, asked.reason, now, recorded, asking)


def let_go(case: Case, actor: Actor, reason: str, now: datetime, recorded: dict[str, Any]) -> list[Happened]:
    """Destroy by an organisation's policy."""
    demand(standings(case, actor), Action.DESTROY, case.stage)
    refused = _kept_back(case, recorded)
    if refused is None and not recorded["segments"]:
        refused = _nothing_recorded()
    if refused is not None:
        raise refused
    return _destroyed(case, actor, reason, now, recorded, {})


def barred(case: Case, recorded: dict[str, Any], confirmable: date | None) -> Refusal | None:
    """Why nobody may ask for the destruction of this case's recordings at present, nor approve it."""
    refused = _in_use(case, recorded)
    if refused is None and not recorded["segments"]:
        return _nothing_recorded()
    return refused or _of_courts(confirmable)


def barred_file(case: Case, recorded: dict[str, Any], confirmable: date | None, days: int, now: datetime) -> Refusal | None:
    """Why nobody may ask for the destruction of this case's file at present, nor approve it. `days`: for which it is kept where there is an agreement."""
    return _in_use(case, recorded) or _of_courts(confirmable) or erasing.kept_back(case, days, now)


def _in_use(case: Case, recorded: dict[str, Any]) -> Refusal | None:
    return _kept_back(case, recorded) if may((Standing.CENTRE,), Action.ASK_DESTRUCTION, case.stage) else _not_closed(case)


def _of_courts(confirmable: date | None) -> Refusal | None:
    if confirmable is None:
        return None
    message = f"Courts may be asked to confirm the agreement, or decide on it, until {confirmable}"
    return OutOfTurn("confirmation_open", message, until=confirmable.isoformat())


def may_go(case: Case) -> bool:
    """Whether a policy may take this case's recordings at all."""
    return case.hold is None and may((Standing.SYSTEM,), Action.DESTROY, case.stage)


def kept_until(last_recorded: datetime, days: int) -> datetime | None:
    """When a policy lets the recordings go; None where it never does."""
    return last_recorded + timedelta(days=days) if days > 0 else None


def _demand(held: tuple[Standing, ...], action: Action, case: Case) -> None:
    try:
        demand(held, action, case.stage)
    except OutOfTurn:
        raise _not_closed(case) from None


def _not_closed(case: Case) -> OutOfTurn:
    return OutOfTurn("case_not_closed", "Recordings and files are destroyed only once the case is closed", stage=str(case.stage))


def _nothing_recorded() -> NotFound:
    return NotFound("no_recording", "Nothing of this case was recorded")


def _kept_back(case: Case, recorded: dict[str, Any]) -> Refusal | None:
    """What stands against destroying, whoever wants it."""
    if case.hold is not None:
        return OutOfTurn("on_hold", "This case is on hold; lift the hold first", reason=case.hold.reason)
    if recorded["open"]:
        return OutOfTurn("session_open", "The session has not ended yet")
    return None


def _role(held: tuple[Standing, ...]) -> str:
    return "centre" if Standing.CENTRE in held else "mediator" if Standing.ASSIGNEE in held else "system"


def _asked(case: Case, what: What) -> Destruction:
    """Of that: whoever approves one thing has not approved the other."""
    if case.destruction is None or case.destruction.what != what:
        raise OutOfTurn("destruction_not_asked", "Nobody has asked for this destruction")
    return case.destruction


def _withdrawn(case: Case, actor: Actor, reason: str) -> list[Happened]:
    what: What = case.destruction.what if case.destruction is not None else "recordings"
    case.destruction = None
    return [Happened(WITHDRAWN[what], {"by": actor.ledger_name, "reason": reason})]


def _about(case: Case, actor: Actor, reason: str, asking: dict[str, str]) -> dict[str, Any]:
    # Whoever is handed a bundle knows no accounts: what somebody is to the case, and the name as far as it is shown.
    who = {"by": actor.ledger_name, "by_role": _role(standings(case, actor))} | ({"by_name": mask_name(actor.name)} if actor.name else {})
    return {**who, "reason": reason, **asking}


def _erased(
    case: Case, actor: Actor, asked: Destruction, now: datetime, recorded: dict[str, Any], asking: dict[str, str]
) -> list[Happened]:
    happened = _destroyed(case, actor, asked.reason, now, recorded, asking) if recorded["segments"] else []
    for one in case.requests:
        if one.answer is None:  # of deletion: others stand against it
            one.answer = DataAnswer(True, asked.reason, actor.name, now)
            given = {"request": one.id, "granted": True, "reason": asked.reason, "by": actor.ledger_name}
            happened.append(Happened("data.answered", given, chain=DATA))
    case.destruction, case.erased = None, Erased(now, actor.name, asked.by, asked.reason)
    return [*happened, Happened("case.erased", _about(case, actor, asked.reason, asking))]


def _destroyed(case: Case, actor: Actor, reason: str, now: datetime, recorded: dict[str, Any], asking: dict[str, str]) -> list[Happened]:
    case.destroyed_at, case.destroyed_by, case.destroyed_why = now, actor.name, reason
    case.destroyed_asked_by = case.destruction.by if case.destruction is not None and asking else ""
    if case.destruction is not None and case.destruction.what == "recordings":
        case.destruction = None  # what is asked for the file stays asked for, when a policy takes the recordings
    about = _about(case, actor, reason, asking)
    told = {key: recorded[key] for key in ("sessions", "segments", "bytes")}
    happened = [Happened("recording.destroyed", about | told)]
    # What was recorded apart has a chain and a bundle of its own, which tell it too; the main chain has the new head of that.
    for talk, (segments, size) in recorded.get("talks", {}).items():
        own = about | {"sessions": [talk], "segments": segments, "bytes": size}
        happened += [Happened("recording.destroyed", own, chain=talk), Happened("caucus.recorded", {"caucus": talk})]
    return happened
