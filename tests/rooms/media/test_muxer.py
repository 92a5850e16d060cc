"""Segments of H.264 as files: what another reader finds in them, wherever they are cut and whatever happened meanwhile."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.media.assembly import Frame
from rooms.media.mp4_silence import PACKETS
from rooms.media.muxer import SegmentMuxer, SegmentPlan
from rooms.media.playable import Playable
from rooms.media.segments import SegmentIndex, file_of, read_segment, recover
from rooms.media.writer_thread import Captured, WriterThread
from tests.rooms.media.h264_clip import KEY, RATE, Timed, chunks, encoded, pictures, plain, record, sounds

SECONDS = 8


class Found:
    """What a reader makes of a file: pictures as (s, height, whether it is white), the file's own times of tones in s, and counts."""

    def __init__(self, data: bytes) -> None:
        self.shown: list[tuple[float, int, bool]] = []
        self.beeps: list[float] = []
        self.samples, loud_at = 0, -1.0
        with av.open(io.BytesIO(data)) as file:
            self.format = file.format.name
            self.duration = (file.duration or 0) / 1e6
            self.codecs = [stream.codec_context.name.removeprefix("lib") for stream in file.streams]
            for frame in file.decode():
                if isinstance(frame, av.VideoFrame):
                    self.shown.append((frame.time, frame.height, bytes(frame.planes[0])[100] > 200))
                    continue
                self.samples += frame.samples
                levels = memoryview(bytes(frame.planes[0])).cast("f")
                for place in range(0, frame.samples, 48):
                    if max(map(abs, levels[place : place + 48])) > 0.1:
                        at = frame.time + place / 48_000
                        if at - loud_at > 0.5:
                            self.beeps.append(at)
                        loud_at = at

    @property
    def flashes(self) -> list[float]:
        return [now[0] for before, now in pairwise(self.shown) if now[2] and not before[2]]


def playable(path: Path) -> bytes:
    index = SegmentIndex(path, KEY)
    file = Playable(index, len(index.chunks))
    return file.read(0, file.size)


@pytest.fixture(scope="module")
def segment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("segment"), pictures(encoded(SECONDS)), sounds(0, SECONDS))


@pytest.mark.parametrize("read", [plain, playable])
def test_every_picture_and_sound_is_there_at_its_time(segment: Path, read: Any) -> None:
    """Of the copy that is exported, and of what a player is given."""
    found = Found(read(segment))
    assert segment.name == "a-0001.mp4.enc" and found.format.startswith("mov,mp4")
    assert found.codecs == ["h264", "opus"] and abs(found.duration - SECONDS) < 0.04
    assert [round(at * RATE) for at, _, _ in found.shown] == list(range(SECONDS * RATE))
    assert {height for _, height, _ in found.shown} == {360} and found.samples == SECONDS * 48_000
    assert len(found.flashes) == len(found.beeps[1:]) == SECONDS - 1
    assert all(abs(flash - beep) < 0.04 for flash, beep in zip(found.flashes, found.beeps[1:], strict=True)), (found.flashes, found.beeps)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
def test_what_is_left_after_a_cut_plays(segment: Path, data: st.DataObject) -> None:
    """The ciphertext is cut at any byte; what is read back ends at a chunk."""
    whole, pieces = segment.read_bytes(), chunks(segment)
    cut = data.draw(st.integers(len(pieces[0]) + len(pieces[1]) + 200, len(whole)))
    left = segment.with_name("left").joinpath(segment.name)
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(whole[:cut])
    read = list(read_segment(left, KEY))
    assert read == pieces[: len(read)] and len(read) >= 2
    found = Found(b"".join(read))
    last = SegmentIndex(segment, KEY).chunks[len(read) - 1]["t_last_ms"]
    assert abs(found.shown[-1][0] * 1000 - last) < 60 and [round(at * RATE) for at, _, _ in found.shown] == list(range(len(found.shown)))


def test_a_player_may_seek_and_be_given_a_part(segment: Path) -> None:
    index = SegmentIndex(segment, KEY)
    for known in (len(index.chunks), 4, 1):
        file = Playable(index, known)
        data = file.read(0, file.size)
        assert file.container == "mp4" and len(data) == file.size and data.startswith(file.head)
        if known == 1:
            continue
        assert file.read(100, 5000) == data[100:5000]
        with av.open(io.BytesIO(data)) as opened:
            for wanted in (2.5, 0.2, 1.0, 1.98):
                opened.seek(int(wanted * 1e6))
                assert next(opened.decode(video=0)).time == int(wanted), "the keyframe before"


def test_muted_and_camera_off_are_pauses_and_time_is_kept(tmp_path: Path) -> None:
    shown = [one for one in pictures(encoded(SECONDS)) if not 5 <= one[0] < 7]
    heard = [one for one in sounds(0, SECONDS) if not 2 <= one[0] < 4]
    found = Found(playable(record(tmp_path, iter(shown), iter(heard))))
    assert found.flashes == pytest.approx([1, 2, 3, 4, 7], abs=0.001)
    assert found.beeps == pytest.approx([0, 1, 4, 5, 6, 7], abs=0.02)


def test_a_pause_is_filled_for_a_player_and_nowhere_else(tmp_path: Path) -> None:
    heard = [one for one in sounds(0, SECONDS) if not 2 <= one[0] < 4]
    path = record(tmp_path, pictures(encoded(SECONDS)), iter(heard))
    assert Found(plain(path)).samples == (SECONDS - 2) * 48_000 and Found(playable(path)).samples == SECONDS * 48_000
    index = SegmentIndex(path, KEY)
    file, data = Playable(index, len(index.chunks)), playable(path)
    for start in range(0, len(data) - 700, len(data) // 40):
        assert file.read(start, start + 700) == data[start : start + 700]
    recorded = b"".join(chunks(path)[1:])
    pause = next(at for at in range(len(file.head), len(data)) if data[at] != recorded[at - len(file.head)])
    assert (
        data[pause:].startswith(PACKETS)
        and data == file.head + recorded[: pause - len(file.head)] + PACKETS + recorded[pause - len(file.head) :]
    )


def test_who_shows_a_picture_late_is_seen_at_the_right_time(tmp_path: Path) -> None:
    path = record(tmp_path, pictures(encoded(3.0), 0.5), sounds(0, 4))
    for data in (plain(path), playable(path)):
        found = Found(data)
        assert found.shown[0][0] == pytest.approx(0.5, abs=0.001) and found.flashes == pytest.approx([1.5, 2.5], abs=0.001)
        assert found.beeps == pytest.approx([0, 1, 2, 3], abs=0.03)


def test_who_never_spoke_is_silent(tmp_path: Path) -> None:
    found = Found(playable(record(tmp_path, pictures(encoded(2.0)))))
    assert found.codecs == ["h264", "opus"] and found.beeps == [] and abs(found.samples - 2 * 48_000) < 480 and len(found.shown) == 2 * RATE


def test_who_sends_sound_late_is_heard_at_the_right_time(tmp_path: Path) -> None:
    path = record(tmp_path, pictures(encoded(SECONDS)), sounds(4, SECONDS))
    for data in (plain(path), playable(path)):
        assert Found(data).beeps == pytest.approx([4, 5, 6, 7], abs=0.02)


def test_lost_packets_cost_what_stands_before_the_next_keyframe(tmp_path: Path) -> None:
    path = record(tmp_path, pictures(encoded(SECONDS), lost=frozenset(range(150, 153))), sounds(0, SECONDS))
    found = Found(plain(path))
    numbers = [round(at * RATE) for at, _, _ in found.shown]
    missing = sorted(set(range(SECONDS * RATE)) - set(numbers))
    assert missing and missing == list(range(missing[0], missing[-1] + 1)) and (missing[-1] + 1) % RATE == 0
    assert found.flashes[-1] == pytest.approx(7, abs=0.001) and found.samples == SECONDS * 48_000


def test_a_screen_has_no_sound(tmp_path: Path) -> None:
    path = record(tmp_path, pictures(encoded(2.0), kind="screen"), kinds=("screen",), name="a-screen-0001")
    assert Found(plain(path)).codecs == ["h264"] and path.name == "a-screen-0001.mp4.enc"


def written(folder: Path, timed: list[Timed], kinds: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Through the writer's thread: segment → its closing line."""
    told: list[dict[str, Any]] = []
    asked: list[tuple[str, str]] = []
    thread = WriterThread(folder, KEY, "s", 300, told.append, lambda seat, kind: asked.append((seat, kind)))
    thread.follow({"a": kinds}, "")
    batch: list[Captured] = [("a", frame, 1000.0 + at, 0) for at, frame in sorted(timed, key=lambda one: one[0])]
    thread.frames(batch)
    thread.start()
    assert thread.finish()
    assert not [event for event in told if event["event"] != "segment"], told
    return {event["segment"]: event["closed"] for event in told if event["closed"]}


BOTH = {"audio": "opus", "camera": "h264"}


def test_another_size_begins_another_segment_and_nothing_is_lost(tmp_path: Path) -> None:
    shown = [*pictures(encoded(3.0)), *pictures(encoded(3.0, 320), 3.0), *pictures(encoded(2.0), 6.0)]
    ends = written(tmp_path, [*shown, *sounds(0, SECONDS)], BOTH)
    assert [end["reason"] for end in ends.values()] == ["picture", "picture", "ended"]
    heights, count, samples, before = [], 0, 0, 0.0
    for found in recover(tmp_path):
        assert found.header["container"] == "mp4" and found.header["tracks"] == BOTH and found.end is not None
        file = Found(plain(found.path))
        (height,) = {height for _, height, _ in file.shown}
        heights.append(height)
        count, samples = count + len(file.shown), samples + file.samples
        began = found.header["wall_start_ms"] / 1000 - 1000
        assert began == pytest.approx(before, abs=0.05)
        assert [began + flash for flash in file.flashes] == pytest.approx([began + n for n in range(1, len(file.flashes) + 1)], abs=0.002)
        before = began + found.end["duration_ms"] / 1000
    assert heights == [360, 180, 360] and count == SECONDS * RATE and samples == SECONDS * 48_000


def test_a_camera_that_comes_late_begins_another_segment(tmp_path: Path) -> None:
    """Sound alone is WebM, as it always was; the picture begins a file of its own kind."""
    ends = written(tmp_path, [*sounds(0, SECONDS), *pictures(encoded(4.0), 4.0)], BOTH)
    assert {name: (end["reason"], end["codecs"]) for name, end in ends.items()} == {
        "a-0001": ("picture", {"audio": "opus"}),
        "a-0002": ("ended", BOTH),
    }
    first, second = recover(tmp_path)
    assert first.path.name == "a-0001.webm.enc" and first.header["tracks"] == {"audio": "opus"} and first.header["container"] == "webm"
    assert second.path.name == "a-0002.mp4.enc"
    assert Found(plain(first.path)).codecs == ["opus"] and len(Found(plain(second.path)).shown) == 4 * RATE


def test_other_sets_without_a_keyframe_wait_for_one(tmp_path: Path) -> None:
    units = encoded(4.0, 640, 2 * RATE)
    other = encoded(1.0, 320)[0]
    changed = Frame("camera", other[: other.index(b"\0\0\1\x65")] + units[20], 0, False)
    shown = [*pictures(units[:20]), (20 / RATE, changed), *(one for one in pictures(units) if one[0] > 20 / RATE)]
    ends = written(tmp_path, [*shown, *sounds(0, 4)], BOTH)
    assert [end["reason"] for end in ends.values()] == ["picture", "picture", "ended"]
    assert [found.header["container"] for found in recover(tmp_path)] == ["mp4", "webm", "mp4"]
    assert len(Found(plain(recover(tmp_path)[-1].path)).shown) == 2 * RATE


def test_a_crash_leaves_a_file_that_plays_and_a_journal_that_names_it(tmp_path: Path) -> None:
    muxer = SegmentMuxer(SegmentPlan(tmp_path, "a-0001", KEY, BOTH, {"seat": "a"}))
    for at, frame in sorted([*pictures(encoded(4.0)), *sounds(0, 4)], key=lambda one: one[0]):
        muxer.add(frame, 1000.0 + at, 0)
    (found,) = recover(tmp_path)
    assert found.end is None and found.path == file_of(tmp_path, "a-0001") and found.path.exists()
    file = Found(plain(found.path))
    assert 2.9 < file.shown[-1][0] < 4 and 2.9 < file.beeps[-1] + 1 < 4.1


def test_what_earlier_versions_wrote_is_found(tmp_path: Path) -> None:
    """H.264 as Matroska behind the name of a WebM."""
    muxer = SegmentMuxer(SegmentPlan(tmp_path, "a-0001", KEY, {"audio": "opus"}, {"seat": "a"}))
    for at, frame in sounds(0, 2):
        muxer.add(frame, 1000.0 + at, 0)
    muxer.close("ended", 0)
    journal = tmp_path / "a-0001.journal"
    journal.write_text(journal.read_text().replace('"container":"webm"', '"container":"matroska"'))
    (found,) = recover(tmp_path)
    assert found.path == file_of(tmp_path, "a-0001") == tmp_path / "a-0001.webm.enc"
    index = SegmentIndex(found.path, KEY)
    assert Playable(index, len(index.chunks)).container == "matroska"
