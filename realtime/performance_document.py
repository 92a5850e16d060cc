"""Performance (履行跟踪) as its readers see it: the office all of it, a party what it owes and what is owed to it, the public one word.

Who reads it at all is decided by `cases.permissions` and asked in `realtime.audience` and `realtime.room_document`.
"""

from __future__ import annotations

from cases.actor import Actor
from cases.case import Case
from cases.case import standings as case_standings
from cases.clock import rfc3339
from cases.obligation import OPEN, Obligation, Performance, Receipt, Said, yuan
from cases.permissions import may
from cases.vocabulary import Action, CaseStage, SeatRole, Standing
from realtime.dossier import Dossier
from realtime.patch import Doc
from rooms.handling import seat_of, standings_of


def party_of(dossier: Dossier, actor: Actor) -> str:
    """Which party of the case this is: by the seat, by the link to its own page, or as who reported it. Empty for everybody else."""
    if actor.kind == "reporter" and actor.case_id == dossier.case.id:
        return dossier.case.parties[0].id
    if actor.kind == "party" and actor.case_id == dossier.case.id:
        return actor.id if any(one.id == actor.id for one in dossier.case.parties) else ""
    seat = seat_of(dossier.room, actor) if dossier.room is not None and actor.kind == "seat" else None
    return seat.party if seat is not None and seat.role is SeatRole.PARTY else ""


def staff_performance(case: Case) -> Doc | None:
    state = case.performance or Performance()
    # A case may also be closed without anything that could be performed.
    if (case.agreed_at is None and case.performance is None) or not may(
        (Standing.ASSIGNEE, Standing.CENTRE), Action.SEE_PERFORMANCE, case.stage
    ):
        return None
    return {
        "obligations": {one.id: _obligation(one) for one in state.obligations},
        "visits": {
            one.id: {"on": one.on, "how": one.how, "by": one.by, "outcome": one.outcome or None, "satisfied": one.satisfied}
            for one in state.planned()
        },
        "left_out": state.left_out or None,
        "agreed_at": rfc3339(case.agreed_at) if case.agreed_at else None,
    }


def party_performance(case: Case, party: str, standing: Standing) -> Doc | None:
    """Follow-ups are the office's own; breach is told to both sides."""
    state = case.performance or Performance()
    if not party or not may((standing,), Action.SEE_PERFORMANCE, case.stage):
        return None
    own = [one for one in state.obligations if party in one.concerns]
    if not own:
        return None
    names = {person.id: person.name for person in case.parties}
    return {
        "me": party,
        "names": {who: names[who] for one in own for who in one.concerns},
        "obligations": {one.id: _obligation(one) for one in own},
        "open": case.stage is CaseStage.AGREED,
        "agreed_at": rfc3339(case.agreed_at) if case.agreed_at else None,
    }


def public_performance(case: Case) -> str | None:
    """`going` or `done`, once there is something to perform: no sums, no days, no breach."""
    state = case.performance or Performance()
    if not state.obligations or not may((Standing.CENTRE,), Action.SEE_PERFORMANCE, case.stage):
        return None
    if state.open():
        return "going" if case.stage is CaseStage.AGREED else None
    return "done"


def owing(case: Case) -> Doc | None:
    """For lists: how many obligations there are and are open, and the days of the open ones. What is overdue the reader's clock tells."""
    state = case.performance or Performance()
    if not state.obligations or case.stage is not CaseStage.AGREED:
        return None
    still = state.open()
    return {"all": len(state.obligations), "open": len(still), "due": sorted({one.due for one in still if one.due}) or None}


def sees_photograph(dossier: Dossier, actor: Actor, photo: str) -> bool:
    """Whether it belongs to a receipt that the actor reads: the office all of them, a party those of its own obligations."""
    case = dossier.case
    concerned = [one for one in (case.performance or Performance()).obligations if any(receipt.photo == photo for receipt in one.receipts)]
    if not concerned:
        return False
    party = party_of(dossier, actor)
    held = standings_of(dossier.room.seats[actor.id]) if actor.kind == "seat" and party and dossier.room else case_standings(case, actor)
    return may(held, Action.SEE_PERFORMANCE, case.stage) and (not party or party in concerned[0].concerns)


def _obligation(one: Obligation) -> Doc:
    return {
        "what": one.what,
        "clause": one.clause or None,
        "debtor": one.debtor or None,
        "creditor": one.creditor or None,
        "amount": one.amount or None,
        "rest": yuan(one.total - one.confirmed) if one.amount and one.state in OPEN else None,
        "untold": yuan(one.total - one.told) if one.amount and one.state in OPEN else None,
        "due": one.due or None,
        "manner": one.manner or None,
        "drawn": one.drawn or None,
        "state": str(one.state),
        "receipts": {receipt.id: _receipt(receipt) for receipt in one.receipts} or None,
        "waived": _said(one.waived),
        "breach": _said(one.breach),
    }


def _receipt(receipt: Receipt) -> Doc:
    answer = receipt.answer
    return {
        "on": receipt.on,
        "party": receipt.party or None,
        "amount": receipt.amount or None,
        "part": receipt.part or None,
        "note": receipt.note or None,
        "photo": receipt.photo or None,
        "answer": {"party": answer.party, "agreed": answer.agreed, "note": answer.note or None} if answer else None,
        "confirmed": receipt.confirmed.by if receipt.confirmed else None,
        "taken_back": _said(receipt.taken_back),
    }


def _said(said: Said | None) -> Doc | None:
    return {"reason": said.reason, "by": said.by, "at": rfc3339(said.at)} if said else None
