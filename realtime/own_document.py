"""A party's own page of a case (当事人页), before there is a seat and beside it: what it is about, when people meet, and the own part in it. Others are masked."""

from __future__ import annotations

from cases.actor import Actor
from cases.case import Case
from cases.case import standings as case_standings
from cases.clock import rfc3339
from cases.identity import mask_name
from cases.permissions import BEFORE, MEETING, may
from cases.vocabulary import SENSITIVE_TYPES, Action, Standing
from realtime.dossier import Dossier
from realtime.patch import Doc
from realtime.performance_document import party_of
from realtime.schedule_document import party_schedule
from realtime.statement_document import party_statements
from rooms.handling import standings as room_standings


def held_of(actor: Actor, dossier: Dossier) -> tuple[Standing, ...]:
    """What somebody is to the case: parties with a seat by that."""
    if actor.kind == "seat":
        return room_standings(dossier.room, actor) if dossier.room is not None else ()
    return case_standings(dossier.case, actor)


def own_view(actor: Actor, dossier: Dossier) -> str | None:
    """The party whose page this is, and nobody else."""
    party = party_of(dossier, actor) if shown(dossier.case) else ""
    return party if party and may(held_of(actor, dossier), Action.SEE_OWN_PAGE, dossier.case.stage) else None


def shown(case: Case) -> bool:
    return may((Standing.LINKED,), Action.SEE_OWN_PAGE, case.stage) and (case.stage in MEETING or changing(case))


def changing(case: Case) -> bool:
    """The centre has taken the case over (提级办理), or the mediator gave it back, and nobody has it yet."""
    return case.stage in BEFORE and (case.first_accepted is not None or bool(case.pages))


def own_documents(dossier: Dossier) -> dict[str, Doc]:
    """By party; none once the mediation is over, or before somebody has taken it for the first time."""
    if not shown(dossier.case):
        return {}
    if changing(dossier.case):
        return {person.id: _beginning(dossier.case, person.id) | _waiting(dossier.case) for person in dossier.case.parties}
    return {person.id: _document(dossier, dossier.case, person.id) for person in dossier.case.parties}


def _document(dossier: Dossier, case: Case, party: str) -> Doc:
    room = dossier.room
    seat = next((one for one in room.parties() if one.party == party), None) if room is not None and room.ended_at is None else None
    return _beginning(case, party) | {
        "mediator": case.mediator.name if case.mediator else None,
        "committee": case.mediator.org_name if case.mediator else None,
        "schedule": party_schedule(case, party, Standing.LINKED),
        "afar": party_statements(case, party),
        "seated": (seat is not None and seat.acts is None) or None,
        "open": (room is not None and room.awaits(party)) or None,
    }


def _beginning(case: Case, party: str) -> Doc:
    return {
        "id": case.id,
        "code": case.code,
        "title": case.title,
        "type": "民事" if case.dispute_type in SENSITIVE_TYPES else case.dispute_type,
        "kind": str(case.kind),
        "stage": str(case.stage),
        "party": party,
        "me": case.party(party).name,
        "others": [mask_name(one.name) for one in case.parties if one.id != party],
    }


def _waiting(case: Case) -> Doc:
    """Until the next mediator accepts it: that somebody else comes, and whether a time that was arranged is off."""
    state = case.appointment
    off = state is not None and state.called_off and state.fixed is not None
    return {"changing": True, "off": rfc3339(state.fixed.start) if off else None}  # type: ignore[union-attr]
