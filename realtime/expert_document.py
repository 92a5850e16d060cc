"""Invitations of experts as their readers see them: the office, the mediator in the room, and the expert. Parties read none of it."""

from __future__ import annotations

from cases.case import Case
from cases.clock import rfc3339
from cases.expert_invitation import Invitation
from realtime.patch import Doc
from rooms.expert_seats import invitation_of
from rooms.room import Room, Seat


def office_experts(case: Case) -> Doc | None:
    return {one.id: _invitation(one) for one in case.experts} or None


def room_experts(case: Case, room: Room) -> Doc | None:
    """To the mediator: those of this session, by their seats."""
    return {one.seat: _invitation(one) for one in case.experts if one.session == room.id} or None


def own_invitation(case: Case, room: Room, seat: Seat) -> Doc | None:
    """To the expert: what it is about and who the parties are, since an interest is declared before anything else is read."""
    one = invitation_of(case, room, seat)
    if one is None:
        return None
    return {
        "state": str(one.state),
        "brief": one.brief,
        "at": rfc3339(one.at) if one.at else None,
        "until": rfc3339(one.until),
        "parties": [person.name for person in case.parties],
        "type": case.dispute_type,
        "kind": str(case.kind),
        "photographs": len(one.files) or None,
        # What of the file may be looked at, while the expert sits in the room.
        "files": list(one.files) or None if seat.present else None,
        "extended": one.extended or None,
    }


def _invitation(one: Invitation) -> Doc:
    return {
        "id": one.id,
        "expert": one.expert,
        "name": one.name,
        "kind": one.kind,
        "state": str(one.state),
        "session": one.session,
        "sent_at": rfc3339(one.sent_at),
        "until": rfc3339(one.until),
        "at": rfc3339(one.at) if one.at else None,
        "minutes": one.minutes,
        "brief": one.brief,
        "photographs": len(one.files) or None,
        "reason": one.reason or None,
        "extended": one.extended or None,
        "seated_at": rfc3339(one.seated_at) if one.seated_at else None,
        "leaves_at": rfc3339(one.leaves_at) if one.leaves_at else None,
        "ended_at": rfc3339(one.ended_at) if one.ended_at else None,
        "score": one.score or None,
    }
