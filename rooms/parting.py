"""What somebody is told who has no seat in a session any more: why that is so. Pure.

Nothing of the session itself is told by it: only what was done to the own seat, and in whose words.
"""

from __future__ import annotations

from typing import Any

from cases.actor import Actor
from cases.case import Case
from cases.vocabulary import SeatRole
from rooms.expert_seats import invitation_of
from rooms.room import Room


def parting(case: Case, room: Room, actor: Actor) -> dict[str, Any] | None:
    """`role`, `state` and `why` of a co-mediator's share, `state` of an expert's invitation; None for everybody else, and for who has a seat."""
    if actor.kind == "account":
        share = next((one for one in reversed(case.joint) if one.account == actor.id), None)
        if share is not None and not share.assists:
            return {"role": str(SeatRole.CO_MEDIATOR), "state": str(share.state), "why": share.closed_why}
        return None
    seat = room.seats.get(actor.id) if actor.kind == "seat" and actor.session_id == room.id else None
    if seat is None or not seat.revoked or seat.role is not SeatRole.EXPERT:
        return None
    invitation = invitation_of(case, room, seat)
    return {"role": str(SeatRole.EXPERT), "state": str(invitation.state), "why": ""} if invitation is not None else None
