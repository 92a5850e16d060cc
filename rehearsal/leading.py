"""What comes next where a case goes well, from the report to an agreement by word of mouth: what is tried at random alone seldom gets past the door of a room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cases.actor import Actor
from cases.commands.casework import Accept, CloseCase, Dispatch
from cases.vocabulary import CaseStage, Consent, DisputeKind, Role, SeatRole, SeatState, SessionStage
from rooms import commands as c
from rooms.oral_agreement import text_hash
from rooms.room import ORDER, Room, Seat
from storage.dossier import Dossier

Step = tuple[Actor, Any]
ORAL = {"matters": "屋檐滴水", "facts": "雨水流到邻家院墙。", "content": "李某装水落管。", "manner": "自行安装", "deadline": "本月底前"}


def next_step(dossier: Dossier, accounts: Sequence[Actor]) -> Step | None:
    """Who does what; None where nothing is to be led any further."""
    case, room = dossier.case, dossier.room
    mediator = next((one for one in accounts if case.mediator and case.mediator.account == one.id), None)
    match case.stage:
        case CaseStage.REPORTED:
            centre = next(one for one in accounts if one.role is Role.CENTRE and case.region.startswith(one.region))
            taker = next(one for one in accounts if one.role is Role.MEDIATOR and one.region.startswith(centre.region))
            return centre, Dispatch(case.id, [taker.id])
        case CaseStage.DISPATCHED:
            taker = next((one for one in accounts if one.id in case.offered_to), None)  # type: ignore[assignment]
            return (taker, Accept(case.id)) if taker is not None else None
        case CaseStage.ACCEPTED | CaseStage.MEDIATING if mediator is not None and case.kind is DisputeKind.DISPUTE:
            if room is None or room.ended_at is not None:
                return mediator, c.OpenSession(case.id)
            return _in_room(dossier, room, mediator)
        case CaseStage.AGREED | CaseStage.FAILED if mediator is not None:
            if room is not None and room.ended_at is None:
                return mediator, c.EndSession(case.id)
            return mediator, CloseCase(case.id, "到此为止")
    return None


def _in_room(dossier: Dossier, room: Room, mediator: Actor) -> Step | None:
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
    return _on_stage(dossier, room, mediator)


def _at_door(case: str, room: Room, seat: Seat, mediator: Actor) -> Step | None:
    """Until whoever sits there is admitted, verified and has been told."""
    own = _of(room, seat)
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


def _on_stage(dossier: Dossier, room: Room, mediator: Actor) -> Step | None:
    case = room.case_id
    if room.stage is SessionStage.STATEMENTS:
        for seat in room.parties():
            if not seat.spoken:
                return (_of(room, seat), c.SpeakDone(case)) if room.floor == seat.id else (mediator, c.GiveFloor(case, seat.id))
    if room.stage is SessionStage.DRAFTING:
        return _by_mouth(room, mediator)
    later = ORDER[ORDER.index(room.stage) + 1 :]
    onward = next((one for one in later if one is not SessionStage.CAUCUS), None)
    return (mediator, c.MoveStage(case, onward)) if onward is not None else None


def _by_mouth(room: Room, mediator: Actor) -> Step | None:
    case, oral = room.case_id, room.oral
    if oral is None or oral.doubt:
        return mediator, c.WriteOral(case, **ORAL)
    if oral.read_at is None:
        return mediator, c.ReadOral(case, oral.revision)
    for seat in room.parties():
        if seat.id not in oral.confirmed:
            return _of(room, seat), c.ConfirmOral(case, text_hash(room))
    return (mediator, c.ConcludeOral(case, text_hash(room))) if oral.concluded_at is None else None


def _of(room: Room, seat: Seat) -> Actor:
    return Actor("seat", seat.id, case_id=room.case_id, session_id=room.id)
