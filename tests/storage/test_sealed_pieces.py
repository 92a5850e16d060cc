"""Large files at rest: any part reads as it was, and nothing that was altered, swapped, cut or moved elsewhere reads at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from cases.ports import Blobs
from storage.moving import blobs, move
from storage.sealed_pieces import PIECE, SEALED, sealed_pieces, sealed_size, unsealed
from storage.vault import BucketBlobs, FileBlobs, MovingBlobs
from tests.storage.object_store import ObjectStore

pytestmark = pytest.mark.anyio
KEY, SIZE = bytes(32), 2 * PIECE + 1234
DATA = bytes(range(251)) * (SIZE // 251 + 1)


def plain(size: int = SIZE) -> Iterator[bytes]:
    return (DATA[at : min(size, at + PIECE)] for at in range(0, size, PIECE))


async def read(vault: Blobs, start: int, end: int, name: str = "a", size: int = SIZE, what: bytes = b"a") -> bytes:
    return b"".join([piece async for piece in unsealed(vault, name, KEY, what, size, start, end)])


async def test_any_part_reads_as_it_was(folder: Path) -> None:
    vault = FileBlobs(folder)
    await vault.put("a", sealed_pieces(KEY, b"a", SIZE, plain()))
    assert (folder / "a").stat().st_size == sealed_size(SIZE) and DATA[:64] not in (folder / "a").read_bytes()
    for start, end in [(0, SIZE), (0, 1), (SIZE - 1, SIZE), (PIECE - 1, PIECE + 1), (PIECE, 2 * PIECE), (5, 5), (PIECE // 2, SIZE - 3)]:
        assert await read(vault, start, end) == DATA[start:end], (start, end)
    for size in (1, PIECE, 2 * PIECE):
        await vault.put(str(size), sealed_pieces(KEY, b"a", size, plain(size)))
        assert await read(vault, 0, size, str(size), size) == DATA[:size]


async def test_what_was_moved_into_a_bucket_reads_the_same(folder: Path, object_store: ObjectStore) -> None:
    bucket = object_store.new_bucket()
    vault = MovingBlobs(FileBlobs(folder / "blobs"), BucketBlobs(bucket))
    await vault.put("a", sealed_pieces(KEY, b"a", SIZE, plain()))
    for path, name in blobs(folder):
        assert move(path, name, bucket)
    for start, end in [(0, SIZE), (PIECE - 1, PIECE + 1), (SIZE - 1, SIZE)]:
        assert await read(vault, start, end) == DATA[start:end]


async def test_what_was_altered_does_not_read(folder: Path) -> None:
    vault = FileBlobs(folder)
    await vault.put("a", sealed_pieces(KEY, b"a", SIZE, plain()))
    whole = (folder / "a").read_bytes()
    first, second, last = whole[:SEALED], whole[SEALED : 2 * SEALED], whole[2 * SEALED :]
    for name, altered in {"flipped": bytes([whole[0] ^ 1]) + whole[1:], "swapped": second + first + last}.items():
        await vault.put(name, altered)
        with pytest.raises(InvalidTag):
            await read(vault, 0, SIZE, name)
    await vault.put("cut", first + second)
    with pytest.raises(KeyError):
        await read(vault, 0, SIZE, "cut")
    for told in ({"size": 2 * PIECE}, {"what": b"b"}):
        with pytest.raises(InvalidTag):
            await read(vault, 0, 10, **told)  # type: ignore[arg-type]
