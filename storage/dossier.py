"""Everything that hangs on one case, loaded together under the case's lock."""

from __future__ import annotations

from typing import Any

import msgspec

from cases.case import Case
from rooms.room import Facts, Room
from storage.models.cases import CaseRow


class Dossier(msgspec.Struct):
    """`agreement` is the ceremony's public state as plain data (stage, revision, hash, missing items, confirmations, signatures)."""

    case: Case
    room: Room | None = None
    agreement: dict[str, Any] = {}

    def facts(self) -> Facts:
        return Facts(
            draft_missing=tuple(self.agreement.get("missing", ())),
            agreement=str(self.agreement.get("stage", "")),
            paper_only=bool(self.agreement.get("paper_only", False)),
        )


def load(row: CaseRow) -> Dossier:
    return Dossier(
        case=msgspec.json.decode(row.state, type=Case),
        room=msgspec.json.decode(row.room, type=Room) if row.room else None,
        agreement=msgspec.json.decode(row.agreement) if row.agreement else {},
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
