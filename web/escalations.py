"""Cases that their leads bring before the centre, at the server: what the rules need to know of the room, and that its links end with a case that is taken over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from cases import escalation as rules
from cases.actor import Actor
from cases.case import Numbering
from cases.commands.escalation import AnswerEscalation, EscalationCommand
from rooms import handing_over
from rooms.room import Room
from storage.dossier import Dossier
from storage.work import Outcome, Store

_LOOSE = frozenset({"drafting", "ended"})
"""Stages of an agreement in which no text is being confirmed or signed."""


class EscalationDesk:
    def __init__(
        self, store: Store, close_seats: Callable[[str, list[str]], Awaitable[None]], online: Callable[[Room], frozenset[str]]
    ) -> None:
        """`close_seats` ends what was opened by the links of these seats of a session; `online` are the seats that have it open."""
        self._store, self._close_seats, self._online = store, close_seats, online

    async def do(self, command: EscalationCommand, actor: Actor, receipt: str) -> dict[str, Any]:
        gone: dict[str, list[str]] = {}

        def decide(dossier: Dossier, numbering: Numbering, now: datetime) -> Outcome:
            case, room, agreement = dossier.case, dossier.room, dossier.agreement
            frozen = agreement is not None and agreement.stage not in _LOOSE
            happened = rules.handle(
                case, command, actor, now, occupied=handing_over.occupied(room, self._online(room) if room else ()), frozen=frozen
            )
            if isinstance(command, AnswerEscalation) and command.what == "take" and room is not None and room.ended_at is None:
                gone[room.id] = [seat.id for seat in room.seats.values() if not seat.revoked]
                happened += handing_over.vacate(room, now)
            return Outcome(happened, {"stage": str(case.stage)})

        result = await self._store.execute(command.case, decide, receipt)
        for session, seats in gone.items():
            await self._close_seats(session, seats)
        return result
