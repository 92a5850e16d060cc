"""The task that moves files into the bucket, on the one node that has the rooms. A bucket that is away is tried again after a while, each time longer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from storage.bucket import Bucket, BucketAway
from storage.moving import NotTheSame, blobs, finished, move, recordings
from storage.shelf import FOLDER as RECORDINGS
from storage.vault import FOLDER as BLOBS

log = structlog.get_logger("moving")

LOOK_EVERY = 10.0
LONGEST = 300.0


class Mover:
    """`folder` is the data folder of `installation`; `live` tells which sessions are not over; `referred`, which of these blobs something refers to: what nothing
    refers to yet waits for that, or is swept (`storage/sweeping.py`)."""

    def __init__(
        self,
        folder: Path,
        installation: str,
        bucket: Bucket,
        live: Callable[[], Iterable[str]],
        referred: Callable[[Sequence[str]], Awaitable[set[str]]],
    ) -> None:
        self._folder, self._installation, self._bucket, self._live, self._referred = folder, installation, bucket, live, referred
        self._ours = False
        self._problem = ""

    def problem(self) -> str:
        """Why files wait in the data folder, in an English clause. Empty: none do, but for those that came after the last round."""
        return self._problem

    async def run(self) -> None:
        """Never ends."""
        wait = LOOK_EVERY
        while True:
            wait = LOOK_EVERY if await self.round() else min(LONGEST, wait * 2)
            await asyncio.sleep(wait)

    async def round(self) -> bool:
        """Move what may be moved now. Whether all of it was."""
        try:
            if not self._ours or self._bucket.problem():
                # Also since whoever found it away may not ask again for long.
                await asyncio.to_thread(self._bucket.claim, self._installation)
                self._ours = True
            left = await self._some(await self._blobs())
            for session in await finished(self._folder / RECORDINGS, self._live()):
                left = await self._some(recordings(session)) or left
                await asyncio.to_thread(_clear, session)
        except Exception as error:
            left = error.reason if isinstance(error, BucketAway) else f"{type(error).__name__}: {error}"
        if left and not self._problem:
            log.error("files not moved into the bucket, tried again later", reason=left)
        self._problem = f"files: they wait in the data folder to be moved into {self._bucket.place.spoken}: {left}"[:300] if left else ""
        return not left

    async def _blobs(self) -> list[tuple[Path, str]]:
        there = await asyncio.to_thread(list, blobs(self._folder))
        kept = await self._referred([name.removeprefix(f"{BLOBS}/") for _, name in there])
        return [(path, name) for path, name in there if name.removeprefix(f"{BLOBS}/") in kept]

    async def _some(self, files: Iterable[tuple[Path, str]]) -> str:
        """Why one of them could not be moved; the others are. Raises `BucketAway`."""
        left = ""
        for path, name in await asyncio.to_thread(list, files):
            try:
                await asyncio.to_thread(move, path, name, self._bucket)
            except FileNotFoundError:
                continue  # destroyed meanwhile
            except (NotTheSame, OSError) as error:
                left = str(error)
        return left


def _clear(session: Path) -> None:
    with suppress(OSError):
        session.rmdir()  # where no film is left in it
