"""Rates of what strangers may ask, by address: token buckets in memory."""

from __future__ import annotations

import time
from collections import OrderedDict

from cases.errors import TooMuch

# What: (requests a minute, at once)
LIMITS = {"sign_in": (20, 20), "exchange": (60, 60), "report": (20, 20), "code": (60, 60), "verify": (10, 10), "timestamp": (60, 60)}
ADDRESSES = 10_000


class Rates:
    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def spend(self, what: str, address: str, now: float | None = None) -> None:
        """Take one request of an address; raises `TooMuch` with the seconds to wait."""
        per_minute, burst = LIMITS[what]
        moment = time.monotonic() if now is None else now
        tokens, at = self._buckets.pop((what, address), (float(burst), moment))
        tokens = min(float(burst), tokens + (moment - at) * per_minute / 60)
        if tokens < 1:
            self._buckets[what, address] = (tokens, moment)
            wait = int((1 - tokens) * 60 / per_minute) + 1
            raise TooMuch("too_fast", f"Too many requests; please try again in {wait} seconds", seconds=wait)
        self._buckets[what, address] = (tokens - 1, moment)
        while len(self._buckets) > ADDRESSES:
            self._buckets.popitem(last=False)
