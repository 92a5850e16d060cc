"""Who sends looks again soon after something new, and later each time while nobody answers."""

from __future__ import annotations

import asyncio

import pytest

from web import rounds
from web.rounds import MOST_AWAY, Rounds

pytestmark = pytest.mark.anyio


async def test_it_rests_until_it_is_woken_and_no_longer_than_a_look() -> None:
    at = Rounds()
    at.begin()
    resting = asyncio.create_task(at.rest())
    await asyncio.sleep(0)
    assert not resting.done()
    at.wake()
    await asyncio.wait_for(resting, 1)
    at.wake()
    await asyncio.wait_for(at.rest(), 1)  # what came while nobody rested is not lost


async def test_it_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "LOOK_EVERY", 0.01)
    await asyncio.wait_for(Rounds().rest(), 1)


async def test_while_nobody_answers_it_waits_longer_each_time_whatever_wakes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(rounds.asyncio, "sleep", sleep)
    at = Rounds()
    for _ in range(12):
        at.absent += 1
        at.wake()
        await at.rest()
    assert slept == sorted(slept) and slept[0] < slept[3] and slept[-1] == MOST_AWAY
