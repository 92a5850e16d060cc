"""A disk that takes no more from some moment on, or takes its time: the machine's own, with a fault."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

from rooms.media.files import DISK, Disk, OpenFile


class _File:
    def __init__(self, disk: FailingDisk, path: Path) -> None:
        self._disk, self._file = disk, DISK.create(path)

    def write(self, data: bytes) -> None:
        if self._disk.full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        self._file.write(data)

    def sync(self) -> None:
        self._disk.quick.wait(20)
        self._file.sync()

    def close(self) -> None:
        self._file.close()


class FailingDisk(Disk):
    """`full` once it is set; `quick` while it is set, else every `sync` waits."""

    def __init__(self) -> None:
        self.full, self.quick = threading.Event(), threading.Event()
        self.quick.set()

    def create(self, path: Path) -> OpenFile:
        return _File(self, path)
