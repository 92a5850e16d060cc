"""Large files at rest: sealed piece by piece, so that any part is read without what is before it, and none is held whole in memory.

file   = piece*, each of `PIECE` bytes of plaintext, the last one of what is left
piece  = nonce (12) AES-256-GCM( plaintext ) tag (16)
AAD    = what the file is, its size, and the number of the piece: pieces cannot be swapped, moved to another file, or left out at the end
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator

from cases.ports import Blobs
from storage.sealing import NONCE, opened_bytes, sealed_bytes

PIECE = 512 * 1024
TAG = 16
SEALED = NONCE + PIECE + TAG


def sealed_pieces(key: bytes, what: bytes, size: int, plain: Iterator[bytes]) -> Iterator[bytes]:
    """`plain`: the pieces of `size` bytes."""
    for index, piece in enumerate(plain):
        yield sealed_bytes(key, _bound(what, size, index), piece)


async def unsealed(blobs: Blobs, name: str, key: bytes, what: bytes, size: int, start: int, end: int) -> AsyncGenerator[bytes, None]:
    """The plaintext of a blob of `size` bytes from `start` up to `end`, exclusive. Raises `KeyError`, `cryptography.exceptions.InvalidTag`."""
    if start >= end:
        return
    first, last = start // PIECE, (end - 1) // PIECE
    waiting, index = bytearray(), first
    async for data in blobs.stream(name, first * SEALED, min((last + 1) * SEALED, sealed_size(size))):
        waiting += data
        while index <= last and len(waiting) >= (length := min(SEALED, sealed_size(size) - index * SEALED)):
            plain = opened_bytes(key, _bound(what, size, index), bytes(waiting[:length]))
            del waiting[:length]
            yield plain[max(0, start - index * PIECE) : end - index * PIECE]
            index += 1
    if index <= last:
        raise KeyError(name)  # cut short


def sealed_size(size: int) -> int:
    """Bytes at rest of so many bytes of plaintext."""
    return size + -(-size // PIECE) * (NONCE + TAG)


def _bound(what: bytes, size: int, index: int) -> bytes:
    return b"%s\0%d\0%d" % (what, size, index)
