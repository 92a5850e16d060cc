"""What a resident adds to the own report while the case is open: further photographs. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from cases.case import Case, Photo
from cases.errors import Invalid
from cases.permissions import demand
from cases.ports import Happened
from cases.vocabulary import Action, Standing

MATERIAL_LIMIT = 30
"""Photographs of a case, with those of the report."""


def demand_room(case: Case, held: Iterable[Standing]) -> None:
    """Raises `Refusal` where no photograph can be added, or none more."""
    demand(held, Action.ADD_MATERIAL, case.stage)
    if len(case.photos) >= MATERIAL_LIMIT:
        raise Invalid("material_full", f"A case has at most {MATERIAL_LIMIT} photographs", field="photos", limit=MATERIAL_LIMIT)


def add_photo(case: Case, held: Iterable[Standing], photo: Photo, digest: str, by: str) -> list[Happened]:
    """`digest`: SHA-256 of the photograph as it is kept; `by`: the ledger's name of who added it."""
    demand_room(case, held)
    case.photos.append(photo)
    return [Happened("case.photo_added", {"photo": photo.id, "sha256": digest, "by": by})]
