"""Files in the vault that no row refers to: laid aside when they are older than a day, and deleted a month later.

A file is laid down before the transaction that refers to it, so that what is acknowledged is durable; where the process dies between the two, or the transaction is refused, the file would stay for
ever. Uploads of recordings have books of their own and are swept by them (`web/statement_recordings.py`).

Rules
* Old is what was written more than a day ago, by its own time: no transaction is open for so long. What is laid down anew under a name that is old already (names of agreements and of papers are
  their hashes) is new again, also when that happens while it is taken.
* What was referred to once is so until the file of its case is destroyed, which deletes its own files (`storage/erasing.py`). The turns go through the folder in the order of names.
* What is laid aside keeps its name below `ASIDE`: where the books were the ones that were wrong (another database beside this folder, one that was set back), it is moved back by hand.
* Only the data folder is swept. What nobody refers to does not move into a bucket (`web/moving.py`), where its time would be another.
"""

from __future__ import annotations

import asyncio
import heapq
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import structlog

from storage.database import reads
from storage.erasing import ERASED
from storage.models.agreements import FileRow
from storage.models.uploads import UploadRow
from storage.vault import FOLDER, PASSING

log = structlog.get_logger("sweeping")

AGE = 24 * 60 * 60
"""Seconds."""
KEPT = 30 * 24 * 60 * 60
"""Seconds for which what was taken lies aside, counted anew from when it was taken."""
LOOKED = 1000
"""Files that one turn looks at."""
BATCH = 200
ID_LIMIT = 20
"""Characters of an id that a file is named by."""
ASIDE = "swept"
"""Folder beside the vault."""


async def referred(names: Sequence[str]) -> set[str]:
    """Those of these blobs that a row refers to, a photograph's small form by its large one."""
    found: set[str] = set()
    for start in range(0, len(names), BATCH):
        part = {name: name.replace(".thumb.jpg", ".jpg") for name in names[start : start + BATCH]}
        stems = {stem for blob in part.values() if len(stem := Path(blob).stem) <= ID_LIMIT}
        known = {row.blob for row in await FileRow.filter(id__in=stems).exclude(kind=ERASED).using_db(reads())}
        # Named by their hash, under an id of their own.
        if rest := set(part.values()) - known:
            known |= {row.blob for row in await FileRow.filter(blob__in=rest).exclude(kind=ERASED).using_db(reads())}
        uploads = await UploadRow.filter(file__in=stems).using_db(reads())
        known |= {f"statements/{one.file}" for one in uploads}
        found |= {name for name, blob in part.items() if blob in known}
    return found


class Sweep:
    """`data` is the data folder, whose files nobody else sweeps; `now` the clock by which files are dated."""

    def __init__(self, data: Path, now: Callable[[], float] = time.time) -> None:
        self._folder, self._aside, self._now = data / FOLDER, data / ASIDE, now
        self._after = ""

    async def turn(self) -> int:
        """How many were taken. The next turn goes on where this one ended, and begins anew after the last."""
        names = await asyncio.to_thread(lambda: heapq.nsmallest(LOOKED, (name for name in _names(self._folder) if name > self._after)))
        self._after = names[-1] if len(names) == LOOKED else ""
        old = await asyncio.to_thread(self._old, names)
        kept = await referred(old)
        taken = await asyncio.to_thread(self._take, [name for name in old if name not in kept])
        if taken:
            log.info(
                "files that nothing refers to were laid aside", files=len(taken), of=dict(Counter(name.split("/")[0] for name in taken))
            )
        if gone := await asyncio.to_thread(self._delete):
            log.info("files that were laid aside a month ago are gone", files=gone)
        return len(taken)

    def _old(self, names: list[str]) -> list[str]:
        before, found = self._now() - AGE, []
        for name in names:
            try:
                if (self._folder / name).stat().st_mtime < before:
                    found.append(name)
            except FileNotFoundError:
                continue  # moved or deleted meanwhile
        return found

    def _take(self, names: list[str]) -> list[str]:
        return [name for name in names if self._lay_aside(name)]

    def _lay_aside(self, name: str) -> bool:
        """False where it was written anew meanwhile: looked at where nobody writes, and put back."""
        path, aside = self._folder / name, self._aside / name
        aside.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.rename(aside)
            if aside.stat().st_mtime >= self._now() - AGE:
                aside.rename(path)
                return False
            os.utime(aside, (self._now(), self._now()))
        except FileNotFoundError:
            return False
        except OSError as error:
            log.warning("a file that nothing refers to cannot be laid aside", reason=str(error.strerror))
            return False
        return True

    def _delete(self) -> int:
        """What was laid aside long ago."""
        gone = 0
        for name in list(_names(self._aside)):
            path = self._aside / name
            if path.stat().st_mtime < self._now() - KEPT:
                path.unlink()
                gone += 1
        return gone


def _names(folder: Path) -> Iterator[str]:
    """Also of what was being written when the process died (`NAME#1`)."""
    for above, _, files in os.walk(folder):
        place = Path(above).relative_to(folder).as_posix()
        if place != PASSING:
            yield from (name if place == "." else f"{place}/{name}" for name in files)
