"""Moving files from the data folder into the bucket: blobs at once, the recordings of a session once it has ended.

A file goes when the bucket has given back as many bytes with the same SHA-256. That is all there is to resume by: what was uploaded before a
crash is measured instead of uploaded again, and a file that was not deleted yet is measured again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import structlog

from rooms.media.segments import SUFFIXES
from storage.bucket import Bucket
from storage.database import reads
from storage.models.recordings import SegmentRow
from storage.shelf import object_of
from storage.vault import FOLDER as BLOBS
from storage.vault import PASSING

log = structlog.get_logger("moving")

PIECE = 1 << 20
FINISHED = ("closed", "cut", "broken")


class NotTheSame(RuntimeError):
    """The bucket gave back something else than it was given. The file stays where it is."""


def move(path: Path, name: str, bucket: Bucket) -> bool:
    """Move one file that nobody writes any more. Returns whether it had to be uploaded. Raises `BucketAway`, `NotTheSame`, `OSError`."""
    before = path.stat()
    mine = _measure(path)
    uploaded = not _has(bucket, name, mine)
    if uploaded:
        bucket.put(name, path)
        if not _has(bucket, name, mine):
            raise NotTheSame(f"{name} came back from the bucket {bucket.place.bucket} as something else")
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise NotTheSame(f"{name} was altered while it was moved")
    path.unlink()
    return uploaded


def _has(bucket: Bucket, name: str, mine: tuple[str, int]) -> bool:
    try:
        return bucket.size(name) == mine[1] and bucket.measure(name) == mine
    except FileNotFoundError:
        return False


def _measure(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def blobs(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every blob in the data folder `folder` that stays, with its object's name. What is being written (`NAME#1`, as obstore names it) is none."""
    passing = folder / BLOBS / PASSING
    for path in sorted((folder / BLOBS).rglob("*")):
        if path.is_file() and "#" not in path.name and path.parent != passing:
            yield path, path.relative_to(folder).as_posix()


async def finished(folder: Path, live: Iterable[str]) -> list[Path]:
    """Folders of sessions in `folder` that may be moved: none of `live`, with segments that are all in the books to their ends."""
    found = []
    for path, segments in await asyncio.to_thread(_written, folder, set(live)):
        rows = await SegmentRow.filter(session_id=path.name).using_db(reads()).values_list("id", "state")
        names = {str(key).partition("/")[2] for key, _ in rows}
        if rows and segments <= names and all(state in FINISHED for _, state in rows):
            found.append(path)
    return found


def _written(folder: Path, live: set[str]) -> list[tuple[Path, set[str]]]:
    """Folders with files, and the names of the segments in each."""
    found = []
    for path in sorted(path for path in folder.glob("*") if path.is_dir() and path.name not in live):
        files = [file.name for file in path.iterdir() if file.is_file()]
        if files:
            found.append((path, {file.removesuffix(end) for file in files for end in SUFFIXES if file.endswith(end)}))
    return found


def recordings(session: Path) -> Iterator[tuple[Path, str]]:
    """The files of a session's folder in the order in which they may go. Films stay: they are made again where they are missing."""
    for path in sorted(path for path in session.iterdir() if path.is_file()):
        yield path, object_of(path)
