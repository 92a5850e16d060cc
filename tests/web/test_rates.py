from __future__ import annotations

import pytest

from cases.errors import TooMuch
from web.rates import ADDRESSES, LIMITS, Rates


def test_a_burst_then_a_wait() -> None:
    rates = Rates()
    per_minute, burst = LIMITS["verify"]
    for _ in range(burst):
        rates.spend("verify", "192.0.2.1", 100.0)
    with pytest.raises(TooMuch) as refused:
        rates.spend("verify", "192.0.2.1", 100.0)
    wait = refused.value.detail["seconds"]
    rates.spend("verify", "192.0.2.1", 100.0 + wait)
    assert wait <= 60 / per_minute + 1


def test_addresses_do_not_spend_for_each_other_and_are_forgotten() -> None:
    rates = Rates()
    for n in range(ADDRESSES + 50):
        rates.spend("report", f"host-{n}", 1.0)
    assert len(rates._buckets) == ADDRESSES
