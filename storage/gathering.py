"""Asking the database once for what many want at the same time.

Keys that are asked for while one reading is under way wait for the next, which fetches all of them. Nobody gets what was read before he asked;
alone, nobody waits. So ten thousand sign-ins after a restart cost some hundred queries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from typing import Generic, TypeVar

from storage.database import is_outage

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

AT_ONCE = 200


class Gathering(Generic[K, V]):
    """`fetch` gives what is found of some keys; `get` gives None for what is not."""

    def __init__(self, fetch: Callable[[list[K]], Awaitable[dict[K, V]]]) -> None:
        self._fetch = fetch
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """Raises what `fetch` raised, for all who waited for that reading."""
        future = self._waiting.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._waiting[key] = loop.create_future()
            if self._reading is None or self._reading.done():
                # A clean context: what reads for many must not inherit the transaction of the one who came first.
                self._reading = loop.create_task(self._read(), context=Context())
        return await asyncio.shield(future)

    async def _read(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:AT_ONCE]
            futures = {key: self._waiting.pop(key) for key in keys}
            try:
                found = await self._fetch(keys)
            except Exception as error:
                if len(keys) > 1 and not is_outage(error):
                    # One of them cannot be read; the others are not to suffer for it.
                    for key in keys:
                        await self._read_one(key, futures[key])
                    continue
                self._fail(futures, error)
                continue
            except BaseException as error:
                self._fail(futures, error)
                raise
            for key, future in futures.items():
                if not future.done():
                    future.set_result(found.get(key))

    async def _read_one(self, key: K, future: asyncio.Future[V | None]) -> None:
        try:
            found = await self._fetch([key])
        except Exception as error:
            self._fail({key: future}, error)
        else:
            if not future.done():
                future.set_result(found.get(key))

    def _fail(self, futures: dict[K, asyncio.Future[V | None]], error: BaseException) -> None:
        for future in futures.values():
            if not future.done():
                future.set_exception(error)
                future.exception()  # whoever waited may have gone: then nobody retrieves it
