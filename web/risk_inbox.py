"""The risk platform of the demonstration: an inbox in a file of the data folder, which the centre can look into. It stands for the real one and tells nobody.

A line is on the disk before it is acknowledged. What comes again under its key is answered again, and is there once.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from cases.ports import NotDelivered

PAGE = 200
LIMIT = 5_000
"""Versions that the inbox takes; a demonstration has a few."""


class RiskInbox:
    """Implements `RiskPlatform`."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self._path, self._limit = path, limit
        self._bodies: dict[str, str] = {}
        self._writing = asyncio.Lock()
        if path.exists():
            # The last line may have been cut off by a crash: it was not acknowledged then, and comes again.
            for line in path.read_bytes().split(b"\n"):
                try:
                    key, body = json.loads(line)
                except ValueError:  # not JSON, or not even UTF-8
                    continue
                self._bodies[key] = body

    async def take(self, key: str, body: bytes) -> str:
        async with self._writing:
            known = self._bodies.get(key)
            if known is None:
                if len(self._bodies) >= self._limit:
                    raise NotDelivered("platform_full", final=True)
                await asyncio.to_thread(self._append, key, body.decode())
                self._bodies[key] = body.decode()
            elif known != body.decode():
                raise NotDelivered("platform_other_content", final=True)
        return f"DEMO-{list(self._bodies).index(key) + 1:05}"

    async def held(self, after: str) -> tuple[list[tuple[str, str]], str]:
        keys = [key for key in sorted(self._bodies) if key > after]
        page = [(key, hashlib.sha256(self._bodies[key].encode()).hexdigest()) for key in keys[:PAGE]]
        return page, keys[PAGE - 1] if len(keys) > PAGE else ""

    def received(self, most: int) -> list[dict[str, Any]]:
        """The newest first, as they came."""
        return [json.loads(body) for body in list(self._bodies.values())[: -most - 1 : -1]]

    def _append(self, key: str, body: str) -> None:
        fresh = not self._path.exists()
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(("" if fresh else "\n") + json.dumps([key, body], ensure_ascii=False))
            file.flush()
            os.fsync(file.fileno())
