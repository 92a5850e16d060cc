"""A bucket gives what was promised, and says truly when there will be more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.bucket import Bucket


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 5)), max_size=60))
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(steps: list[tuple[float, float]]) -> None:
    bucket, now, given_ = Bucket(2.0, 10.0, 0.0), 0.0, 0.0
    for pause, cost in steps:
        now += pause
        if bucket.spend(cost, now):
            given_ += cost
        assert given_ <= 10 + 2 * now + 1e-6


@given(st.floats(0.1, 50), st.floats(1, 20), st.lists(st.floats(0.1, 1), max_size=60))
def test_whoever_waits_as_long_as_he_is_told_gets_it(rate: float, burst: float, costs: list[float]) -> None:
    bucket, now = Bucket(rate, burst, 0.0), 0.0
    for cost in costs:
        if not bucket.spend(cost, now):
            wait = bucket.wait(cost)
            assert wait > 0
            assert not bucket.spend(cost, now + wait * 0.9)
            now += wait + 1e-6
            assert bucket.spend(cost, now)
