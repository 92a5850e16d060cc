"""Everything that hangs on one case, loaded together under the case's lock."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import msgspec

from agreements.agreement import Agreement
from agreements.completeness import PERSONAL_TYPES
from cases.case import Case
from cases.stating import excused
from rooms.room import Facts, Room
from storage.case_keys import CaseKey, keys
from storage.models.cases import CaseRow


class Dossier(msgspec.Struct):
    case: Case
    room: Room | None = None
    agreement: Agreement | None = None

    def facts(self) -> Facts:
        oral = self.room is not None and self.room.oral is not None and self.room.oral.concluded_at is not None
        return Facts(
            draft_missing=tuple(self.agreement.missing) if self.agreement else (),
            agreement="effective" if oral else self.agreement.progress if self.agreement else "",
            on_paper=bool(self.agreement and self.agreement.on_paper),
            needs_paper=bool(self.agreement and self.agreement.paper_only) or self.case.dispute_type in PERSONAL_TYPES,
            oral=oral,
            afar=tuple(excused(self.case)),
        )


CASES_OPEN = 1024
"""Cases of lists that stay opened in memory, some ten kilobytes each."""
TEXTS = ("state", "room", "agreement")
"""The columns of a row that are sealed."""


def load(row: CaseRow) -> Dossier:
    return parse(**opened(row.id, row.key, {name: getattr(row, name) for name in TEXTS}))


def opened(case: str, wrapped: str, closed: Mapping[str, str]) -> dict[str, str]:
    """The JSON states of a row as `parse` takes them. Without a key they are of an earlier version, and plain. Raises `case_keys.Unreadable`."""
    if not wrapped:
        return dict(closed)
    key = keys().of(case, wrapped)
    return {name: key.open(name, text) if text else "" for name, text in closed.items()}


@functools.lru_cache(CASES_OPEN)
def case_of(case: str, wrapped: str, state: str) -> Case:
    """The case alone. Not to be changed: whoever asks for the same state has it too, since a list is asked for far more often than its cases change."""
    return msgspec.json.decode(opened(case, wrapped, {"state": state})["state"], type=Case)


def parse(state: str, room: str, agreement: str) -> Dossier:
    """From the JSON states of a row, opened."""
    return Dossier(
        case=msgspec.json.decode(state, type=Case),
        room=msgspec.json.decode(room, type=Room) if room else None,
        agreement=msgspec.json.decode(agreement, type=Agreement) if agreement else None,
    )


def texts(dossier: Dossier) -> dict[str, str]:
    """The JSON states of its row, as `parse` takes them."""
    return {
        "state": msgspec.json.encode(dossier.case).decode(),
        "room": msgspec.json.encode(dossier.room).decode() if dossier.room else "",
        "agreement": msgspec.json.encode(dossier.agreement).decode() if dossier.agreement else "",
    }


def columns(dossier: Dossier, key: CaseKey) -> dict[str, Any]:
    """Of the dossier's row: the JSON states, sealed, and what lists are made of."""
    case = dossier.case
    return {
        "code": case.code,
        "number": case.number,
        "stage": str(case.stage),
        "kind": str(case.kind),
        "dispute_type": case.dispute_type,
        "region": case.region,
        "synthetic": case.synthetic,
        "mediator": case.mediator.account if case.mediator else "",
        "reported_at": case.reported_at,
        "due": case.due,
        "agreed_at": case.agreed_at,
        "stamped_until": dossier.agreement.stamped_until if dossier.agreement else None,
        "key": key.wrapped,
        **{name: key.seal(name, text) if text else "" for name, text in texts(dossier).items()},
    }
