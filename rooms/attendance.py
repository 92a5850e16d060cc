"""Coming and going: at the door, out of the room, by the clock, to another device. Pure: changes the given room in place and returns what happened.

What follows for the recordings is settled by the callers (`rooms.settling`), once for all that one command brings about.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cases.clock import whole_seconds
from cases.errors import Invalid, OutOfTurn
from cases.ports import Happened
from cases.vocabulary import Consent, SeatRole, SeatState
from rooms import commands as c
from rooms import private_draft
from rooms.identity_check import forget_number
from rooms.room import Room, Seat, close_caucus, out_of_step
from rooms.sharing import part, together


def knock(room: Room, seat: Seat, command: c.Knock) -> list[Happened]:
    if seat.role is SeatRole.PARTY and not seat.consents.get(Consent.ONLINE):
        raise OutOfTurn("no_online_consent", "Please consent to online mediation first, or call the office for another way")
    if seat.role is SeatRole.CO_MEDIATOR and not seat.present:
        # Signed in by an account whose name the lead knows: there is nobody to look at first.
        seat.camera, seat.state, seat.known = command.camera, SeatState.ADMITTED, True
        room.epoch += 1
        return [Happened("seat.admitted", {"seat": seat.id})]
    if seat.undeclared:
        raise OutOfTurn("declare_first", "Say first whether you have an interest in this case")
    if seat.present:
        return []
    if out_of_step(room, seat):
        raise OutOfTurn("expert_stage", "You are not invited to the present stage", stage=str(room.stage))
    if room.locked and not seat.known:
        raise OutOfTurn("room_locked", "The mediator has closed this session to newcomers; please call the office if you belong here")
    seat.camera = command.camera
    # Whoever was admitted before and comes back within the same session finds the seat again: that is what the seat is for.
    # A device has no face to compare: its token tells that it is the same.
    same = seat.verified or (seat.role is SeatRole.DEVICE and seat.known)
    if seat.state is SeatState.LEFT and same and seat.role is not SeatRole.EXPERT:
        seat.state = SeatState.ADMITTED
        room.epoch += 1
        return [Happened("seat.returned", {"seat": seat.id})]
    seat.state = SeatState.LOBBY
    return [Happened("seat.waiting", {"seat": seat.id})]


def remove(room: Room, seat_id: str, now: datetime) -> list[Happened]:
    other = room.seat(seat_id)
    if other.role is SeatRole.MEDIATOR:
        raise Invalid("mediator_stays", "The mediator cannot be removed", field="seat")
    if other.role is SeatRole.CO_MEDIATOR:
        raise Invalid("assistant_stays", "Who assists is released on the page of the case", field="seat")
    other.state, other.revoked = SeatState.REMOVED, True
    part(room, seat_id)
    room.epoch += 1
    return [Happened("seat.removed", {"seat": seat_id}), *vacate(room, other, now)]


def leave(room: Room, seat: Seat, now: datetime) -> list[Happened]:
    if seat.state not in {SeatState.ADMITTED, SeatState.LOBBY}:
        return []
    seat.state, seat.screen, seat.hand = SeatState.LEFT, False, False
    seat.asked, seat.declined = [], []
    room.epoch += 1
    return [Happened("seat.left", {"seat": seat.id}), *vacate(room, seat, now)]


def absent(room: Room, online: Collection[str]) -> list[str]:
    """Seats whose people are not in the room, though they have not left it. `online`: the seats that have it open. Whoever shares a device that has it open is there; a
    device without a page is never counted, nor the mediator, without whom nothing goes on, nor an expert, whose minutes end by themselves."""
    return [
        seat.id
        for seat in room.present()
        if seat.role not in {SeatRole.MEDIATOR, SeatRole.DEVICE, SeatRole.EXPERT}
        and not any(one in online for one in together(room, seat.id))
    ]


def lose(room: Room, seats: Collection[str], now: datetime) -> list[Happened]:
    """They closed the page and did not come back: they count as having left, and their seats stay theirs."""
    told = [event for seat in seats for event in leave(room, room.seats[seat], now)]
    return [Happened(one.kind, one.payload | {"away": True}) if one.kind == "seat.left" else one for one in told]


def end_caucus(room: Room, now: datetime) -> list[Happened]:
    caucus = close_caucus(room)
    closed = private_draft.close(room, caucus, now)
    return [
        *closed,
        Happened("caucus.closed", {"caucus": caucus.id, "seconds": whole_seconds(caucus.opened_at.timestamp(), now.timestamp())}),
    ]


def vacate(room: Room, seat: Seat, now: datetime) -> list[Happened]:
    """Whoever is gone holds no floor and sits in no private talk; without its party the talk is over, and that is entered."""
    if room.floor == seat.id:
        room.floor, room.floor_until = "", None
    if room.caucus is None or seat.id not in room.caucus.seats:
        return []
    room.caucus.seats.remove(seat.id)
    if any(room.seats[s].role is SeatRole.PARTY for s in room.caucus.seats):
        private_draft.left(room, seat)
        return []
    return end_caucus(room, now)


def expel_experts(room: Room, now: datetime) -> list[Happened]:
    """A party took back the consent to an expert (人民调解法 20): whoever sits there on its strength leaves."""
    events = []
    for seat in room.seats.values():
        if seat.role is SeatRole.EXPERT and seat.present:
            seat.state = SeatState.LEFT
            room.epoch += 1
            events += [Happened("seat.expired", {"seat": seat.id}), *vacate(room, seat, now)]
    return events


def expire(room: Room, now: datetime) -> list[Happened]:
    """What the clock and the stage do by themselves: an expert's minutes or steps end, in the room or in the lobby."""
    gone = []
    for seat in room.seats.values():
        late = seat.present and seat.until is not None and now >= seat.until
        if late or (seat.state in {SeatState.ADMITTED, SeatState.LOBBY} and out_of_step(room, seat)):
            room.epoch += seat.present
            seat.state = SeatState.LEFT
            gone.append(seat)
    return [event for seat in gone for event in (Happened("seat.expired", {"seat": seat.id}), *vacate(room, seat, now))]


def empty(room: Room, seat_id: str, now: datetime) -> list[Happened]:
    """As `take_over`, and nobody is left at the door either."""
    happened = take_over(room, seat_id, now)
    if room.seats[seat_id].state is SeatState.LOBBY:
        room.seats[seat_id].state = SeatState.INVITED
    return happened


def take_over(room: Room, seat_id: str, now: datetime) -> list[Happened]:
    """A seat was opened on another device: it waits in the lobby again, and its identity counts as not compared."""
    seat = room.seats.get(seat_id)
    if seat is None or room.ended_at is not None or seat.state not in {SeatState.ADMITTED, SeatState.LOBBY, SeatState.LEFT}:
        return []
    was_here = seat.present
    seat.verified = False
    forget_number(seat)
    seat.device += 1
    part(room, seat.id)
    seat.asked, seat.declined = [], []
    seat.state = SeatState.LOBBY if seat.state is SeatState.LOBBY else SeatState.INVITED
    if not was_here:
        return []
    room.epoch += 1
    return vacate(room, seat, now)
