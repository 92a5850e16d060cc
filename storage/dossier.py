"""Everything that hangs on one case, loaded together under the case's lock."""

from __future__ import annotations

import msgspec

from agreements.agreement import Agreement
from cases.case import Case
from rooms.room import Facts, Room
from storage.models.cases import CaseRow


class Dossier(msgspec.Struct):
    case: Case
    room: Room | None = None
    agreement: Agreement | None = None

    def facts(self) -> Facts:
        return Facts(
            draft_missing=tuple(self.agreement.missing) if self.agreement else (),
            agreement=self.agreement.progress if self.agreement else "",
            paper_only=bool(self.agreement and self.agreement.paper_only),
        )


def load(row: CaseRow) -> Dossier:
    return Dossier(
        case=msgspec.json.decode(row.state, type=Case),
        room=msgspec.json.decode(row.room, type=Room) if row.room else None,
        agreement=msgspec.json.decode(row.agreement, type=Agreement) if row.agreement else None,
    )


def store(row: CaseRow, dossier: Dossier) -> None:
    """Copy the dossier into its row: the JSON states, and the columns that lists are made of."""
    case = dossier.case
    row.code, row.number, row.stage, row.kind = case.code, case.number, str(case.stage), str(case.kind)
    row.dispute_type, row.region, row.synthetic = case.dispute_type, case.region, case.synthetic
    row.mediator = case.mediator.account if case.mediator else ""
    row.reported_at, row.due, row.agreed_at = case.reported_at, case.due, case.agreed_at
    row.state = msgspec.json.encode(case).decode()
    row.room = msgspec.json.encode(dossier.room).decode() if dossier.room else ""
    row.agreement = msgspec.json.encode(dossier.agreement).decode() if dossier.agreement else ""
