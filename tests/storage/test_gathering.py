"""One reading for many, never one that began before somebody asked."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.gathering import AT_ONCE, Gathering

pytestmark = pytest.mark.anyio


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=40))
def test_everybody_gets_what_was_true_when_or_after_he_asked(steps: list[tuple[int, int]]) -> None:
    async def run() -> None:
        truth = dict.fromkeys(range(6), 0)

        async def fetch(keys: list[int]) -> dict[int, int]:
            await asyncio.sleep(0)
            seen = {key: truth[key] for key in keys}
            await asyncio.sleep(0)
            return seen

        gathering = Gathering(fetch)

        async def ask(key: int) -> None:
            least = truth[key]
            found = await gathering.get(key)
            assert found is not None
            assert found >= least, "read before it was asked"

        asking = []
        for key, turns in steps:
            truth[key] += 1
            asking.append(asyncio.create_task(ask(key)))
            for _ in range(turns):
                await asyncio.sleep(0)
        await asyncio.gather(*asking)

    asyncio.run(run())


async def test_many_cost_few_readings_and_the_unknown_is_none() -> None:
    readings: list[int] = []

    async def fetch(keys: list[int]) -> dict[int, int]:
        readings.append(len(keys))
        await asyncio.sleep(0.001)
        return {key: key for key in keys if key % 2}

    gathering = Gathering(fetch)
    found = await asyncio.gather(*(gathering.get(n) for n in range(1000)))
    assert found == [n if n % 2 else None for n in range(1000)]
    assert max(readings) <= AT_ONCE
    assert len(readings) <= 1000 / AT_ONCE + 1


async def test_a_failure_is_told_to_those_who_waited_and_the_next_ask_anew() -> None:
    fails = True

    async def fetch(keys: list[int]) -> dict[int, int]:
        await asyncio.sleep(0)
        if fails:
            raise ConnectionError("away")
        return {key: key for key in keys}

    gathering = Gathering(fetch)
    answers = await asyncio.gather(gathering.get(1), gathering.get(2), return_exceptions=True)
    assert [type(a) for a in answers] == [ConnectionError, ConnectionError]
    fails = False
    assert await gathering.get(1) == 1


async def test_a_key_that_cannot_be_read_costs_nobody_else_anything() -> None:
    async def fetch(keys: list[int]) -> dict[int, int]:
        await asyncio.sleep(0)
        if 13 in keys:
            raise ValueError("too long")
        return {key: key for key in keys}

    gathering = Gathering(fetch)
    answers = await asyncio.gather(*(gathering.get(n) for n in range(20)), return_exceptions=True)
    assert [n for n, a in enumerate(answers) if isinstance(a, ValueError)] == [13]
    assert [a for a in answers if not isinstance(a, ValueError)] == [n for n in range(20) if n != 13]


async def test_one_who_goes_away_takes_nothing_from_the_others() -> None:
    async def fetch(keys: list[int]) -> dict[int, int]:
        await asyncio.sleep(0.01)
        return {key: key for key in keys}

    gathering = Gathering(fetch)
    gone, stays = asyncio.create_task(gathering.get(1)), asyncio.create_task(gathering.get(1))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 1
