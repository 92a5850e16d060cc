"""Where recordings lie: in the folder they were written to, or in the bucket. Implements `rooms.media.segments.Shelf`.

Whether a file was moved is asked of the file itself, and written nowhere: it goes from the folder only when the bucket has given all of it back
(`storage/moving.py`), so that it is always in one of both. Calls block, and are made in threads; they raise `BucketAway`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import BinaryIO

from rooms.media.segments import ON_DISK
from storage.bucket import Bucket

FOLDER = "recordings"


class RecordingShelf:
    """`folder` has one folder for each session."""

    def __init__(self, folder: Path, bucket: Bucket | None) -> None:
        self.folder, self._bucket = folder, bucket

    def exists(self, path: Path) -> bool:
        return path.exists() or (self._bucket is not None and self._bucket.has(object_of(path)))

    def size(self, path: Path) -> int:
        try:
            return ON_DISK.size(path)
        except FileNotFoundError:
            return self._moved(path).size(object_of(path))

    def read(self, path: Path) -> bytes:
        try:
            return ON_DISK.read(path)
        except FileNotFoundError:
            return self._moved(path).get(object_of(path))

    def open(self, path: Path) -> BinaryIO:
        try:
            return ON_DISK.open(path)
        except FileNotFoundError:
            return self._moved(path).open(object_of(path))

    def copy(self, path: Path, target: Path) -> None:
        """The file under another path of this disk, where it may be deleted at any time."""
        try:
            os.link(path, target)
        except FileNotFoundError:
            self._moved(path).fetch(object_of(path), target)
        except OSError:
            shutil.copyfile(path, target)  # another file system, or one without links

    def destroyed(self, sessions: set[str]) -> set[str]:
        """Those of these sessions of which something is left."""
        there = {path.name for path in self.folder.glob("*") if path.is_dir()}
        if self._bucket is not None and sessions - there:
            there |= set(self._bucket.folders(FOLDER))
        return there & sessions

    def remove(self, session: str) -> None:
        """All of a session, for good."""
        shutil.rmtree(self.folder / session, ignore_errors=True)
        if self._bucket is not None:
            for name, _ in list(self._bucket.listed(f"{FOLDER}/{session}")):
                self._bucket.delete(name)

    def _moved(self, path: Path) -> Bucket:
        if self._bucket is None:
            raise FileNotFoundError(path)
        return self._bucket


def object_of(path: Path) -> str:
    """By the session alone: rows of a restored database may name another machine's folder."""
    return f"{FOLDER}/{path.parent.name}/{path.name}"
