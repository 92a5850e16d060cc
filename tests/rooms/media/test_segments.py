"""The file format: whole, cut short, altered; and the cutting of the stream."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.media.segments import NotASegment, SegmentBroken, SegmentWriter, file_of, name_of, next_number, plain_name, read_segment, recover

KEY = bytes(32)
CHUNKS = [b"header", b"first cluster" * 50, b"second", b""]


def _write(directory: Path, name: str = "a-0001", *, close: bool = True) -> Path:
    writer = SegmentWriter(directory, name, KEY, {"seat": "a"})
    for number, chunk in enumerate(CHUNKS):
        writer.append(chunk, number * 1000, number * 1000 + 999, 5)
    if close:
        writer.close(reason="ended")
    else:
        writer.sync()
    return writer.path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = _write(tmp_path)
    reader = read_segment(path, KEY)
    assert list(reader) == CHUNKS
    assert reader.closed and reader.sha256 == hashlib.sha256(b"".join(CHUNKS)).hexdigest()
    (found,) = recover(tmp_path)
    assert found.path == path and found.end is not None and found.end["sha256"] == reader.sha256
    assert [c["sha256"] for c in found.chunks] == [hashlib.sha256(c).hexdigest() for c in CHUNKS]
    stored = path.read_bytes()
    assert b"cluster" not in stored
    last = found.chunks[-2]
    assert stored[last["offset"]] == ord("d") and last["plain"] == len(CHUNKS[2])


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_a_torn_tail_is_dropped_and_told(tmp_path: Path, data: st.DataObject) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    path = _write(tmp_path, close=False)
    whole = path.read_bytes()
    cut = data.draw(st.integers(24, len(whole)))
    path.write_bytes(whole[:cut])
    reader = read_segment(path, KEY)
    read = list(reader)
    assert read == CHUNKS[: len(read)] and not reader.closed
    offsets = [c["offset"] + c["length"] for c in recover(tmp_path)[0].chunks]
    assert len(read) == sum(end <= cut for end in offsets)
    assert reader.dropped == cut - max([end for end in offsets if end <= cut], default=24)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_alteration_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    path = _write(tmp_path)
    whole = bytearray(path.read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole)
    reader = read_segment(path, KEY)
    try:
        assert list(reader) == CHUNKS[: reader.chunks]
    except (SegmentBroken, NotASegment):
        return
    assert not reader.closed


def test_chunks_cannot_be_swapped_or_renamed(tmp_path: Path) -> None:
    path = _write(tmp_path)
    _write(tmp_path, "b-0001")
    moved = tmp_path / "c-0001.webm.enc"
    moved.write_bytes(path.read_bytes())
    with pytest.raises(SegmentBroken):
        list(read_segment(moved, KEY))
    with pytest.raises(SegmentBroken):
        list(read_segment(path, bytes([1] * 32)))
    with pytest.raises(NotASegment):
        read_segment(tmp_path / "x.webm", KEY)
    with pytest.raises(NotASegment):
        SegmentWriter(tmp_path, "../x", KEY, {})
    with pytest.raises(FileExistsError):
        SegmentWriter(tmp_path, "a-0001", KEY, {})


def test_the_suffix_tells_the_container(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, "a-0002", KEY, {"seat": "a", "container": "mp4"})
    writer.append(b"header", None, None, 5)
    writer.close()
    assert writer.path == file_of(tmp_path, "a-0002") == tmp_path / "a-0002.mp4.enc" == recover(tmp_path)[0].path
    assert (name_of(writer.path), plain_name(writer.path)) == ("a-0002", "a-0002.mp4")
    assert plain_name(file_of(tmp_path, "a-0001")) == "a-0001.webm" and list(read_segment(writer.path, KEY)) == [b"header"]
    (tmp_path / "a-0002.journal").unlink()
    assert next_number(tmp_path, "a") == 3


def test_numbers_go_on_after_a_crash(tmp_path: Path) -> None:
    assert next_number(tmp_path, "a") == 1
    _write(tmp_path, "a-0007", close=False)
    _write(tmp_path, "a-screen-0009")
    assert next_number(tmp_path, "a") == 8 and next_number(tmp_path, "a-screen") == 10


def test_recovery_ignores_torn_lines(tmp_path: Path) -> None:
    _write(tmp_path, close=False)
    journal = tmp_path / "a-0001.journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:2]) + lines[2][:10])
    (found,) = recover(tmp_path)
    assert found.end is None and len(found.chunks) == 1
    journal.write_bytes(b'{"v":')
    assert recover(tmp_path) == []
    assert json.loads(lines[0])["segment"] == "a-0001"
