"""Blobs: files in the data folder, objects in a bucket, or files that move into the bucket by themselves. Implement `cases.ports.Blobs`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import obstore
from obstore.store import LocalStore

from rooms.media.files import DISK
from storage.bucket import Bucket

NAME_LIMIT = 200
FOLDER = "blobs"
PASSING = "uploads"
"""What lies in this folder of blobs is on its way, for a day at most, and is not moved into a bucket."""
PIECE = 1 << 20


class FileBlobs:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._store = folder, LocalStore(str(folder))

    async def put(self, name: str, data: bytes | Iterator[bytes]) -> None:
        """Write a blob once; it is on the disk when this returns. Raises `ValueError` for a name that could leave the folder."""
        await obstore.put_async(self._store, _checked(name), data)
        await asyncio.to_thread(_settle, self._folder, self._folder / name)

    async def get(self, name: str) -> bytes:
        try:
            found = await obstore.get_async(self._store, _checked(name))
        except FileNotFoundError:
            raise KeyError(name) from None
        return bytes(await found.bytes_async())

    async def stream(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end` (exclusive), in pieces."""
        try:
            found = await obstore.get_async(
                self._store, _checked(name), options={"range": (start, end)} if end is not None else {"range": {"offset": start}}
            )
        except FileNotFoundError:
            raise KeyError(name) from None
        async for piece in found.stream():
            yield bytes(piece)

    async def delete(self, name: str) -> None:
        try:
            await obstore.delete_async(self._store, _checked(name))
        except FileNotFoundError:
            pass  # as the port says


class BucketBlobs:
    """Raises `BucketAway` from everything."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def put(self, name: str, data: bytes | Iterator[bytes]) -> None:
        # Whole, since what has many pieces is written as a file first and moved: `MovingBlobs`.
        await asyncio.to_thread(lambda: self._bucket.put(_object(name), data if isinstance(data, bytes) else b"".join(data)))

    async def get(self, name: str) -> bytes:
        try:
            return await asyncio.to_thread(self._bucket.get, _object(name))
        except FileNotFoundError:
            raise KeyError(name) from None

    async def stream(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._bucket.open, _object(name))
        except FileNotFoundError:
            raise KeyError(name) from None
        with file:
            file.seek(start)
            while piece := await asyncio.to_thread(file.read, PIECE if end is None else max(0, min(PIECE, end - file.tell()))):
                yield piece

    async def delete(self, name: str) -> None:
        await asyncio.to_thread(self._bucket.delete, _object(name))


class MovingBlobs:
    """Written as files, so that a bucket that is away keeps nobody from working, and read from wherever they lie: `web/moving.py` moves them."""

    def __init__(self, files: FileBlobs, objects: BucketBlobs) -> None:
        self._files, self._objects = files, objects

    async def put(self, name: str, data: bytes | Iterator[bytes]) -> None:
        await self._files.put(name, data)

    async def get(self, name: str) -> bytes:
        # In this order: a file goes only when its object is there.
        try:
            return await self._files.get(name)
        except KeyError:
            return await self._objects.get(name)

    async def stream(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        begun = False
        try:
            async for piece in self._files.stream(name, start, end):
                begun = True
                yield piece
        except KeyError:
            if begun:
                raise
            async for piece in self._objects.stream(name, start, end):
                yield piece

    async def delete(self, name: str) -> None:
        await self._files.delete(name)
        if not name.startswith(f"{PASSING}/"):  # which never go into the bucket
            await self._objects.delete(name)


def _checked(name: str) -> str:
    if not name or len(name) > NAME_LIMIT or name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"not a blob name: {name!r}")
    return name


def _object(name: str) -> str:
    return f"{FOLDER}/{_checked(name)}"


def _settle(folder: Path, path: Path) -> None:
    """Have a file and the names of it and of its folders survive a power cut."""
    try:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except FileNotFoundError:
        return  # moved into the bucket already
    for above in path.parents:
        DISK.sync_folder(above)
        if above == folder:
            return
