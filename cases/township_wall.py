"""What the wall of a township tells: the figures of that township alone, and of those what can be told beside the walls of the county and of all its other
townships. Pure.

Rules
* Of how many are in work it tells what the county's wall tells of that township: where that is hidden, so is all that is a part of it.
* The other counts are tables by township, whose sums are the county's wall's; a small cell and what would tell it are hidden (`cases.small_cells`).
* Types are gathered within the township. No wall tells how many of a type are in work in the county, so that nothing can be taken from that.
* Alerts are told as on the county's wall. Rooms and days are not told: in a township they are hardly ever three.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from cases.figures import MONTHS_SHOWN, STEPS, month_of
from cases.small_cells import HIDDEN, REST, SMALL, apart, gather, shares, suppress
from cases.tally import TOWNSHIP_DIGITS, Tally, success
from cases.vocabulary import OTHER_TYPE

KINDS_SHOWN = 8
_BEFORE = {"accepted": "reported", "mediating": "accepted", "agreed": "mediating", "closed": "accepted"}
"""Which step has come to at least what a step has."""
Shown = dict[str, int | str]


class Tables(msgspec.Struct, frozen=True):
    """What may be told of each township, by its code. `months`: received in each of the last twelve, the present one last; `funnel`: by step."""

    active: Shown
    due_soon: Shown
    overdue: Shown
    months: Sequence[Shown]
    funnel: Mapping[str, Shown]

    def of(self, code: str) -> tuple[int | str, ...]:
        """All of one township: what may have changed there although none of its cases did."""
        tables = (self.active, self.due_soon, self.overdue, *self.months, *self.funnel.values())
        return tuple(table[code] for table in tables)


def tables(tally: Tally, townships: Iterable[str], now: datetime) -> Tables:
    """`townships`: all of the county, by their codes."""
    codes = [code for code in sorted(townships) if len(code) == TOWNSHIP_DIGITS]
    figures = {code: tally.township(code) for code in codes}
    month, active = month_of(now), tally.active_of(codes)
    terms = shares(active, {code: (one.due_soon(now), one.overdue(now)) for code, one in figures.items()})
    months = [
        apart(suppress({code: one.step(of, "reported") for code, one in figures.items()}))
        for of in range(month - MONTHS_SHOWN + 1, month + 1)
    ]
    funnel = {"reported": months[-1]}
    for step in STEPS[1:]:
        whole = funnel[_BEFORE[step]]
        parts = shares(whole, {code: (one.step(month, step),) for code, one in figures.items()})
        nothing = [code for code, count in whole.items() if count == 0]
        funnel[step] = apart({code: part for code, (part,) in parts.items()}, nothing)
    return Tables(
        active, {code: soon for code, (soon, _) in terms.items()}, {code: over for code, (_, over) in terms.items()}, months, funnel
    )


def kinds(active: int | str, counts: Mapping[str, int]) -> Shown:
    """How many of each type are in work in a township, as `active` is shown of it: the list by type behind its number. Of one that is hidden nothing but that."""
    return {REST: HIDDEN} if active == HIDDEN else gather(dict(counts), KINDS_SHOWN, never=(OTHER_TYPE,))


def document(
    tally: Tally, told: Tables, code: str, now: datetime, townships: Mapping[str, str], mediators: Iterable[str]
) -> dict[str, Any]:
    """The wall of one township. `townships`: names by code; `mediators`: accounts that take orders there. A hidden count is `*`."""
    one, month = tally.township(code), month_of(now)
    active, funnel = told.active[code], {step: told.funnel[step][code] for step in STEPS}
    medians = {step: one.median(month, step) for step in STEPS[1:] if funnel[step] != HIDDEN}
    return {
        "active": active,
        "due_soon": told.due_soon[code],
        "overdue": told.overdue[code],
        "success": success(one, month, SMALL),
        "kinds": kinds(active, one.kinds),
        "months": [table[code] for table in told.months],
        "funnel": funnel,
        "waits": {step: seconds for step, seconds in medians.items() if seconds is not None},
        "alerts": one.alerts(townships),
        "loads": one.loads(mediators) if active != HIDDEN else None,
        "voices": one.voices(month),
    }
