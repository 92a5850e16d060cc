"""Where a case happened (属地) is put right: its township, within its county, and the place in it. Pure.

Who finds the case, which lists and numbers have it, and who is near follow from the township. Whether the case was entered on trial stays as it is.
"""

from __future__ import annotations

import msgspec

from cases.actor import Actor
from cases.case import PLACE_LIMIT, TITLE_LIMIT, Case
from cases.errors import Invalid
from cases.identity import parse_text
from cases.ports import Happened
from cases.spoken import made_title

COUNTY_DIGITS = 6


class Correction(msgspec.Struct, frozen=True):
    """What is to be: the code and name of a region, and the place. `None`: as it is."""

    region: tuple[str, str] | None
    place: str | None


def judge(case: Case, region: str, region_name: str, place: str | None) -> Correction:
    """What changes nothing is left out. `region_name`: as the register of regions has it, empty where there is no such region. Raises `Invalid`."""
    words = None if place is None else parse_text(place, "place", PLACE_LIMIT, required=False)
    if region and not region_name:
        raise Invalid("unknown_region", "Choose the township where it happened", field="region")
    if region and region[:COUNTY_DIGITS] != case.region[:COUNTY_DIGITS]:
        raise Invalid("other_county", "A case stays in its county; another county's centre has to enter it anew", field="region")
    return Correction((region, region_name) if region and region != case.region else None, words if words != case.place else None)


def put_right(case: Case, to: Correction, actor: Actor) -> list[Happened]:
    """With what was, and what is. A title that we made names the township, and follows."""
    told: dict[str, str] = {}
    if to.region is not None:
        told |= {"region_was": case.region, "region_name_was": case.region_name, "region": to.region[0], "region_name": to.region[1]}
        case.region, case.region_name = to.region
        if case.title_made:
            told["title"] = case.title = made_title(case.kind, case.region_name)[:TITLE_LIMIT]
    if to.place is not None:
        told |= {"place_was": case.place, "place": to.place}
        case.place = to.place
    return [Happened("case.relocated", told | {"by": actor.ledger_name})] if told else []
