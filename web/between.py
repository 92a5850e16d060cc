"""Earlier and other cases between the same people: whom they knew before, and who mediated there."""

from __future__ import annotations

from cases.case import Case
from cases.finding import phrases_of, region_word
from storage import search
from storage.database import reads
from storage.reading import Reader

PAST_LIMIT = 50
"""Other cases between the same people that are looked at, the newest."""


async def past_between(reader: Reader, case: Case, region: str) -> list[Case]:
    """Other cases in which one of each side is named."""
    sides = [[person.name for person in case.parties if person.capacity == side] for side in ("applicant", "respondent")]
    ids: list[str] = []
    for one in sides[0]:
        for other in sides[1]:
            scope = [region_word(region)] if region else []
            found, _ = await search.find(reads(), scope, [*phrases_of(one), *phrases_of(other)], 0, PAST_LIMIT)
            ids += found
    return [(await reader.dossier(key)).case for key in list(dict.fromkeys(ids))[:PAST_LIMIT] if key != case.id]
