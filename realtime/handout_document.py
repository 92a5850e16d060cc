"""What somebody who had a seat in a session can take away of it once it is over: by the rule that the office's pages offer by (`cases/handouts.py`)."""

from __future__ import annotations

from cases.handouts import certified, made
from cases.permissions import may
from cases.vocabulary import Action, SeatRole
from realtime.dossier import Dossier
from realtime.patch import Doc
from rooms.handling import standings_of
from rooms.room import Room, Seat


def agreement_kept(dossier: Dossier) -> str:
    """How the agreement in force was made (`cases.handouts.made`)."""
    room, agreement = dossier.room, dossier.agreement
    effective = agreement is not None and agreement.stage == "effective"
    on_paper = effective and agreement is not None and agreement.on_paper
    oral = room is not None and room.oral is not None and bool(room.oral.file)
    return made(dossier.case, effective, on_paper, oral)


def own_handouts(dossier: Dossier, room: Room, seat: Seat) -> Doc | None:
    """To parties and the mediator, from the end of the session on. `agreement`: how it was made; `copy`: a party's own copy of the evidence, `record`: with lines in it."""
    if room.ended_at is None or seat.role not in {SeatRole.PARTY, SeatRole.MEDIATOR}:
        return None
    held, stage = standings_of(seat), dossier.case.stage
    return {
        "agreement": (may(held, Action.SEE_AGREEMENT, room.stage) and agreement_kept(dossier)) or None,
        "certificate": (may(held, Action.SEE_CERTIFICATE, stage) and certified(dossier.case)) or None,
        "record": (may(held, Action.SEE_RECORD, room.stage) and bool(room.record.lines)) or None,
        "copy": may(held, Action.TAKE_OWN_COPY, stage) or None,
    }
