"""When a version for the risk platform is tried, and when it is given up. Pure.

Rules
* After each failure the wait doubles, up to an hour; a part of it is left to chance, so that what failed together does not come back together.
* What the platform asks for (Retry-After) is waited for, up to an hour.
* Three days after its first try a version is given up, and somebody is told: over a weekend nobody may have seen to it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cases.delivery import LONGEST_WAIT, wait_after

GIVEN_UP_AFTER = timedelta(days=3)
CHANCE = 0.3
"""Of each wait, what may be left out of it."""


def next_try(entered: datetime, failures: int, now: datetime, after: float, chance: float) -> datetime | None:
    """When to try again after the failure number `failures`. `after`: seconds that the platform asks for; `chance`: from 0 to 1, drawn by the driver. None: given up."""
    asked = timedelta(seconds=min(max(after, 0.0), LONGEST_WAIT.total_seconds()))
    at = now + max(wait_after(failures) * (1 - CHANCE * chance), asked)
    return at if at - entered <= GIVEN_UP_AFTER else None
