"""Time as the rules see it: the system clock behind a port, and the spelling of moments in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from cases.ports import Happened

COUNTY_TIME = ZoneInfo("Asia/Shanghai")
"""Days and years are the county's, wherever the server's clock stands."""


def midnights(now: datetime, then: datetime) -> int:
    """Midnights of the county between two moments: 0 is the same day. Terms are told in days, so days are what is counted."""
    return (then.astimezone(COUNTY_TIME).date() - now.astimezone(COUNTY_TIME).date()).days


def whole_seconds(begins: float, ends: float) -> int:
    """How long something lasted, of seconds since 1970, as it is told everywhere: moments are told by the second that has begun, and a length is the
    difference of those, so that begin, end and length agree."""
    return max(0, floor(ends) - floor(begins))


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """UTC with microseconds and a Z: one spelling, since it is hashed."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class ClockHealth(msgspec.Struct, frozen=True):
    """`kept`: whether a time service keeps the clock, None where nobody knows. `error_ms`: by how much it may be wrong at most, as the kernel has it."""

    kept: bool | None = None
    error_ms: int | None = None
    service: str = ""


WITNESSED = frozenset({"session.opened", "recording.started", "draft.frozen"})
"""Where the chain says how well the clock is kept: what follows is evidence by its times."""

LEAP = timedelta(seconds=1)
"""Nodes' clocks differ by less; what goes back further is a jump."""


def witnessed(happened: Iterable[Happened], ask: Callable[[], ClockHealth]) -> list[Happened]:
    """What the chain is told of the clock beside what happened."""
    if not any(event.kind in WITNESSED and event.chain == "main" for event in happened):
        return []
    health = ask()
    return [Happened("clock.checked", {"kept": health.kept, "error_ms": health.error_ms, "service": health.service})]


def moved_back(last: str, now: datetime) -> dict[str, Any] | None:
    """What explains an entry that is earlier than the one before it (`last`, RFC 3339), as the payload of `clock.moved_back`; None where it is not."""
    if not last:
        return None
    back = datetime.fromisoformat(last) - now
    return {"last": last, "ms": back // timedelta(milliseconds=1)} if back > LEAP else None
