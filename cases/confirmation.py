"""Whether the parties may still apply together for judicial confirmation (司法确认), and until when. Pure.

Within thirty days from the day on which the agreement took effect (人民调解法 33; 民事诉讼法 205). Nobody confirms what concerns personal status as such, or who owns a thing or an
intellectual property right (民事诉讼法司法解释 355); the first is known here, of the second the linter warns while it is written.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from cases.calendar import ONE, STATUTORY, Calendar, county_day
from cases.case import Case
from cases.errors import Invalid, OutOfTurn
from cases.identity import parse_text
from cases.vocabulary import CaseStage

DAYS = 30
DECIDED = 30
"""Days within which a court decides what was applied for (民事诉讼法 187)."""
COURT_LIMIT = 40
COURT = "人民法院"


class Confirmation(msgspec.Struct, frozen=True):
    """`until`: the last day in the county, the day of effect not counted and the next working day where it is a day off (民法典 201, 203); `bar`: the code of what stands against it, empty where nothing does."""

    until: date
    bar: str = ""


def confirmation(effective_at: datetime, now: datetime, personal: bool, calendar: Calendar = STATUTORY, kept: bool = True) -> Confirmation:
    """`personal`: the agreement is on personal status. `kept`: its text, or the form of an oral one, is kept here; of one that was signed elsewhere nothing can be put together."""
    until = county_day(effective_at) + DAYS * ONE
    while not calendar.working(until):
        until += ONE
    bars = {
        "confirmation_personal_status": personal,
        "confirmation_too_late": county_day(now) > until,
        "confirmation_elsewhere": not kept,
    }
    return Confirmation(until, next((code for code, stands in bars.items() if stands), ""))


def open_until(case: Case, now: datetime, personal: bool, calendar: Calendar = STATUTORY) -> date | None:
    """The last day on which a court may still be concerned with the agreement: that of a joint application, and where the papers for it were put together, that by which it is
    decided. None: no agreement, none that courts confirm, or that day is over."""
    agreed = next((step for step in case.history if step.stage is CaseStage.AGREED), None)
    if agreed is None or personal:
        return None
    last = confirmation(agreed.at, now, personal, calendar).until + (DECIDED * ONE if case.confirmation_sought else 0 * ONE)
    return last if county_day(now) <= last else None


def demand_open(found: Confirmation) -> None:
    """Raises `OutOfTurn` with the way that is left."""
    if found.bar == "confirmation_too_late":
        message = f"The thirty days for a joint application ended on {found.until}; either party may sue on the agreement"
        raise OutOfTurn("confirmation_too_late", message, until=found.until.isoformat())
    if found.bar == "confirmation_elsewhere":
        message = (
            "This agreement is not kept here, so its papers cannot be put together; the parties may take what they signed to the court"
        )
        raise OutOfTurn("confirmation_elsewhere", message, until=found.until.isoformat())
    if found.bar:
        raise OutOfTurn("confirmation_personal_status", "Courts do not confirm agreements on personal status; either party may sue")


def parse_court(text: str) -> str:
    """The court's name, which ends in 人民法院. Raises `Invalid`."""
    name = parse_text(text, "court", COURT_LIMIT)
    if not name.endswith(COURT) or name == COURT:
        raise Invalid("court_name", "Give the court's full name; it ends in 人民法院", field="court")
    return name
