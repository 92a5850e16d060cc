"""Time as the rules see it: the system clock behind a port, and the spelling of moments in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

COUNTY_TIME = ZoneInfo("Asia/Shanghai")
"""Days and years are the county's, wherever the server's clock stands."""


def midnights(now: datetime, then: datetime) -> int:
    """Midnights of the county between two moments: 0 is the same day. Terms are told in days, so days are what is counted."""
    return (then.astimezone(COUNTY_TIME).date() - now.astimezone(COUNTY_TIME).date()).days


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """UTC with microseconds and a Z: one spelling, since it is hashed."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
