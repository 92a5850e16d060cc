"""The files of a recording as its writer sees them: made, appended to, and made to last.

A port, since what a power cut leaves can be tried only where somebody else decides what has reached the disk. What `write` was given is the
kernel's; it lasts once `sync` has returned, and its name once `sync_folder` has (fsync(2): a file's entry in its folder is the folder's).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class OpenFile(Protocol):
    """Append only. Every call may raise `OSError`."""

    def write(self, data: bytes) -> None:
        """Append all of it."""

    def sync(self) -> None:
        """Wait until everything that was written would survive a power cut."""

    def close(self) -> None: ...


class Files(Protocol):
    """Every call may raise `OSError`."""

    def create(self, path: Path) -> OpenFile:
        """A new, empty file. Raises `FileExistsError`."""

    def make_folder(self, path: Path) -> None:
        """Make a folder, and those above it, where they are missing; its name lasts when this returns."""

    def sync_folder(self, path: Path) -> None:
        """Wait until the names in a folder would survive a power cut."""


class _DiskFile:
    def __init__(self, path: Path) -> None:
        self._file = path.open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


class Disk:
    """The machine's own."""

    def create(self, path: Path) -> OpenFile:
        return _DiskFile(path)

    def make_folder(self, path: Path) -> None:
        above = [folder for folder in path.parents if not folder.exists()]
        path.mkdir(parents=True, exist_ok=True)
        # Also where it was there before: whoever made it may not have waited for its name.
        for folder in [path.parent, *(missing.parent for missing in above)]:
            self.sync_folder(folder)

    def sync_folder(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_last(*paths: Path) -> None:
    """Wait until what anybody has written to these files would survive a power cut. Raises `OSError`."""
    for path in paths:
        with path.open("rb") as file:
            os.fsync(file.fileno())


DISK = Disk()
