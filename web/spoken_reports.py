"""What reports tell by voice, at the server: looked into in a process of its own, and sealed."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncGenerator

from cases.errors import Invalid, Unavailable
from cases.ports import Blobs
from cases.recorded import Found
from cases.spoken import SIZE_LIMIT, Spoken, judge_spoken
from storage.sealing import derived, opened_bytes, sealed_bytes
from web.recording_check import look_into, scratch

KIND = "spoken"
TIME_LIMIT, PATIENCE = 6.0, 10.0
"""Seconds for looking into one, and of waiting for those before."""


def blob_of(file: str) -> str:
    return f"spoken/{file}"


class SpokenReports:
    """`key`: the installation's own, which is not beside the files."""

    def __init__(self, blobs: Blobs, key: bytes) -> None:
        self._blobs, self._key = blobs, derived(key, b"heyi.spoken-reports.v1")
        self._one = asyncio.Semaphore(1)
        """One at a time is looked into on this node, apart from recordings with statements: these come from anybody, and must not keep those waiting."""

    async def keep(self, data: bytes) -> Spoken:
        """Judge what came and lay it into the vault, sealed. Raises `Invalid`."""
        if len(data) > SIZE_LIMIT:
            raise Invalid("spoken_size", "What is told here has at most 4 MB", field="spoken", limit=SIZE_LIMIT)
        found = await self._found(data)
        spoken = Spoken(secrets.token_hex(10), hashlib.sha256(data).hexdigest(), found.ms, len(data), judge_spoken(found))
        await self._blobs.put(blob_of(spoken.id), sealed_bytes(self._key, spoken.id.encode(), data))
        return spoken

    async def drop(self, spoken: Spoken) -> None:
        """It is in no case: nobody is to have it."""
        await self._blobs.delete(blob_of(spoken.id))

    async def _found(self, data: bytes) -> Found:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._one.acquire()
        except TimeoutError:
            raise Unavailable("spoken_busy", "What others told is being looked into; please send it again in a moment") from None
        try:
            with scratch() as file:
                file.write(data)
                return await look_into(file, TIME_LIMIT)
        except Invalid:
            raise Invalid("spoken_unreadable", "This is no recording of a voice, or it is damaged", field="spoken") from None
        finally:
            self._one.release()

    async def play(self, spoken: Spoken, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """Its bytes, as they came, in one piece. Raises `KeyError` where they are gone."""
        yield opened_bytes(self._key, spoken.id.encode(), await self._blobs.get(blob_of(spoken.id)))[start:end]
