"""A recorded segment with a header that a player can seek by."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal.clip import FRAME_RATE, load
from rooms.media.assembly import Frame
from rooms.media.muxer import SegmentMuxer, SegmentPlan
from rooms.media.playable import NotPlayable, Playable
from rooms.media.segments import SegmentBroken, SegmentIndex, SegmentWriter

KEY = bytes(32)
SECONDS = 8


@pytest.fixture(scope="module")
def segment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, clip = tmp_path_factory.mktemp("segment"), load()
    muxer = SegmentMuxer(SegmentPlan(folder, "a-0001", KEY, {"audio": "opus", "camera": "vp8"}, {"seat": "a"}))
    pictures = [(n / FRAME_RATE, "camera", data, key) for n, (data, key) in enumerate(clip.video[: SECONDS * FRAME_RATE])]
    sounds = [(n / 50, "audio", data, True) for n, data in enumerate(clip.audio[: SECONDS * 50])]
    for at, kind, data, key in sorted(pictures + sounds, key=lambda one: one[0]):
        muxer.add(Frame(kind, data, 0, key, (640, 360)), 1000.0 + at, 0)
    muxer.close("ended", 0)
    return folder / "a-0001.webm.enc"


def whole(path: Path) -> bytes:
    index = SegmentIndex(path, KEY)
    file = Playable(index, len(index.chunks))
    return file.read(0, file.size)


def test_it_tells_its_length_and_can_be_sought_in(segment: Path) -> None:
    data = whole(segment)
    with av.open(io.BytesIO(data)) as file:
        assert abs(file.duration / 1e6 - SECONDS) < 0.1
        for wanted in (6.5, 0.2, 3.0):
            file.seek(int(wanted * 1e6))
            frame = next(file.decode(video=0))
            assert wanted - 1.1 < frame.time <= wanted, "the keyframe before: the clip has one a second"
        file.seek(0)
        pictures = sum(1 for _ in file.decode(video=0))
        assert pictures == SECONDS * FRAME_RATE, "nothing is missing"


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_range_is_what_the_whole_has_there(segment: Path, data: st.DataObject) -> None:
    file = whole(segment)
    index = SegmentIndex(segment, KEY)
    known = data.draw(st.sampled_from([len(index.chunks), len(index.chunks) - 2, 2]))
    playable = Playable(index, known)
    complete = playable.read(0, playable.size)
    assert known < len(index.chunks) or complete == file
    start = data.draw(st.integers(0, playable.size - 1))
    end = data.draw(st.integers(start + 1, playable.size))
    assert playable.read(start, end) == complete[start:end]


def test_a_header_alone_and_one_that_is_none(segment: Path, tmp_path: Path) -> None:
    index = SegmentIndex(segment, KEY)
    assert Playable(index, 1).size == len(Playable(index, 1).head)
    with pytest.raises(NotPlayable):
        Playable(index, 0)
    writer = SegmentWriter(tmp_path, "b-0001", KEY, {"seat": "b"})
    writer.append(b"no header at all", None, None, 0)
    writer.close(reason="ended")
    with pytest.raises(NotPlayable):
        Playable(SegmentIndex(writer.path, KEY), 1)


def test_what_was_altered_does_not_open(segment: Path, tmp_path: Path) -> None:
    copy = tmp_path / segment.name
    data = bytearray(segment.read_bytes())
    index = SegmentIndex(segment, KEY)
    data[index.chunks[3]["offset"] + 40] ^= 1
    copy.write_bytes(data)
    (tmp_path / "a-0001.journal").write_bytes((segment.parent / "a-0001.journal").read_bytes())
    file = Playable(SegmentIndex(copy, KEY), len(index.chunks))
    with pytest.raises(SegmentBroken) as broken:
        file.read(0, file.size)
    assert broken.value.index == 3
