"""Rates of what strangers may ask, by address, and of what costs much, by account: token buckets in memory."""

from __future__ import annotations

import time
from collections import OrderedDict

from cases.errors import TooMuch
from realtime.bucket import Bucket

# What: (requests a minute, at once)
LIMITS = {
    "sign_in": (20, 20),
    "exchange": (60, 60),
    "oidc": (30, 30),
    "oidc_logout": (120, 100),
    "report": (20, 20),
    "code": (60, 60),
    "verify": (10, 10),
    "timestamp": (60, 60),
    "history": (60, 30),
    "device": (60, 20),
    "search": (300, 30),
    "paper": (60, 40),
    "photograph": (20, 20),
    "rating": (30, 30),
    "administration": (120, 60),
    "notice": (0.2, 6),
    "contact": (20, 20),
    "phone_code": (5, 15),
    "phone_answer": (20, 40),
    "resident": (120, 60),
    "export": (2, 6),
    "own_copy": (0.2, 3),
    "risk_compared": (6, 4),
    "reveal": (6, 20),
    "experts": (120, 60),
    "expert_invited": (6, 10),
    "past": (30, 20),
    "paper_file": (30, 20),
    "identity": (30, 20),
    "signature": (12, 8),
    "intake": (30, 20),
    "spoken": (12, 16),
    "referral": (120, 60),
    "referral_from": (240, 120),
    "referral_files": (20, 20),
    "times": (60, 30),
    "here": (60, 60),
    "statement": (10, 10),
    "statement_read": (60, 40),
    "statement_upload": (10, 8),
    "statement_piece": (300, 150),
    "statement_play": (300, 150),
    "feed": (12, 20),
    "entry": (6, 10),
    "entry_case": (6, 10),
    "invitation": (12, 20),
    "wechat": (30, 20),
    "wall_link": (30, 20),
}
ADDRESSES = 10_000


class Rates:
    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    def spend(self, what: str, address: str, now: float | None = None) -> None:
        """Take one request of an address; raises `TooMuch` with the seconds to wait."""
        per_minute, burst = LIMITS[what]
        moment = time.monotonic() if now is None else now
        bucket = self._buckets.pop((what, address), None) or Bucket(per_minute / 60, burst, moment)
        self._buckets[what, address] = bucket  # the last one again: those who are quiet longest are forgotten first
        while len(self._buckets) > ADDRESSES:
            self._buckets.popitem(last=False)
        if not bucket.spend(1, moment):
            wait = int(bucket.wait(1)) + 1
            raise TooMuch("too_fast", f"Too many requests; please try again in {wait} seconds", seconds=wait)
