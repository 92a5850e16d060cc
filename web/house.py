"""The running installation: the objects that requests need, put together once in `web.composition`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from cases.actor import Actor
from cases.case import standings as case_standings
from cases.permissions import may
from cases.ports import Blobs, Clock
from cases.vocabulary import Action
from evidence.timestamp import Timestamper
from realtime.hub import Hub
from rooms.expert_seats import invitation_of
from rooms.handling import standings as room_standings
from storage.dossier import Dossier
from storage.reading import Reader
from storage.work import Store
from web.desk import CommandDesk
from web.doors import Doors
from web.nodes import Nodes
from web.rates import Rates
from web.settings import Settings
from web.spoken_reports import SpokenReports


@dataclass
class House:
    settings: Settings
    clock: Clock
    doors: Doors
    store: Store
    reader: Reader
    hub: Hub
    nodes: Nodes
    desk: CommandDesk
    blobs: Blobs
    pool: Executor
    synthetic: bool
    check_glyphs: Callable[[str, str], None]
    spoken: SpokenReports
    refresh: Callable[[], Awaitable[None]]
    """Compute the walls anew, after data were planted."""
    open_rooms: Callable[[], int] = lambda: 0
    media_workers: Callable[[], list[dict[str, Any]]] = list
    timestamper: Timestamper | None = None
    checks: list[Callable[[], str]] = field(default_factory=list)

    @property
    def rates(self) -> Rates:
        return self.doors.rates

    def problems(self) -> list[str]:
        """What does not work now, in English clauses. Empty: healthy."""
        return [text for text in (check() for check in self.checks) if text]

    def may_see_file(self, actor: Actor, dossier: Dossier, file: str) -> bool:
        """A file of a case is seen by whoever may see the case, and by whoever sits admitted in its session; by an expert of the pool, if the invitation names it."""
        if may(case_standings(dossier.case, actor), Action.SEE_CASE, dossier.case.stage):
            return True
        room = dossier.room
        if room is None or actor.kind != "seat" or actor.session_id != room.id:
            return False
        seat = room.seat(actor.id)
        invited = invitation_of(dossier.case, room, seat)
        if invited is not None and file not in invited.files:
            return False
        return seat.present and may(room_standings(room, actor), Action.ENTER, room.stage)
