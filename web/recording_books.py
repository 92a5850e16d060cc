"""What the workers tell of recordings, carried into the books: never thrown away, whatever the database does meanwhile.

While it does not answer, reports wait on the disk, where the journals have them already: a recording that is behind is caught up with from there, and
only what no journal has is kept in memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from cases.errors import Unavailable
from rooms.media import protocol
from storage.segment_books import SegmentBooks

log = structlog.get_logger("media")

RETRY = 2.0
"""Seconds between two attempts to catch up."""
PATIENCE = 10.0
"""Seconds for which somebody waits who needs the books complete."""
KEPT = 1000
"""Ends of segments and failures of one recording that are kept while it is behind: an hour of eight people has some two hundred."""

Told = protocol.Segment | protocol.RecordingFailed


@dataclass
class _Behind:
    """One recording of which something was not entered."""

    folder: Path
    kept: deque[Told] = field(default_factory=lambda: deque(maxlen=KEPT))
    fresh: bool = True
    """Something was told since its journals were read last."""


class RecordingBooks:
    def __init__(self, books: SegmentBooks) -> None:
        self._books = books
        self._told: asyncio.Queue[Told] = asyncio.Queue()
        self._behind: dict[str, _Behind] = {}
        self._caught_up = asyncio.Event()

    @property
    def behind(self) -> bool:
        return bool(self._behind)

    def tell(self, event: Told) -> None:
        self._told.put_nowait(event)

    async def write(self) -> None:
        """Never ends. One report after the other, so that the ledger has the chunks of each segment in their order."""
        while True:
            event = await self._told.get()
            try:
                if (behind := self._behind.get(event.session)) is not None:
                    _keep(behind, event)
                else:
                    await self._enter(event)
            except Exception as error:
                log.error("recording not entered", session=event.session, reason=f"{type(error).__name__}: {error}"[:200])
                _keep(self._behind.setdefault(event.session, _Behind(Path(event.directory))), event)
            finally:
                self._told.task_done()

    async def catch_up(self) -> None:
        """Never ends."""
        while True:
            await asyncio.sleep(RETRY)
            for session, behind in list(self._behind.items()):
                try:
                    await self._catch_up(session, behind)
                except Exception as error:
                    log.warning("recording still behind", session=session, reason=f"{type(error).__name__}: {error}"[:200])

    async def _catch_up(self, session: str, behind: _Behind) -> None:
        while behind.fresh:
            behind.fresh = False
            try:
                await self._books.catch_up(behind.folder)
                while behind.kept:
                    await self._enter(behind.kept[0])
                    behind.kept.popleft()
            except BaseException:
                behind.fresh = True
                raise
        # Nothing was awaited since the last look: whatever is told now finds it gone.
        del self._behind[session]
        self._caught_up.set()
        log.info("recording caught up with", session=session)

    async def _enter(self, event: Told) -> None:
        if isinstance(event, protocol.Segment):
            await self._books.note(event)
        else:
            await self._books.failed(event)

    async def written(self, case_id: str = "") -> None:
        """Until what was told so far, of one case or of all, is in the books. Raises `Unavailable` when that takes too long."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._told.join()
                while any(session.partition("-")[0] == case_id or not case_id for session in self._behind):
                    self._caught_up.clear()
                    await self._caught_up.wait()
        except TimeoutError:
            raise Unavailable(
                "recording_behind", "Part of the recording is not in the books yet, since the database was away; try again in a minute"
            ) from None


def _keep(behind: _Behind, event: Told) -> None:
    behind.fresh = True
    # Chunks are in the journal; the end of a segment that failed is not, nor is the failure.
    if isinstance(event, protocol.RecordingFailed) or event.closed is not None:
        behind.kept.append(event)
