"""Tasks that speak with Redis end when they are told to, though a cancellation may be lost on the way."""

from __future__ import annotations

import asyncio
import random

import pytest

from realtime.ending import end
from realtime.redis_backplane import RedisBackplane
from rehearsal.services import redis, redis_installed

pytestmark = pytest.mark.anyio


async def test_a_task_that_loses_a_cancellation_is_cancelled_again() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    async def failing() -> None:
        raise ValueError("told to nobody")

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(failing())]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end(tasks)
    assert all(task.done() for task in tasks)
    await end([])


@pytest.mark.services
async def test_the_line_to_redis_ends_at_every_moment_of_its_making() -> None:
    if not redis_installed():
        pytest.skip("redis-server is not installed")
    moments = random.Random(4)
    with redis() as server:
        for _ in range(100):
            line = RedisBackplane("node", server.url, "some")
            await line.start(lambda node, announcement: None, lambda: None)
            await asyncio.sleep(moments.uniform(0, 0.012))
            async with asyncio.timeout(5):
                await line.stop()
