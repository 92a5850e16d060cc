"""Statements from afar (非同步陈述) as their readers see them: never the content, which is fetched by who may read it (`may_read_statement`)."""

from __future__ import annotations

from cases.actor import Actor
from cases.case import Case
from cases.clock import rfc3339
from cases.identity import mask_name, mask_phone
from cases.permissions import may
from cases.phone_code import TRIES
from cases.statement import Given, Statement
from cases.stating import possible, refused
from cases.vocabulary import Action, SeatRole, Standing
from realtime.dossier import Dossier
from realtime.patch import Doc
from realtime.performance_document import party_of
from rooms.room import Room, Seat


def may_read_statement(actor: Actor, held: tuple[Standing, ...], dossier: Dossier, party: str) -> bool:
    """The mediator of the case and whose it is; another party once it was released, or, shown in the session alone, while it sits there and was compared with the card."""
    state = dossier.case.afar
    one = state.statements.get(party) if state is not None else None
    if one is None or one.given is None or not may(held, Action.READ_STATEMENT, dossier.case.stage):
        return False
    own = party_of(dossier, actor)
    if Standing.ASSIGNEE in held or own == party:
        return True
    if not own or one.presented_at is None:
        return bool(own) and one.released_at is not None
    return one.released_at is not None or _sits(actor, dossier.room)


def _sits(actor: Actor, room: Room | None) -> bool:
    seat = room.seats.get(actor.id) if room is not None and actor.kind == "seat" and actor.session_id == room.id else None
    return seat is not None and seat.present and seat.verified and not seat.revoked


def staff_statements(case: Case) -> Doc | None:
    """To the office: who asked, who agreed, what was given when, with its hash."""
    state = case.afar
    if state is None:
        return None
    return {
        "agreed": dict(sorted(state.agreed.items())),
        "possible": possible(case) or None,
        "statements": {party: _staff(one) for party, one in state.statements.items()} or None,
    }


def party_statements(case: Case, party: str) -> Doc | None:
    """To a party: whether it is possible and what it has said itself, never who else has not agreed; the own statement, and what was released of others."""
    state = case.afar
    if state is None:
        return None
    mine, phone = state.statements.get(party), case.party(party).phone
    others = {
        other: {"name": mask_name(case.party(other).name), **_given(one.given)}
        for other, one in state.statements.items()
        if other != party and one.given is not None and one.released_at is not None
    }
    return {
        "way": "refused" if refused(case) else "open" if possible(case) else "waiting",
        "asked": bool(state.statements) or None,
        "agreed": state.agreed.get(party),
        "mine": _mine(mine) | {"phone": mask_phone(phone) if phone else None} if mine is not None else None,
        "others": others or None,
    }


def room_statements(case: Case, room: Room, seat: Seat) -> Doc | None:
    """In the session: to the mediator all that were given, to parties those that were shown. Others hear them read out."""
    state = case.afar
    if state is None or seat.role not in {SeatRole.MEDIATOR, SeatRole.PARTY}:
        return None
    mediator = seat.role is SeatRole.MEDIATOR
    here = {one.party for one in room.parties() if one.present}
    return {
        party: {
            "name": case.party(party).name,
            **_given(one.given),
            "presented": one.presented_at is not None or None,
            "heard": one.heard_at is not None or None,
            "here": party in here or None,
        }
        for party, one in state.statements.items()
        if one.given is not None and ((mediator and possible(case)) or one.presented_at is not None)
    } or None


def _given(given: Given) -> Doc:
    recording = {"recording": given.recording.told()} if given.recording is not None else {}
    return {"kind": str(given.kind), "at": rfc3339(given.at), "sha256": given.sha256, "number": given.number, **recording}


def _waits(one: Statement) -> bool:
    """Whether a code can be entered, as far as that does not hang on the clock."""
    return one.code is not None and not one.code.answered and one.verified_at is None and one.code.tries < TRIES


def _spent(one: Statement) -> bool:
    """As many wrong digits were entered as there are tries: the mediator has to ask for others."""
    return one.code is not None and not one.code.answered and one.verified_at is None and one.code.tries >= TRIES


def _staff(one: Statement) -> Doc:
    return {
        "by": one.by or None,
        "why": one.why or None,
        "code_asked": rfc3339(one.code.asked_at) if one.code is not None and _waits(one) else None,
        "spent": _spent(one) or None,
        "verified": one.verified_at is not None or None,
        "given": (_given(one.given) | {"shared": one.given.shared or None}) if one.given is not None else None,
        "withdrawn": len(one.earlier) or None,
        "released": one.released_at is not None or None,
        "presented": rfc3339(one.presented_at) if one.presented_at is not None else None,
        "heard": one.heard_at is not None or None,
    }


def _mine(one: Statement) -> Doc:
    return {
        "by": one.by or None,
        "why": one.why or None,
        "code": _waits(one) or None,
        "spent": _spent(one) or None,
        "verified": rfc3339(one.verified_at) if one.verified_at is not None else None,
        "given": (_given(one.given) | {"shared": one.given.shared or None}) if one.given is not None else None,
        "released": one.released_at is not None or None,
        "presented": one.presented_at is not None or None,
    }
