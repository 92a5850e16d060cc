"""What the books take of a segment that a crash has left."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rooms.media.segments import SegmentBroken, SegmentWriter, recover
from storage.segment_books import measure

KEY = bytes(32)
CHUNKS = [b"header", b"first" * 100, b"second" * 100]


@pytest.fixture
def left(tmp_path: Path) -> Path:
    writer = SegmentWriter(tmp_path, "a-0001", KEY, {"seat": "a"})
    for number, chunk in enumerate(CHUNKS):
        writer.append(chunk, number, number, 0)
    return writer.path


def _nonsense(path: Path, index: int) -> None:
    """What a file system may show where data had not reached the disk."""
    (found,) = recover(path.parent)
    at = found.chunks[index]["offset"]
    data = path.read_bytes()
    path.write_bytes(data[:at] + bytes(len(data) - at))


def test_all_that_the_journal_tells_and_no_more(left: Path) -> None:
    whole = b"".join(CHUNKS)
    assert measure(left, KEY, 3, 0) == (hashlib.sha256(whole).hexdigest(), len(whole), 3)
    assert measure(left, KEY, 2, 0)[1:] == (len(CHUNKS[0] + CHUNKS[1]), 2)


def test_nonsense_behind_what_the_books_know_ends_it(left: Path) -> None:
    _nonsense(left, 2)
    assert measure(left, KEY, 3, 2) == (hashlib.sha256(b"".join(CHUNKS[:2])).hexdigest(), len(CHUNKS[0] + CHUNKS[1]), 2)


def test_what_the_books_know_must_open(left: Path) -> None:
    _nonsense(left, 1)
    with pytest.raises(SegmentBroken):
        measure(left, KEY, 3, 2)


def test_lines_of_what_a_power_cut_took_are_no_chunks(left: Path) -> None:
    data = left.read_bytes()
    left.write_bytes(data[:-1])
    (found,) = recover(left.parent)
    assert len(found.chunks) == 2
