"""What readers are shown is made of this; `storage.dossier` has it from the database."""

from __future__ import annotations

from typing import Protocol

from agreements.agreement import Agreement
from cases.case import Case
from rooms.room import Facts, Room


class Dossier(Protocol):
    """Everything that hangs on one case: the case, its current session, and what the gates need to know of the agreement."""

    case: Case
    room: Room | None
    agreement: Agreement | None

    def facts(self) -> Facts: ...
