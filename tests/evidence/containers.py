"""What may be done to the container itself: places where two readers of a ZIP see different files, and sizes that are none."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from .conftest import Finished

END = struct.Struct("<4s4H2IH")
Made = tuple[Callable[[Finished, Path], bytes], str]


def _directory(data: bytes) -> tuple[int, int, int]:
    """(entries, bytes, offset) of the central directory."""
    _, _, _, _, count, length, offset, _ = END.unpack(data[-END.size :])
    return count, length, offset


def _ended(body: bytes, count: int, length: int, offset: int) -> bytes:
    return body + END.pack(b"PK\x05\x06", 0, 0, count, count, length, offset, 0)


def _first_central(data: bytes) -> bytes:
    _, length, offset = _directory(data)
    directory = data[offset : offset + length]
    return directory[: 46 + struct.unpack_from("<H", directory, 28)[0]]


def _patched(at: Callable[[bytes], int], new: bytes) -> Callable[[Finished, Path], bytes]:
    def make(finished: Finished, folder: Path) -> bytes:
        data, where = bytearray(finished.bundle.read_bytes()), at(finished.bundle.read_bytes())
        data[where : where + len(new)] = new
        return bytes(data)

    return make


def _whole(change: Callable[[bytes], bytes]) -> Callable[[Finished, Path], bytes]:
    return lambda finished, folder: change(finished.bundle.read_bytes())


def _twice_listed(data: bytes) -> bytes:
    count, length, offset = _directory(data)
    first = _first_central(data)
    return _ended(data[: offset + length] + first, count + 1, length + len(first), offset)


def _second_directory(data: bytes) -> bytes:
    count, length, offset = _directory(data)
    return _ended(data[: offset + length] + data[offset : offset + length], count, length, offset + length)


def _hole_before_the_directory(data: bytes) -> bytes:
    count, length, offset = _directory(data)
    return _ended(data[:offset] + b"hidden" + data[offset : offset + length], count, length, offset + 6)


CONTAINERS: dict[str, Made] = {
    "two archives in one": (_whole(lambda data: data + data), "zip_canonical"),
    "a second end record": (_whole(lambda data: data + data[-END.size :]), "zip_canonical"),
    "a second directory": (_whole(_second_directory), "zip_canonical"),
    "something between the files and the directory": (_whole(_hole_before_the_directory), "zip_canonical"),
    "a file listed twice in the same place": (_whole(_twice_listed), "zip_canonical"),
    "a file said to lie where another does": (
        _patched(lambda data: _directory(data)[2] + len(_first_central(data)) + 42, bytes(4)),
        "zip_canonical",
    ),
    "a size that says ZIP64": (_patched(lambda data: _directory(data)[2] + 20, b"\xff" * 8), "zip_canonical"),
    "a count that says ZIP64": (_patched(lambda data: len(data) - END.size + 8, b"\xff" * 4), "zip_canonical"),
    "a directory of four gigabytes": (_patched(lambda data: len(data) - END.size + 12, b"\xff" * 4), "zip_canonical"),
    "another disk": (_patched(lambda data: len(data) - END.size + 4, b"\x01\x00"), "zip_canonical"),
    "another method in the file's own header": (_patched(lambda data: 8, b"\x08\x00"), "zip_canonical"),
    "another size in the file's own header": (_patched(lambda data: 18, b"\x01\x00\x00\x00"), "zip_canonical"),
}
