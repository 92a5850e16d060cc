"""Ports that rules and drivers share. Implementations arrive as arguments; `run.py`'s composition chooses them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Protocol

import msgspec


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Happened(msgspec.Struct, frozen=True):
    """Something that goes into the ledger. `payload` is JSON without floats; personal data in it stays beside the chain."""

    kind: str
    payload: dict[str, Any]
    chain: str = "main"


class Message(msgspec.Struct, frozen=True):
    """Something that another system must be told, by the transactional outbox: at least once, in order per `key`."""

    destination: str
    key: str
    body: dict[str, Any]


class Blobs(Protocol):
    """Bytes by name. Names are slash-separated and chosen by the server; a name is written once."""

    async def put(self, name: str, data: bytes) -> None: ...

    async def get(self, name: str) -> bytes:
        """Raises `KeyError` when there is no such blob."""
        ...

    def stream(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]: ...

    async def delete(self, name: str) -> None:
        """Harmless where there is none."""
        ...
