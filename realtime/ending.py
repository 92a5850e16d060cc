"""Ending tasks that speak with Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN = 0.05


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they have ended; what they raise is dropped. Again and again, since redis-py loses a cancellation that arrives while it
    makes a connection."""
    all_of_them = list(tasks)
    left = set(all_of_them)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN)
    await asyncio.gather(*all_of_them, return_exceptions=True)
