"""Whoever assists in a joint mediation sits in its room beside the lead: a seat for each share that runs, and none for one that is over. Pure.

`follow` runs after every command on the case. Who assists comes in by the own account, without a link, and needs nobody's admission.
"""

from __future__ import annotations

from datetime import datetime

from cases.case import Case
from cases.ports import Happened
from cases.vocabulary import SeatRole, SeatState
from rooms import attendance
from rooms.room import SEAT_LIMIT, Room, Seat
from rooms.settling import settled


def follow(case: Case, room: Room | None, now: datetime) -> list[Happened]:
    """In a room that is full the seat is made as soon as one becomes free."""
    if room is None or room.ended_at is not None:
        return []
    wanted = {share.account: share.name for share in case.joint if share.assists}
    seated = [seat for seat in room.seats.values() if seat.role is SeatRole.CO_MEDIATOR and not seat.revoked]
    events = [event for seat in seated if seat.party not in wanted for event in _unseat(room, seat, now)]
    for account in wanted.keys() - {seat.party for seat in seated}:
        if sum(not seat.revoked for seat in room.seats.values()) < SEAT_LIMIT:
            events.append(_seat(room, account, wanted[account]))
    return events


def _seat(room: Room, account: str, name: str) -> Happened:
    number = 1 + sum(seat.role is SeatRole.CO_MEDIATOR for seat in room.seats.values())
    seat = Seat(f"a{number}", SeatRole.CO_MEDIATOR, name, party=account, verified=True)
    room.seats[seat.id] = seat
    return Happened("seat.invited", {"seat": seat.id, "role": str(seat.role), "name": name, "minutes": 0})


def _unseat(room: Room, seat: Seat, now: datetime) -> list[Happened]:
    """Withdrawn: nobody reads or hears anything by it any more."""
    events = settled(room, now, lambda: attendance.leave(room, seat, now))
    seat.state, seat.revoked = SeatState.REMOVED, True
    return [*events, Happened("seat.removed", {"seat": seat.id})]
