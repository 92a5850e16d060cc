"""A party's own page of a case (当事人页), before there is a seat and beside it: what it is about, when people meet, and the own part in it. Others are masked."""

from __future__ import annotations

from cases.actor import Actor
from cases.case import Case
from cases.case import standings as case_standings
from cases.identity import mask_name
from cases.permissions import may
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
    party = party_of(dossier, actor)
    return party if party and may(held_of(actor, dossier), Action.SEE_OWN_PAGE, dossier.case.stage) else None


def own_documents(dossier: Dossier) -> dict[str, Doc]:
    """By party; none once the mediation is over, or before somebody has taken it."""
    if not may((Standing.LINKED,), Action.SEE_OWN_PAGE, dossier.case.stage):
        return {}
    return {person.id: _document(dossier, dossier.case, person.id) for person in dossier.case.parties}


def _document(dossier: Dossier, case: Case, party: str) -> Doc:
    room = dossier.room
    seat = next((one for one in room.parties() if one.party == party), None) if room is not None and room.ended_at is None else None
    return {
        "id": case.id,
        "code": case.code,
        "title": case.title,
        "type": "民事" if case.dispute_type in SENSITIVE_TYPES else case.dispute_type,
        "stage": str(case.stage),
        "mediator": case.mediator.name if case.mediator else None,
        "committee": case.mediator.org_name if case.mediator else None,
        "party": party,
        "me": case.party(party).name,
        "others": [mask_name(one.name) for one in case.parties if one.id != party],
        "schedule": party_schedule(case, party, Standing.LINKED),
        "afar": party_statements(case, party),
        "seated": (seat is not None and seat.acts is None) or None,
    }
