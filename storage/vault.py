"""Blobs through obstore: files in the data folder by default. Implements `cases.ports.Blobs`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import obstore
from obstore.store import LocalStore

NAME_LIMIT = 200


class FileBlobs:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._store = LocalStore(str(folder))

    async def put(self, name: str, data: bytes) -> None:
        """Write a blob once. Raises `ValueError` for a name that could leave the folder."""
        await obstore.put_async(self._store, _checked(name), data)

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
        await obstore.delete_async(self._store, _checked(name))


def _checked(name: str) -> str:
    if not name or len(name) > NAME_LIMIT or name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"not a blob name: {name!r}")
    return name
