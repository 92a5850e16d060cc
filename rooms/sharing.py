"""Two people at one device (an old couple, mother and son): each has a seat, and with it identity, consents, confirmations and signature of its own. Pure.

What one of them is told in private the other hears as well: a private talk (背对背) has both or neither. That two seats are at one device is what the server
sees, since one browser holds both of their sessions (`web.beside`); whoever sits side by side with two telephones is not seen by it.
"""

from __future__ import annotations

from collections.abc import Collection

from cases.errors import Invalid, OutOfTurn
from cases.ports import Happened
from cases.vocabulary import SeatRole, SeatState
from rooms.room import Room, Seat


def together(room: Room, seat_id: str) -> list[str]:
    """The seats at the device of this one, itself among them, in the order of the room."""
    host = room.seats[seat_id].beside or seat_id
    return [s.id for s in room.seats.values() if s.id == host or s.beside == host]


def share(room: Room, seat_id: str, other_id: str) -> list[Happened]:
    """`seat_id` is at the device of `other_id`. Nothing happens where that is known. Raises `Refusal`."""
    seat, other = room.seat(seat_id), room.seat(other_id)
    if seat is other or any(one.role is not SeatRole.PARTY or not _stays(one) for one in (seat, other)):
        raise Invalid("not_shareable", "Only parties who have a seat share a device", field="seat")
    if other_id in together(room, seat_id):
        return []
    if room.caucus is not None:
        # Whoever came to it now would hear what the others must not.
        raise OutOfTurn("caucus_open", "There is a private talk; come to this device when it is over")
    host = other.beside or other_id
    for one in together(room, seat_id):
        room.seats[one].beside = host
    return [Happened("seat.beside", {"seat": seat_id, "with": host})]


def take(room: Room, seat_id: str) -> list[Happened]:
    """The device is in the hands of this seat now. Nothing happens where it was before, or has nobody beside it."""
    others = [one for one in together(room, seat_id) if one != seat_id]
    if not others or room.seats[seat_id].holds:
        return []
    for one in others:
        room.seats[one].holds = False
    room.seats[seat_id].holds = True
    return [Happened("seat.handed", {"seat": seat_id})]


def part(room: Room, seat_id: str) -> None:
    """It went to a device of its own. Whoever stays has the first of them as host."""
    rest = [one for one in together(room, seat_id) if one != seat_id]
    room.seats[seat_id].beside, room.seats[seat_id].holds = "", False
    for one in rest:
        room.seats[one].beside = "" if one == rest[0] else rest[0]


def demand_together(room: Room, chosen: Collection[str]) -> None:
    """Raises `OutOfTurn` where a private talk would part people at one device."""
    for seat_id in chosen:
        others = [one for one in together(room, room.seat(seat_id).id) if one not in chosen]
        # Whoever left says so; who has not come in yet sits there all the same.
        missing = [one for one in others if _stays(room.seats[one]) and room.seats[one].state is not SeatState.LEFT]
        if missing:
            names = "、".join(room.seats[one].name for one in missing)
            raise OutOfTurn("same_device", f"{names} is at the same device: call them in together, or neither", names=names, seats=missing)


def _stays(seat: Seat) -> bool:
    return not seat.revoked and seat.state is not SeatState.REMOVED
