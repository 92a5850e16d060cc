"""The draft of a private talk (背对背草稿): opened, agreed to, brought back or closed; and who has it. Pure: changes the given room in place.

Rules
* It is of one talk at a time, for the mediator and the parties inside. To anybody else there is no such draft, now and later.
* In their next talk the same people go on with it, or begin anew from everybody's text; one that was brought back is over.
* What is brought back, and whether, is agreed to by every party inside, each on exactly what the others will see (its hash); a change of either text makes
  the hash another one, and with it the consent void. The mediator brings it back, and the talk ends with that: nothing enters what is everybody's meanwhile.
* With the talk the draft closes. Those who were inside can read it; whoever left while it went on cannot.

What happens to it is entered in the talk's own chain; the store adds the number and hash of the log's last entry (`seq`, `head`).

Errors: `no_caucus`, `caucus_waiting`, `no_draft`, `too_many_drafts`, `draft_changed`, `not_agreed`.
"""

from __future__ import annotations

from datetime import datetime

from cases.errors import Conflict, NotFound, OutOfTurn, TooMuch
from cases.ports import Happened
from cases.vocabulary import SeatRole
from rooms.room import Caucus, PrivateDraft, Room, Seat

LIMIT = 20
"""Private drafts of one session."""
HANDS = frozenset({SeatRole.MEDIATOR, SeatRole.PARTY})
"""Who writes on agreements: an expert inside has no part in it."""


def inside(room: Room, seat: Seat) -> bool:
    """Whether somebody sits in the private talk that is on and writes there."""
    return room.caucus is not None and seat.present and not seat.revoked and seat.role in HANDS and seat.id in room.caucus.seats


def open_for(room: Room, seat: Seat) -> PrivateDraft | None:
    """The draft on which a seat writes in the private talk that is on."""
    if room.caucus is None or not inside(room, seat):
        return None
    return find(room, room.caucus.draft)


def readable_for(room: Room, seat: Seat) -> list[PrivateDraft]:
    """Drafts that a seat may read, the open one among them. Whoever waits outside of a talk reads none until called back, and whoever has opened the seat on another
    device none before the person there was compared with the card."""
    if seat.revoked or not (seat.known and seat.verified) or (room.caucus is not None and seat.id not in room.caucus.seats):
        return []
    return [one for one in room.private_drafts if seat.id in one.seats]


def find(room: Room, document: str) -> PrivateDraft | None:
    return next((one for one in room.private_drafts if one.document == document), None)


def demand_inside(room: Room, seat: Seat) -> Caucus:
    """The talk that is on, for those who write in it. What others are told is the same whether there is a draft or not."""
    if room.caucus is None:
        raise OutOfTurn("no_caucus", "There is no private talk")
    if not inside(room, seat):
        raise OutOfTurn("caucus_waiting", "A private talk is going on; please wait until you are called back")
    return room.caucus


def continued(room: Room) -> PrivateDraft | None:
    """The last draft of exactly those who are inside, if it was not brought back: they may go on with it."""
    assert room.caucus is not None
    hands = _hands(room, room.caucus)
    last = next((one for one in reversed(room.private_drafts) if set(one.seats) == set(hands)), None)
    return last if last is not None and last.brought_at is None else None


def open_draft(room: Room, seat: Seat, document: str, now: datetime, *, afresh: bool) -> tuple[PrivateDraft, list[Happened]]:
    """Open one in the talk that is on: the one that is open, the last one of the same people, or `document`, which is new and is the caller's to seed."""
    caucus = demand_inside(room, seat)
    known = find(room, caucus.draft) or (None if afresh else continued(room))
    if known is None:
        if len(room.private_drafts) >= LIMIT:
            raise TooMuch("too_many_drafts", f"At most {LIMIT} private drafts are made in one session", limit=LIMIT)
        known = PrivateDraft(document, _hands(room, caucus), now)
        room.private_drafts.append(known)
    if caucus.draft == known.document:
        return known, []
    caucus.draft, known.closed_at, known.agreed = known.document, None, {}
    return known, [
        Happened("private_draft.opened", {"document": known.document, "by": seat.id, "seats": sorted(known.seats)}, chain=caucus.id)
    ]


def agree(room: Room, seat: Seat, digest: str, present: str) -> list[Happened]:
    """A party inside agrees that what has this hash is brought back; an empty one takes the consent back. `present`: of what it would be by now."""
    draft = _own(room, seat)
    if digest == draft.agreed.get(seat.id, ""):
        return []
    if digest:
        _demand_present(digest, present)
    if digest:
        draft.agreed[seat.id] = digest
    else:
        del draft.agreed[seat.id]
    assert room.caucus is not None
    told = {"document": draft.document, "seat": seat.id, "digest": digest}
    return [Happened("private_draft.agreed", told, chain=room.caucus.id)]


def demand_agreed(room: Room, seat: Seat, digest: str, present: str) -> PrivateDraft:
    """What may be brought back now. `digest`: of what the mediator was shown; `present`: of what it would be by now."""
    draft = _own(room, seat)
    _demand_present(digest, present)
    assert room.caucus is not None
    lacking = [s for s in room.caucus.seats if room.seats[s].role is SeatRole.PARTY and draft.agreed.get(s) != digest]
    if lacking:
        raise OutOfTurn("not_agreed", "Not everybody inside has agreed to exactly this", missing=lacking)
    return draft


def brought(room: Room, draft: PrivateDraft, digest: str, now: datetime) -> list[Happened]:
    """It was brought back: over for good. The caller ends the talk."""
    assert room.caucus is not None
    draft.brought_at = now
    return [Happened("private_draft.brought_back", {"document": draft.document, "digest": digest}, chain=room.caucus.id)]


def close(room: Room, caucus: Caucus, now: datetime) -> list[Happened]:
    """With the talk."""
    draft = find(room, caucus.draft)
    if draft is None:
        return []
    draft.closed_at, draft.agreed = now, {}
    return [Happened("private_draft.closed", {"document": draft.document}, chain=caucus.id)]


def left(room: Room, seat: Seat) -> None:
    """Somebody left the talk, which goes on: what is written from now on is not theirs to read."""
    assert room.caucus is not None
    draft = find(room, room.caucus.draft)
    if draft is not None:
        draft.seats = [one for one in draft.seats if one != seat.id]
        draft.agreed.pop(seat.id, None)


def _demand_present(digest: str, present: str) -> None:
    if digest != present:
        raise Conflict("draft_changed", "Something was changed meanwhile; please look again at what the others will see")


def _own(room: Room, seat: Seat) -> PrivateDraft:
    draft = open_for(room, seat)
    if draft is None:
        raise NotFound("no_draft", "There is no such draft")
    return draft


def _hands(room: Room, caucus: Caucus) -> list[str]:
    return [s for s in caucus.seats if room.seats[s].role in HANDS]
