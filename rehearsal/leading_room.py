"""What comes next in a session where it goes well, from the door to the drafting, and there to an agreement by word of mouth: what is tried at random alone seldom gets past the door."""

from __future__ import annotations

from typing import Any

from cases.actor import Actor
from cases.vocabulary import Consent, SeatRole, SeatState, SessionStage
from rooms import commands as c
from rooms.oral_agreement import text_hash
from rooms.room import ORDER, Room, Seat
from storage.dossier import Dossier

Step = tuple[Actor, Any]
ORAL = {"matters": "屋檐滴水", "facts": "雨水流到邻家院墙。", "content": "李某装水落管。", "manner": "自行安装", "deadline": "本月底前"}


def to_drafting(dossier: Dossier, room: Room, mediator: Actor) -> Step | None:
    """Two parties are let in, told and heard; None once they draft."""
    case = dossier.case.id
    if room.caucus is not None:
        return mediator, c.CloseCaucus(case)
    if room.locked:
        return mediator, c.LockRoom(case, False)
    seated = {seat.party for seat in room.parties()}
    for person in dossier.case.parties[:2]:
        if person.id not in seated:
            return mediator, c.Invite(case, SeatRole.PARTY, party=person.id)
    for seat in room.parties():
        at_door = _at_door(case, room, seat, mediator)
        if at_door is not None:
            return at_door
    return _on_stage(room, mediator)


def _at_door(case: str, room: Room, seat: Seat, mediator: Actor) -> Step | None:
    """Until whoever sits there is admitted, verified and has been told."""
    own = actor_of(room, seat)
    if not seat.consents.get(Consent.ONLINE):
        return own, c.GiveConsent(case, Consent.ONLINE, True)
    if seat.state in {SeatState.INVITED, SeatState.LEFT}:
        return own, c.Knock(case)
    if seat.state is SeatState.LOBBY:
        return mediator, c.Admit(case, seat.id)
    if not seat.verified:
        return mediator, c.VerifyIdentity(case, seat.id)
    if not seat.notice and room.stage is SessionStage.NOTICE:
        return own, c.ConfirmNotice(case)
    return None


def _on_stage(room: Room, mediator: Actor) -> Step | None:
    case = room.case_id
    if room.stage is SessionStage.STATEMENTS:
        for seat in room.parties():
            if not seat.spoken:
                return (actor_of(room, seat), c.SpeakDone(case)) if room.floor == seat.id else (mediator, c.GiveFloor(case, seat.id))
    if ORDER.index(room.stage) >= ORDER.index(SessionStage.DRAFTING):
        return None
    later = ORDER[ORDER.index(room.stage) + 1 :]
    onward = next((one for one in later if one is not SessionStage.CAUCUS), None)
    return (mediator, c.MoveStage(case, onward)) if onward is not None else None


def by_mouth(room: Room, mediator: Actor) -> Step | None:
    """Written down, read aloud, confirmed and concluded."""
    case, oral = room.case_id, room.oral
    if oral is None or oral.doubt:
        return mediator, c.WriteOral(case, **ORAL)
    if oral.read_at is None:
        return mediator, c.ReadOral(case, oral.revision)
    for seat in room.parties():
        if seat.id not in oral.confirmed:
            return actor_of(room, seat), c.ConfirmOral(case, text_hash(room))
    return (mediator, c.ConcludeOral(case, text_hash(room))) if oral.concluded_at is None else None


def actor_of(room: Room, seat: Seat) -> Actor:
    return Actor("seat", seat.id, case_id=room.case_id, session_id=room.id)
