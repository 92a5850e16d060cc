"""A case that staff enters: found by a grid worker or a mediator on a round (排查), or told at the centre's counter, by telephone, by another office. Pure.

Rules
* A source is entered by whoever it can come from (`SOURCES`); the centre, which others write to, by any.
* It lies in the region of whoever enters it.
* Nobody has reported it: whoever is named as applicant was named by somebody else, and a telephone typed here opens nothing by itself (`cases.matters`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cases.actor import Actor
from cases.case import Case, Numbering, Photo, open_case
from cases.commands.casework import Intake
from cases.errors import Invalid, NotAllowed
from cases.ports import Happened
from cases.spoken import Spoken
from cases.vocabulary import CASE_SOURCES, Role

SOURCES: dict[Role, tuple[str, ...]] = {
    Role.GRID_WORKER: ("网格员排查",),
    Role.MEDIATOR: ("人民调解委员会主动调解",),
    Role.CENTRE: CASE_SOURCES,
}
"""Role → sources of the cases it enters, the usual one first. Everybody else enters none."""


def sources_of(actor: Actor) -> tuple[str, ...]:
    """What this person may enter. Empty: nothing."""
    return SOURCES.get(actor.role, ()) if actor.kind == "account" and actor.role is not None else ()


def enter_case(
    command: Intake,
    actor: Actor,
    numbering: Numbering,
    now: datetime,
    photos: list[Photo],
    region_name: str,
    synthetic: bool,
    spoken: Spoken | None = None,
    digests: Sequence[str] = (),
) -> tuple[Case, list[Happened]]:
    """Raises `NotAllowed`, and `Invalid` naming the field."""
    allowed = sources_of(actor)
    if not allowed:
        raise NotAllowed("not_allowed", "Cases are entered by grid workers, mediators and the centre")
    if command.source not in allowed:
        raise Invalid("unknown_source", f"Choose where the case comes from: {', '.join(allowed)}", field="source", allowed=list(allowed))
    if not command.region.startswith(actor.region):
        raise Invalid("region_elsewhere", "Choose a township of your own region", field="region")
    return open_case(command, numbering, now, photos, region_name, synthetic, command.source, actor, spoken, digests)
