"""A session whose case the centre takes over (提级办理) stands still without its mediator, and the next lead takes it up: one room, one written record, one draft. Pure.

Rules
* Nobody sits in it any more: every seat is withdrawn, and each comes in by a new link, with identity and consents of its own anew.
* It is taken up from the first stage on. The mediator's seat is `m` again; who led before stays among the people under a name of the own, with what this one said.
* What was said or drafted in private (背对背) was told to who led then: it is not open to the next.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cases.actor import Actor
from cases.ports import Happened
from cases.vocabulary import SeatRole, SeatState, SessionStage
from rooms.attendance import end_caucus
from rooms.identity_check import forget_number
from rooms.room import Facts, Room, Seat, move
from rooms.settling import settled

MEDIATOR = "m"


def occupied(room: Room | None, online: Collection[str]) -> bool:
    """Whether somebody beside the mediator is in the room, or waits at its door. `online`: the seats that have it open; who closed the page without leaving keeps nobody waiting."""
    if room is None or room.ended_at is not None:
        return False
    here = (seat for seat in room.seats.values() if seat.role is not SeatRole.MEDIATOR and not seat.revoked and seat.id in online)
    return any(seat.state in {SeatState.ADMITTED, SeatState.LOBBY} for seat in here)


def between_leads(room: Room | None) -> bool:
    """Whether the room was vacated, and no next lead has taken it up."""
    return room is not None and room.ended_at is None and room.seats[MEDIATOR].revoked


def vacate(room: Room, now: datetime) -> list[Happened]:
    """Withdraw every seat of a room that is not `occupied`, and end the private talk that was left open in it. Those who assist go by their shares."""
    return settled(room, now, lambda: _vacate(room, now))


def _vacate(room: Room, now: datetime) -> list[Happened]:
    ended = end_caucus(room, now) if room.caucus is not None else []
    gone = [seat for seat in room.seats.values() if not seat.revoked and seat.role is not SeatRole.CO_MEDIATOR]
    for seat in gone:
        forget_number(seat)
        seat.state, seat.revoked, seat.beside, seat.holds = SeatState.REMOVED, True, "", False
    room.floor, room.floor_until, room.locked = "", None, False
    room.epoch += 1
    return [*ended, Happened("session.vacated", {"session": room.id, "seats": [seat.id for seat in gone]})]


def take_up(room: Room, mediator: Actor, now: datetime) -> list[Happened]:
    """The next lead's seat in a room that was vacated; nothing where its mediator still has one."""
    if not between_leads(room):
        return []
    former = room.seats[MEDIATOR]
    return settled(room, now, lambda: _take_up(room, former, mediator))


def _take_up(room: Room, former: Seat, mediator: Actor) -> list[Happened]:
    seat = Seat(
        MEDIATOR,
        SeatRole.MEDIATOR,
        mediator.name,
        SeatState.ADMITTED,
        party=mediator.id,
        org=mediator.org,
        verified=True,
        notice=True,
        known=True,
    )
    kept = f"{MEDIATOR}{sum(one.role is SeatRole.MEDIATOR for one in room.seats.values())}"
    former.id = kept
    room.seats = room.seats | {MEDIATOR: seat, kept: former}
    for said in (line for line in room.lines if line.seat == MEDIATOR):
        said.seat = kept
    for noted in (line for line in room.record.lines if line.seat == MEDIATOR):
        noted.seat = kept
    for draft in room.private_drafts:
        draft.seats = [kept if one == MEDIATOR else one for one in draft.seats]
        draft.agreed.pop(MEDIATOR, None)
    before = room.stage
    move(room, SessionStage.IDENTITY, Facts())
    room.epoch += 1
    told = [Happened("session.taken_up", {"session": room.id, "former": kept, "by": mediator.ledger_name})]
    return told + ([Happened("stage.moved", {"from": str(before), "to": str(room.stage)})] if before is not room.stage else [])
