"""When a notice is tried: quiet hours, back-off, and the end of it. Pure.

Rules
* What makes a telephone ring (SMS, WeChat) never goes out in the quiet hours of the county; it waits until they are over. Other channels know no hours.
* After each failure the wait doubles, up to an hour. What asks for more gets it.
* A day after it was entered a notice is given up: what it tells is old by then.
* A mistake of the other side is no reason to lose a notice; only a refusal that trying again cannot help, or the day, is.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

import msgspec

from cases.clock import COUNTY_TIME
from cases.vocabulary import Channel

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
RINGING = frozenset({Channel.SMS, Channel.WECHAT})
GIVEN_UP_AFTER = timedelta(hours=24)
_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


class QuietHours(msgspec.Struct, frozen=True):
    """From `begins` (in them) to `ends` (not in them), by the county's clocks; over midnight where it begins later than it ends. None where both are one."""

    begins: time
    ends: time

    def hold(self, moment: datetime) -> bool:
        at = moment.astimezone(COUNTY_TIME).time()
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends

    def over(self, moment: datetime) -> datetime:
        """The first moment from then on that is not quiet, in UTC's stead with the zone it came in."""
        if not self.hold(moment):
            return moment
        here = moment.astimezone(COUNTY_TIME)
        end = here.replace(hour=self.ends.hour, minute=self.ends.minute, second=0, microsecond=0)
        return (end if end > here else end + timedelta(days=1)).astimezone(moment.tzinfo)


def parse_quiet_hours(text: str) -> QuietHours:
    """`22:00-08:00`; the same hour twice for none. Raises `ValueError`."""
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError("quiet hours are written as 22:00-08:00")
    hour, minute, until_hour, until_minute = (int(part) for part in found.groups())
    return QuietHours(time(hour, minute), time(until_hour, until_minute))


def first_try(channel: Channel, now: datetime, quiet: QuietHours) -> datetime:
    return quiet.over(now) if channel in RINGING else now


def wait_after(attempts: int) -> timedelta:
    """After so many failures, from 1."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 20))


def next_try(channel: Channel, entered: datetime, attempts: int, now: datetime, quiet: QuietHours, after: float = 0.0) -> datetime | None:
    """When to try again after the failure number `attempts`; `after`: seconds that the other side asked for. None: it is given up."""
    asked = timedelta(seconds=min(after, GIVEN_UP_AFTER.total_seconds()))
    at = first_try(channel, now + max(wait_after(attempts), asked), quiet)
    return at if at - entered <= GIVEN_UP_AFTER else None
