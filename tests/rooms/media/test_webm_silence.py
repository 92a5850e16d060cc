"""Silence in a WebM's clusters as a player gets them: in step, in order, and with nothing of the recording changed."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.media import opus
from rooms.media.assembly import Frame
from rooms.media.heard import TOGETHER, Heard
from rooms.media.matroska import blocks, cluster_of
from rooms.media.muxer import SegmentMuxer, SegmentPlan
from rooms.media.playable import Playable
from rooms.media.segments import SegmentBroken, SegmentIndex, read_segment
from rooms.media.silence import LONG, NEAR, SHORT
from rooms.media.webm_sound import heard, sound_track
from tests.web.recorded_vp8 import SECONDS
from tests.web.recorded_vp8 import heard as muted_sounds
from tests.web.recorded_vp8 import shown as all_pictures

KEY = bytes(32)
BOTH, ALONE = {"audio": "opus", "camera": "vp8"}, {"audio": "opus"}
Timed = tuple[float, Frame]
Packet = tuple[int, bytes]
"""(ms, frame)"""


def recorded(folder: Path, tracks: dict[str, str], frames: list[Timed]) -> Path:
    muxer = SegmentMuxer(SegmentPlan(folder, f"a-{len(list(folder.iterdir())):04d}", KEY, tracks, {"seat": "a"}))
    for at, frame in sorted(frames, key=lambda one: one[0]):
        muxer.add(frame, 1000.0 + at, 0)
    muxer.close("ended", 0)
    return folder / f"{muxer.plan.name}.webm.enc"


def playable(path: Path, chunks: int | None = None, silence: bool = True) -> Playable:
    index = SegmentIndex(path, KEY)
    return Playable(index, chunks or len(index.chunks), silence)


def whole(file: Playable) -> bytes:
    return file.read(0, file.size)


def clusters(data: bytes, head: int) -> list[list[tuple[int, int, bytes]]]:
    """For each cluster behind the header its (track, ms, frame)."""
    found, rest = [], data[head:]
    while rest and (cluster := cluster_of(rest)) is not None:
        found.append([(b.track, b.at_ms, rest[b.data : b.end]) for b in blocks(rest, cluster[1], cluster[2])])
        rest = rest[cluster[2] :]
    assert not rest
    return found


def track(data: bytes, head: int, number: int) -> list[Packet]:
    return [(at, frame) for cluster in clusters(data, head) for which, at, frame in cluster if which == number]


@pytest.fixture(scope="module")
def segment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("silence"), BOTH, [*all_pictures(), *muted_sounds()])


# (pause before it in ms, packets of a run); a pause may be as short as the line shakes, or negative where a clock was set back.
RUNS = st.lists(st.tuples(st.one_of(st.integers(-60, 60), st.integers(60, 4000)), st.integers(1, 60)), min_size=1, max_size=8)


@given(runs=RUNS, pictures=st.booleans(), slow=st.integers(1, 20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_sound_goes_on_without_a_pause_and_nothing_else_changes(
    tmp_path: Path, runs: list[tuple[int, int]], pictures: bool, slow: int
) -> None:
    sounds: list[Timed] = []
    at, number = 0.3, 0
    for pause, count in runs:
        at = max(0.0, at + pause / 1000)
        for _ in range(count):
            sounds.append((at, Frame("audio", b"\x78" + number.to_bytes(2, "big"), 0, True)))
            at, number = at + 0.02, number + 1
    end = max(at for at, _ in sounds)
    shown = [(n * slow / 30, Frame("camera", b"picture" * 9, 0, n % 10 == 0, (64, 36))) for n in range(int(end * 30 / slow) + 1)]
    path = recorded(tmp_path, BOTH if pictures else ALONE, [*sounds, *shown] if pictures else sounds)
    file, plain = playable(path), playable(path, silence=False)
    data, bare = whole(file), whole(plain)
    assert len(data) == file.size
    which = 2 if pictures else 1
    assert sound_track(data[: len(file.head)]) == which
    found, kept = track(data, len(file.head), which), track(bare, len(plain.head), which)
    assert [one for one in found if one[1] not in (LONG, SHORT)] == kept, "every sound is there, at its time"
    if pictures:
        assert track(data, len(file.head), 1) == track(bare, len(plain.head), 1)
    reached = 0
    for time, frame in found:
        if reached < time * 48 + NEAR:
            # A run begins so near to its time, and each of its packets lies so near to its place in the run.
            assert abs(time * 48 - reached) < NEAR + TOGETHER, "a player that goes on without regard to times is in step"
        reached += opus.samples(frame)
    if pictures:
        assert reached >= shown[-1][0] * 48_000 - 2 * NEAR, "until the picture's end"


def test_silence_lies_where_its_time_is(segment: Path) -> None:
    """A player that begins anywhere finds the sound of that moment near by, and times in an order that demultiplexers take."""
    file = playable(segment)
    found = clusters(whole(file), len(file.head))
    for cluster in found:
        times = [at for _, at, _ in cluster]
        assert max(times) - min(times) < 1100
    for number in (1, 2):
        times = [at for cluster in found for which, at, _ in cluster if which == number]
        assert all(former < later for former, later in pairwise(times))


def test_another_reader_decodes_it_in_one_stretch(segment: Path) -> None:
    with av.open(io.BytesIO(whole(playable(segment)))) as file:
        samples = sum(frame.samples for frame in file.decode(audio=0))
    assert abs(samples / 48_000 - SECONDS) < 0.05


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_any_range_of_a_growing_file_is_what_the_whole_has_there(segment: Path, data: st.DataObject) -> None:
    chunks = data.draw(st.integers(1, len(SegmentIndex(segment, KEY).chunks)))
    file = playable(segment, chunks)
    complete = whole(file)
    assert len(complete) == file.size
    start = data.draw(st.integers(0, file.size - 1))
    end = data.draw(st.integers(start + 1, file.size))
    assert file.read(start, end) == complete[start:end]


def test_journals_without_a_word_of_the_sound_give_the_same(segment: Path, tmp_path: Path) -> None:
    copy = with_journal(segment, tmp_path, lambda line: line.pop("heard", None))
    assert all("heard" not in record for record in SegmentIndex(copy, KEY).chunks)
    assert whole(playable(copy)) == whole(playable(segment))


@pytest.mark.parametrize("value", [None, [0, 12, 40], [0, 12, 40, [1, 2]], "x", 7, [0, 12, 40, [20, 4000, 10**15]], [[], 1, 2]])
def test_a_journal_that_was_altered_shifts_no_sound(segment: Path, tmp_path: Path, value: object) -> None:
    def alter(line: dict[str, object]) -> None:
        if line.get("i") == 4:
            line["heard"] = value

    copy = with_journal(segment, tmp_path, alter)
    with pytest.raises(SegmentBroken) as broken:
        whole(playable(copy))
    assert broken.value.index == 4


def test_what_is_exported_and_filmed_has_no_silence(segment: Path) -> None:
    exported = b"".join(read_segment(segment, KEY))
    plain = playable(segment, silence=False)
    bare = whole(plain)
    assert exported.endswith(bare[len(plain.head) :])
    assert LONG not in {frame for _, frame in track(bare, len(plain.head), 2)}


def test_what_the_journal_says_is_read_back() -> None:
    about = Heard.of_json([0, 7, 900, [12, 40, 960]])
    assert Heard.of_json(about.as_json()) == about
    assert heard(b"", 1) is None


def with_journal(segment: Path, folder: Path, alter) -> Path:  # type: ignore[no-untyped-def]
    """A copy whose journal's lines were altered."""
    copy = folder / segment.name
    copy.write_bytes(segment.read_bytes())
    name = segment.name.replace(".webm.enc", ".journal")
    lines = [json.loads(line) for line in (segment.parent / name).read_text().splitlines()]
    for line in lines:
        alter(line)
    (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return copy
