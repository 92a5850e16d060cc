"""Joint mediation (联合调解; 人民调解工作若干规定 21): organisations that are asked to assist the lead, and what becomes of their shares. Pure.

Rules
* The lead (主办) keeps the case: it signs, closes, opens the room and sends invitations. Who assists (协办) reads the case and sits in its room.
* The governance centre or the lead asks an organisation other than the lead's. Any of its people who was asked may take the share; the first one has it. Declining is
  each one's own word; when the last has declined, the organisation has.
* Nobody assists who has an interest in the case (在线调解规则 13), by the same rule as for a lead.
* Whoever assists may leave, and may be released by the centre or the lead, each with a reason. From then on nothing of the case is open to this account.
* A share goes with the lead's mediation: it ends when the case goes back, and a request when the mediation ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from cases.actor import Actor
from cases.assistance import Share
from cases.case import NOTE_LIMIT, Case, standings
from cases.commands import joint as c
from cases.errors import Conflict, Invalid, NotAllowed, NotFound, OutOfTurn, TooMuch
from cases.identity import parse_text
from cases.permissions import demand
from cases.ports import Happened
from cases.proposing import Candidate, LeftOut, interest_of
from cases.vocabulary import Action, ShareState, Standing

OPEN_LIMIT = 3
"""Organisations that assist or are asked at once: the room has eight seats, and the people of the dispute need most of them."""
CASE_LIMIT = 20
"""Requests in one case, however they ended."""
ASKED_LIMIT = 20
"""People of one organisation who are asked at once, as of those who are offered an order."""


def handle(case: Case, command: c.JointCommand, actor: Actor, now: datetime) -> list[Happened]:
    """Apply one command. Raises `Refusal` before anything is changed."""
    held = standings(case, actor)
    match command:
        case c.AskJoint():
            demand(held, Action.ASK_JOINT, case.stage)
            return _ask(case, command, actor, now)
        case c.JoinCase():
            return _join(case, command, actor, held, now)
        case c.DeclineJoint():
            _demand_open(_share(case, command.share), actor)
            demand(held, Action.DECLINE_JOINT, case.stage)
            return _decline(case, command, actor, now)
        case c.LeaveJoint():
            demand(held, Action.LEAVE_JOINT, case.stage)
            return _leave(case, command, actor, now)
        case c.ReleaseJoint():
            demand(held, Action.RELEASE_JOINT, case.stage)
            return _release(case, command, actor, now)


def why_not(case: Case, one: Candidate, past: Sequence[Case], today: date) -> LeftOut | None:
    """Why somebody is not asked to join. Where the person works does not matter: others are asked because they are of elsewhere."""
    against = interest_of(case, one, past)
    if against is None and one.away_until is not None and today <= one.away_until:
        return LeftOut(one.id, "away", one.away_until.isoformat())
    return against


def assisting(case: Case) -> list[Share]:
    return [share for share in case.joint if share.assists]


def desks(case: Case) -> set[str]:
    """Accounts that have the case on their desk by a share."""
    return {account for share in case.joint for account in (share.asked if share.waits else [share.account] if share.assists else [])}


def _ask(case: Case, command: c.AskJoint, actor: Actor, now: datetime) -> list[Happened]:
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    if case.mediator is not None and command.org == case.mediator.org:
        raise Invalid("joint_own", "The lead's own organisation mediates this case already", field="org")
    running = [share for share in case.joint if share.open]
    if any(share.org == command.org for share in running):
        raise Conflict("joint_asked", "This organisation assists already, or was asked to")
    if len(running) >= OPEN_LIMIT:
        raise TooMuch("joint_open", f"At most {OPEN_LIMIT} organisations assist at once", limit=OPEN_LIMIT)
    if len(case.joint) >= CASE_LIMIT:
        raise TooMuch("joint_spent", f"At most {CASE_LIMIT} requests to join are made in one case", limit=CASE_LIMIT)
    asked = list(dict.fromkeys(command.to))[:ASKED_LIMIT]
    if not asked:
        raise Invalid("joint_nobody", "This organisation has nobody who could be asked", field="org")
    share = Share(f"j{len(case.joint) + 1}", command.org, command.org_name, reason, actor.name, now, asked)
    case.joint = [*case.joint, share]
    return [Happened("joint.asked", {"share": share.id, "org": share.org, "to": asked, "reason": reason, "by": actor.ledger_name})]


def _join(case: Case, command: c.JoinCase, actor: Actor, held: Iterable[Standing], now: datetime) -> list[Happened]:
    share = _share(case, command.share)
    if share.assists and actor.id in share.asked:
        if share.account == actor.id:
            return []
        raise Conflict("joint_taken", f"{share.name} has joined already", by=share.name)
    _demand_open(share, actor)
    demand(held, Action.JOIN, case.stage)
    _demand_asked(share, actor)
    if actor.id in case.conflicted or any(person.name == actor.name for person in case.parties):
        raise NotAllowed("joint_interest", "Who has an interest in the case does not assist in it")
    share.state, share.account, share.name, share.joined_at = ShareState.JOINED, actor.id, actor.name, now
    return [Happened("joint.joined", {"share": share.id, "org": share.org, "by": actor.ledger_name})]


def _decline(case: Case, command: c.DeclineJoint, actor: Actor, now: datetime) -> list[Happened]:
    share = _share(case, command.share)
    _demand_asked(share, actor)
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    _note_interest(case, actor, command.conflict)
    share.asked = [one for one in share.asked if one != actor.id]
    share.declined, share.declined_by = [*share.declined, reason], [*share.declined_by, actor.name]
    over = not share.asked
    if over:
        share.close(ShareState.DECLINED, now, reason)
    return [_told("declined", share, actor, reason, command.conflict, over=over)]


def _leave(case: Case, command: c.LeaveJoint, actor: Actor, now: datetime) -> list[Happened]:
    share = next(one for one in assisting(case) if one.account == actor.id)
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    _note_interest(case, actor, command.conflict)
    share.close(ShareState.LEFT, now, reason)
    return [_told("left", share, actor, reason, command.conflict)]


def _release(case: Case, command: c.ReleaseJoint, actor: Actor, now: datetime) -> list[Happened]:
    """Out of the mediation, or a request that nobody has answered is taken back."""
    share = _share(case, command.share)
    reason = parse_text(command.reason, "reason", NOTE_LIMIT)
    if not share.open:
        raise OutOfTurn("joint_over", "This organisation does not assist any more")
    told = [share.account] if share.assists else share.asked
    share.close(ShareState.RELEASED, now, reason)
    return [Happened("joint.released", {"share": share.id, "from": told, "reason": reason, "by": actor.ledger_name})]


def _note_interest(case: Case, actor: Actor, conflict: bool) -> None:
    if conflict and actor.id not in case.conflicted:
        case.conflicted = [*case.conflicted, actor.id]


def _told(kind: str, share: Share, actor: Actor, reason: str, conflict: bool, *, over: bool = True) -> Happened:
    said = {"share": share.id, "by": actor.ledger_name, "reason": reason, "over": over}
    return Happened(f"joint.{kind}", said | ({"conflict": True} if conflict else {}))


def _share(case: Case, key: str) -> Share:
    found = next((share for share in case.joint if share.id == key), None)
    if found is None:
        raise NotFound("no_share", "Nobody was asked to join by this request")
    return found


def _demand_open(share: Share, actor: Actor) -> None:
    """Whoever was asked is told that there is nothing to answer any more, and not that it was never put."""
    if not share.waits and actor.id in share.asked:
        raise OutOfTurn("joint_answered", "This request was taken back, or somebody else has answered it")


def _demand_asked(share: Share, actor: Actor) -> None:
    """`actor` may be asked by another request of the same case."""
    if not share.waits or actor.id not in share.asked:
        raise NotAllowed("not_allowed", "This request is not put to you")
