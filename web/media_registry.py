"""The media nodes of an installation, as they stand in Redis: each keeps its entry alive by renewing it, and servers read who is there.

An entry is a lease: without renewal it is gone after `LEASE`. It only tells where nodes are. Whether a worker lives is seen on its connection, so that
rooms go on when Redis does not.
"""

from __future__ import annotations

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

PREFIX = "heyi.media.v1"
LEASE, RENEWED_EVERY = 3.0, 1.0
ANSWER_SECONDS = 2.0


class Registration(msgspec.Struct, frozen=True, omit_defaults=True):
    """`address` is where it takes the commands of servers, `host:port`. One that is `draining` takes no further rooms."""

    address: str
    workers: int
    draining: bool = False


class MediaRegistry:
    """All methods raise `RedisError` or `OSError` while Redis does not answer."""

    def __init__(self, url: str, installation: str) -> None:
        self._redis = Redis.from_url(
            url, retry=Retry(NoBackoff(), 0), socket_connect_timeout=ANSWER_SECONDS, socket_timeout=ANSWER_SECONDS, health_check_interval=0
        )
        self._all = f"{PREFIX}.{installation}.nodes"

    async def renew(self, node: Registration) -> None:
        async with self._redis.pipeline(transaction=True) as steps:
            steps.sadd(self._all, node.address)
            steps.set(self._key(node.address), msgspec.json.encode(node), px=int(LEASE * 1000))
            await steps.execute()

    async def leave(self, node: Registration) -> None:
        async with self._redis.pipeline(transaction=True) as steps:
            steps.srem(self._all, node.address)
            steps.delete(self._key(node.address))
            await steps.execute()

    async def nodes(self) -> dict[str, Registration]:
        """Those whose lease has not ended, by address."""
        addresses = sorted(_text(raw) for raw in await self._redis.smembers(self._all))
        if not addresses:
            return {}
        found: dict[str, Registration] = {}
        for address, raw in zip(addresses, await self._redis.mget([self._key(a) for a in addresses]), strict=True):
            if raw is None:
                await self._redis.srem(self._all, address)
                continue
            found[address] = msgspec.json.decode(raw, type=Registration)
        return found

    async def token(self) -> int:
        """A fencing token, higher than all before. Of Redis's clock, so that one that has lost its memory gives no lower ones."""
        seconds, micros = await self._redis.time()
        return int(seconds) * 1_000_000 + int(micros)

    async def close(self) -> None:
        await self._redis.aclose()

    def _key(self, address: str) -> str:
        return f"{self._all}.{address}"


def _text(raw: bytes | str) -> str:
    return raw.decode() if isinstance(raw, bytes) else raw
