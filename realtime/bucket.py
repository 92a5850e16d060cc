"""The token bucket: how much somebody may do on average, and at once. Pure."""

from __future__ import annotations


class Bucket:
    """A token bucket: `rate` a second on average, `burst` at once. Time is an argument (seconds, monotonic)."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, now

    def spend(self, cost: float, now: float) -> bool:
        """Take `cost` tokens; False, and nothing taken, when there are not so many."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True

    def full(self, now: float) -> bool:
        return self._tokens + (now - self._at) * self._rate >= self._burst

    def wait(self, cost: float) -> float:
        """Seconds after the last `spend` until `cost` tokens are there."""
        return max(0.0, cost - self._tokens) / self._rate
