"""Blobs sealed at rest, over any other `cases.ports.Blobs`: photographs, agreements and their texts, signed paper, forms. AES-256-GCM under a key that is derived from the installation's.

blob   = MARK nonce (12) AES-256-GCM( bytes ) tag (16), AAD = the blob's name: one that was moved to another name does not open

What is put in pieces, or into a folder of `OWN`, is sealed by whoever puts it and lies as it was given. What an earlier version wrote plain is read all the same.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidTag

from cases.ports import Blobs
from rooms.media.files import DISK
from storage.sealing import derived, opened_bytes, sealed_bytes
from storage.vault import FOLDER

MARK = b"\x89HEYI1\n\x00"
"""How a sealed blob begins, and no file of a kind that people hand in."""
OWN = frozenset({"uploads", "spoken", "statements"})
"""Folders of blobs that are sealed by whoever puts them there."""
AT_A_TIME = 1_000
log = structlog.get_logger("sealing")


class Altered(RuntimeError):
    """A blob that was altered at rest, was moved from another name, or belongs to another installation."""


class SealedBlobs:
    """`get` and `stream` raise `Altered`."""

    def __init__(self, inner: Blobs, installation: bytes) -> None:
        self._inner, self._key = inner, blob_key(installation)

    async def put(self, name: str, data: bytes | Iterator[bytes]) -> None:
        if isinstance(data, bytes) and _folder(name) not in OWN:
            data = _sealed(self._key, name, data)
        await self._inner.put(name, data)

    async def get(self, name: str) -> bytes:
        return self._opened(name, await self._inner.get(name))

    async def stream(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if b"".join([piece async for piece in self._inner.stream(name, 0, len(MARK))]) == MARK:
            yield (await self.get(name))[start:end]
            return
        async for piece in self._inner.stream(name, start, end):
            yield piece

    async def delete(self, name: str) -> None:
        await self._inner.delete(name)

    def _opened(self, name: str, data: bytes) -> bytes:
        if not data.startswith(MARK):
            return data
        try:
            return opened_bytes(self._key, name.encode(), data[len(MARK) :])
        except (InvalidTag, ValueError):
            raise Altered(f"the blob {name} does not open: altered, or of another installation") from None


def blob_key(installation: bytes) -> bytes:
    return derived(installation, b"heyi.blob.key.v1")


def seal_plain_blobs(data: Path, installation: bytes) -> int:
    """Files of an earlier version in the data folder `data`, before anything is served. Returns how many. Broken off, it goes on at the next start. Objects of an earlier version
    in a bucket stay as they are."""
    folder, key, done = data / FOLDER, blob_key(installation), 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or "#" in path.name or _folder(name) in OWN:
            continue
        with path.open("rb") as file:
            if file.read(len(MARK)) == MARK:
                continue
        _replace(path, _sealed(key, name, path.read_bytes()))
        done += 1
        if done % AT_A_TIME == 0:
            log.info("files of an earlier version are being sealed", sealed=done)
    if done:
        log.info("files of an earlier version are sealed", files=done)
    return done


def _folder(name: str) -> str:
    return name.partition("/")[0]


def _sealed(key: bytes, name: str, data: bytes) -> bytes:
    return MARK + sealed_bytes(key, name.encode(), data)


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    beside = path.with_name(f"{path.name}#sealed")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    DISK.sync_folder(path.parent)
