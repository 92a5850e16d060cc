"""What stands in a recorded WebM: every frame at its time, in clusters that play by themselves, and what the journal is told of them."""

from __future__ import annotations

import io
from itertools import pairwise

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.media.assembly import Frame
from rooms.media.chunk import Chunk
from rooms.media.matroska import MatroskaError, blocks, cluster_of, elements
from rooms.media.webm import LATE, LEAST, MAX_CLUSTER, PATIENCE, SPAN, Webm
from rooms.media.webm_sound import heard, sound_track

BOTH = {"audio": "opus", "camera": "vp8"}
SOUND = b"\x78sound"
"""20 ms, as its first byte tells."""


def picture(number: int, key: bool, size: int = 40) -> Frame:
    # The first bit tells a reader the same (RFC 6386 section 9.1).
    return Frame("camera", bytes([not key]) + number.to_bytes(4, "big") * size, 0, key, (64, 36))


def sound(number: int) -> Frame:
    return Frame("audio", SOUND + number.to_bytes(4, "big"), 0, True)


def written(frames: list[tuple[float, Frame]], tracks: dict[str, str] = BOTH) -> list[Chunk]:
    webm = Webm(tracks, (64, 36))
    chunks = [chunk for at, frame in frames for chunk in webm.add(frame, at)]
    return chunks + webm.close()


# Per frame: seconds since the former of its track, by how much it comes later than the other track's, and whether it is a keyframe.
LANES = st.lists(st.tuples(st.floats(0, 0.2), st.floats(0, 0.3), st.booleans()), min_size=1, max_size=120)


@given(shown=LANES, said=LANES, pause=st.floats(0, 5))
def test_every_frame_is_read_back_at_its_time_by_another_reader(
    shown: list[tuple[float, float, bool]], said: list[tuple[float, float, bool]], pause: float
) -> None:
    coming: list[tuple[float, float, Frame]] = []
    for kind, lane in (("camera", shown), ("audio", said)):
        at = arrival = 0.0
        for number, (step, delay, key) in enumerate(lane):
            at += step + (pause if number == len(lane) // 2 else 0)
            arrival = max(arrival, at + delay)
            coming.append((arrival, at, picture(number, key or number == 0) if kind == "camera" else sound(number)))
    given_in_order = [(at, frame) for _, at, frame in sorted(coming, key=lambda one: one[0])]
    chunks = written(given_in_order)
    assert sound_track(chunks[0].data) == 2 and chunks[0].first_ms is None
    for chunk in chunks[1:]:
        cluster = cluster_of(chunk.data)
        assert cluster is not None and cluster[0] == 0 and cluster[2] == len(chunk.data), "one cluster and nothing else"
        inside = list(blocks(chunk.data, cluster[1], cluster[2]))
        times = [block.at_ms for block in inside]
        assert times == sorted(times) and max(times) - min(times) < SPAN + PATIENCE
        keys = [block.at_ms for block in inside if block.track == 1 and block.key]
        assert (chunk.first_ms, chunk.last_ms, chunk.key_ms) == (times[0], times[-1], keys[0] if keys else None)
        assert chunk.heard == heard(chunk.data, 2), "the journal is told what stands there"
    with av.open(io.BytesIO(b"".join(chunk.data for chunk in chunks))) as file:
        found = [(packet.stream_index, packet.pts, bytes(packet), packet.is_keyframe) for packet in file.demux() if packet.size]
    expected: list[tuple[int, int, bytes, bool]] = []
    last = [-1, -1]
    for at, frame in given_in_order:
        track = int(frame.kind == "audio")
        last[track] = max(round(at * 1000), last[track] + 1)
        expected.append((track, last[track], frame.data, frame.keyframe))
    assert sorted(found) == sorted(expected)


def test_a_keyframe_begins_a_cluster_and_a_burst_of_them_does_not() -> None:
    frames = [(n / 30, picture(n, n in (0, 20, 22, 24))) for n in range(60)]
    starts = [chunk.first_ms for chunk in written(frames, {"camera": "vp8"})[1:]]
    assert starts[:2] == [0, 667] and all(later - former >= LEAST for former, later in pairwise(starts)), starts


def test_a_silent_track_holds_the_other_for_a_moment_only() -> None:
    webm = Webm(BOTH, None)
    webm.add(sound(0), 0)
    told = [at for at in range(0, 4000, 20) if webm.add(picture(at, at == 0), at / 1000)]
    assert told and 0 <= told[0] - SPAN - PATIENCE <= 20, "though sound said nothing after its first packet"
    assert [later - former for former, later in pairwise(told)] == [SPAN, SPAN]


def test_no_second_takes_more_memory_than_it_may() -> None:
    webm, piece = Webm(BOTH, None), Frame("camera", bytes(1 << 20), 0, False)
    chunks = [chunk for n in range(40) for chunk in webm.add(piece, n / 1000)]
    assert len(chunks) >= 4 and all(len(chunk.data) < MAX_CLUSTER + (2 << 20) for chunk in chunks)
    assert webm.add(Frame("other", b"", 0, True), 0) == []


def test_what_comes_much_too_late_stands_where_a_block_can_tell() -> None:
    frames = [*((60 + n / 50, sound(n)) for n in range(200)), (1.0, picture(0, True)), (1.1, picture(1, False))]
    chunks = written(frames)
    times = [block.at_ms for c in chunks[1:] for block in blocks(c.data, *cluster_of(c.data)[1:]) if block.track == 1]  # type: ignore[misc]
    assert len(times) == 2 and times[0] >= 60_000 - LATE and times[1] == times[0] + 1


@pytest.mark.parametrize("tracks", [BOTH, {"audio": "opus"}, {"screen": "vp8"}])
def test_without_a_frame_there_is_a_header(tracks: dict[str, str]) -> None:
    (head,) = Webm(tracks, None).close()
    assert sound_track(head.data) == {2: 2, 1: 1 if "audio" in tracks else None}[len(tracks)]


@given(st.binary(max_size=64))
def test_noise_is_no_matroska(data: bytes) -> None:
    try:
        assert sum(len(body) for _, body in elements(data, frozenset())) <= len(data)
        cluster_of(data)
    except MatroskaError:
        pass
