"""Who stands in the written record (笔录): one entry for each person, whichever seats the person has had. Pure.

Rules
* A party whose seat was withdrawn, and who came by a new link, stands there once: under the present seat, with what was said and answered on the former one.
  The later answer to a line counts.
* Whoever acts for a party is another person than the party, and than who acted for it before.
* Who led before (提级办理) stays beside who leads now.
* Once the record is closed it holds all this itself, and no later seat changes it.
"""

from __future__ import annotations

from msgspec.structs import replace

from cases.vocabulary import SeatRole
from rooms.room import Room, Seat
from rooms.written_record import Person, WrittenRecord

_BY_ACCOUNT = frozenset({SeatRole.MEDIATOR, SeatRole.CO_MEDIATOR})


def standing_seats(room: Room) -> dict[str, str]:
    """Seat → the seat under which its person stands in the record."""
    return {seat.id: _stands(room, seat) for seat in room.seats.values()}


def settled_record(room: Room) -> WrittenRecord:
    """The record by persons: a copy, or the record itself where it is closed. Not to be changed."""
    record = room.record
    if record.closed_at is not None:
        return record
    under = standing_seats(room)
    confirmed: dict[str, dict[str, int]] = {}
    objections: dict[str, dict[str, str]] = {}
    for seat in under:  # in the order in which they came: the later answer counts
        read, said = record.confirmed.get(seat), record.objections.get(seat)
        if read is None and said is None:
            continue
        at, read, said = under[seat], read or {}, said or {}
        confirmed[at] = {line: revision for line, revision in confirmed.get(at, {}).items() if line not in said} | read
        objections[at] = {line: text for line, text in objections.get(at, {}).items() if line not in read} | said
    lines = [replace(line, seat=under[line.seat]) if under.get(line.seat, line.seat) != line.seat else line for line in record.lines]
    return replace(record, lines=lines, confirmed=confirmed, objections=objections, people=_people(room, under))


def _people(room: Room, under: dict[str, str]) -> list[Person]:
    known = dict.fromkeys(under[seat.id] for seat in room.seats.values() if seat.known)
    return [Person(seat, room.seats[seat].role, room.seats[seat].name) for seat in known]


def _stands(room: Room, seat: Seat) -> str:
    if not seat.revoked:
        return seat.id
    own = [one for one in room.seats.values() if one is seat or (_same(seat, one) and (one.role is seat.role or one.id == "m"))]
    # The newest, and of a mediator's the chair.
    return max(reversed(own), key=lambda one: (not one.revoked, one.id == "m")).id


def _same(seat: Seat, other: Seat) -> bool:
    if seat.role in _BY_ACCOUNT:
        return other.role in _BY_ACCOUNT and seat.party == other.party
    if seat.role is not other.role:
        return False
    if seat.role is SeatRole.PARTY:
        return seat.party == other.party and _acting(seat) == _acting(other)
    return (seat.name, seat.speciality) == (other.name, other.speciality)


def _acting(seat: Seat) -> tuple[str, str]:
    return (seat.acts.name, str(seat.acts.capacity)) if seat.acts else ("", "")
