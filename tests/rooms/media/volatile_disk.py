"""A disk that forgets: files are written to a real folder, where they can be read, and beside it is kept what a power cut would leave of them."""

from __future__ import annotations

import threading
from pathlib import Path

from rooms.media.files import DISK, OpenFile


class _File:
    def __init__(self, disk: VolatileDisk, path: Path) -> None:
        self._file, self._disk, self._path = DISK.create(path), disk, path
        self._written = b""

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._written += data

    def sync(self) -> None:
        with self._disk.lock:
            self._disk.lasting[self._path] = self._written

    def close(self) -> None:
        self._file.close()


class VolatileDisk:
    """Implements `rooms.media.files.Files` below `root`. Of a file lasts what was synced, and only where its name and those of its folders were, too."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lock = threading.Lock()
        self.lasting: dict[Path, bytes] = {}
        self._named: set[Path] = {root}

    def create(self, path: Path) -> OpenFile:
        return _File(self, path)

    def make_folder(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        for folder in (path, *path.parents):
            if self.root in folder.parents:
                self.sync_folder(folder.parent)

    def sync_folder(self, path: Path) -> None:
        with self.lock:
            self._named.update(path.iterdir())

    def left(self) -> dict[str, bytes]:
        """What a power cut would leave now: path below `root` → content."""
        with self.lock:
            return {
                str(path.relative_to(self.root)): data
                for path, data in self.lasting.items()
                if {path, *(folder for folder in path.parents if self.root in folder.parents)} <= self._named
            }


def put_back(left: dict[str, bytes], folder: Path) -> None:
    """The disk after the cut, as a folder of its own."""
    for name, data in left.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
