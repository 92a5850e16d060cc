"""Turns come with packets where there are any, by a timer where there are none, and are never made up for."""

from __future__ import annotations

import asyncio

import pytest

from rooms.media.clock import SLACK, Due, RoomClock
from rooms.media.turns import TICK, Turns


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def turns(*rooms: str) -> Turns:
    made = Turns()
    for room in rooms:
        made.add(room)
    return made


async def test_a_turn_that_is_due_is_taken_with_packets_and_only_once() -> None:
    time, taken = Time(), list[tuple[float, Due]]()
    clock = RoomClock(turns("a"), lambda due, now: taken.append((now, due)), time)
    for step in range(1, 401):
        time.now = 100 + step * TICK / 8
        clock.look()
    assert len(taken) == 50 and all(due[0][0] == "a" for _, due in taken)
    assert [due for _, due in taken if due[0][1]] and sum(due[0][1] for _, due in taken) == 1, "and reports once a second"


async def test_turns_that_were_missed_are_not_made_up_for() -> None:
    time, taken = Time(), list[float]()
    clock = RoomClock(turns("a", "b"), lambda due, now: taken.append(now), time)
    time.now += 100 * TICK
    for _ in range(20):
        clock.look()
    assert len(taken) == 1
    for _ in range(16):
        time.now += TICK / 8
        clock.look()
    assert 4 <= len(taken) <= 6


async def test_without_packets_a_timer_takes_them() -> None:
    enough, taken = asyncio.Event(), list[float]()

    def take(due: Due, now: float) -> None:
        taken.append(now)
        if len(taken) == 5:
            enough.set()

    running = asyncio.create_task(RoomClock(turns("a"), take).run())
    async with asyncio.timeout(10):
        await enough.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    count = len(taken)
    await asyncio.sleep(3 * (TICK + SLACK))
    assert len(taken) == count, "it ends with whoever ran it"


async def test_what_a_turn_raises_ends_the_clock() -> None:
    def broken(due: Due, now: float) -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        async with asyncio.timeout(10):
            await RoomClock(turns("a"), broken).run()
