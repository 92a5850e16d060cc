"""What a seat may do to a draft now: asked when it opens one, and again for each update, on the case as it is locked then."""

from __future__ import annotations

from agreements.guard import DRAFTING, Grant
from agreements.schema import KINDS
from cases.actor import Actor
from cases.permissions import may
from cases.vocabulary import Action, SeatRole
from rooms import private_draft
from rooms.handling import standings
from rooms.room import Room, Seat
from storage.dossier import Dossier

PARTY_KINDS = frozenset({"terms", "performance"})


def grant_of(dossier: Dossier, room: Room, seat: Seat, actor: Actor, client: int, document: str) -> Grant:
    """What a seat may edit of a draft now."""
    mediator = seat.role is SeatRole.MEDIATOR
    kinds = frozenset(KINDS) if mediator else PARTY_KINDS
    own = private_draft.open_for(room, seat)
    action = Action.PRIVATE_DRAFT if own is not None and own.document == document else Action.EDIT_DRAFT
    may_edit = may_be_written(dossier, room, document) and may(standings(room, actor), action, room.stage)
    if room.caucus is not None and action is Action.EDIT_DRAFT:
        may_edit = False
    return Grant(seat.id, frozenset({client}), may_edit=may_edit, kinds=kinds, may_lock=mediator)


def may_be_written(dossier: Dossier, room: Room, document: str) -> bool:
    """Whether a draft is written on now. Everybody's not while a private talk is on, since it must not tick meanwhile; a private one only in its talk."""
    if dossier.agreement is not None and dossier.agreement.stage != DRAFTING:
        return False
    if private_draft.find(room, document) is None:
        return room.caucus is None
    return room.caucus is not None and room.caucus.draft == document
