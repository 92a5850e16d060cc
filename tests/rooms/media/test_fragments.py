"""Where fragments are cut, and how long each frame lasts in them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media import h264, mp4
from rooms.media.assembly import Frame
from rooms.media.boxes import boxes
from rooms.media.chunk import Chunk
from rooms.media.fragments import LEAST, Fragments, fits
from tests.rooms.media.h264_clip import encoded

KEY, DELTA = encoded(1.0)[:2]
SETS = h264.sets_of(KEY)
assert SETS is not None
SOUND = b"\x78" + bytes(20)
"""20 ms of Opus by its first byte."""


def frame(kind: str, key: bool = False) -> Frame:
    return Frame(kind, SOUND if kind == "audio" else KEY if key else DELTA, 0, key or kind == "audio")


def filled(frames: list[tuple[float, Frame]], sound: bool = True) -> list[Chunk]:
    made = Fragments(SETS, "camera", sound)
    return [chunk for at, one in frames for chunk in made.add(one, at)] + made.close()


def runs(chunk: Chunk) -> dict[int, tuple[int, list[int]]]:
    """Track → (decode time, durations) of a fragment."""
    moof, _ = boxes(chunk.data)
    found = {}
    for kind, content in boxes(moof[1]):
        if kind == b"traf":
            parts = dict(boxes(content))
            rows = parts[b"trun"][12:]
            durations = [int.from_bytes(rows[at : at + 4], "big") for at in range(0, len(rows), 12)]
            found[int.from_bytes(parts[b"tfhd"][4:], "big")] = (int.from_bytes(parts[b"tfdt"][4:], "big"), durations)
    return found


def steady(seconds: float, begin: float = 0.0) -> list[tuple[float, Frame]]:
    """Thirty pictures and fifty sounds a second; the first picture is a keyframe."""
    shown = [(begin + n / 30, frame("camera", n == 0)) for n in range(round(seconds * 30))]
    heard = [(begin + n / 50, frame("audio")) for n in range(round(seconds * 50))]
    return sorted(shown + heard, key=lambda one: one[0])


def test_a_fragment_has_a_second_and_what_it_lacks_is_in_the_next() -> None:
    header, *fragments = filled(steady(3.0))
    assert [kind for kind, _ in boxes(header.data)] == [b"ftyp", b"moov"] and header.first_ms is None
    assert [fragment.key_ms for fragment in fragments] == [0, None, None]
    assert all((one.last_ms or 0) < (later.last_ms or 0) for one, later in pairwise(fragments))
    for number, fragment in enumerate(fragments):
        found = runs(fragment)
        # The last frame of a track waits for the next one, which tells how long it lasts.
        assert abs(found[mp4.PICTURE][0] - number * 90_000) <= 3000 and abs(found[mp4.SOUND][0] - number * 48_000) <= 960
        assert set(found[mp4.PICTURE][1]) == {3000} and set(found[mp4.SOUND][1]) == {960}
    assert sum(len(runs(fragment)[mp4.PICTURE][1]) for fragment in fragments) == 90


def test_a_keyframe_begins_a_fragment_but_not_each_of_many() -> None:
    shown = [(n / 30, frame("camera", n in (0, 20, 21, 22, 40))) for n in range(60)]
    _, *fragments = filled(shown, sound=False)
    assert [fragment.key_ms for fragment in fragments] == [0, 666, 1333]
    frequent = [(n / 30, frame("camera", True)) for n in range(90)]
    assert len(filled(frequent, sound=False)) - 1 <= 3.0 / LEAST


def test_pauses_stand_between_fragments() -> None:
    """A microphone that is muted, then a camera that is off: neither holds back the other, and both go on at their time."""
    frames = [one for one in steady(12.0) if not (one[1].kind == "audio" and 2 <= one[0] < 6)]
    frames = [one for one in frames if not (one[1].kind == "camera" and 7 <= one[0] < 10)]
    chunks = filled(frames)
    assert max((later.last_ms or 0) - (one.last_ms or 0) for one, later in pairwise(chunks[1:])) <= 1100, "no second waits for another"
    heard = [runs(chunk)[mp4.SOUND] for chunk in chunks[1:] if mp4.SOUND in runs(chunk)]
    shown = [runs(chunk)[mp4.PICTURE] for chunk in chunks[1:] if mp4.PICTURE in runs(chunk)]
    assert {duration for _, durations in heard for duration in durations} == {960}, "silence makes no sound longer"
    assert {duration for _, durations in shown for duration in durations} == {3000}
    assert next(begin / 48_000 for begin, _ in heard if 5 < begin / 48_000 < 7) == 6.0
    assert next(begin / 90_000 for begin, _ in shown if begin / 90_000 > 8) == 10.0


def test_lost_packets_make_the_sound_before_them_longer() -> None:
    frames = [one for one in steady(1.0) if not (one[1].kind == "audio" and 0.3 < one[0] < 0.5)]
    _, fragment = filled(frames)
    assert sorted(set(runs(fragment)[mp4.SOUND][1])) == [960, 960 * 10]


def test_the_end_has_the_length_that_frames_have_by_themselves() -> None:
    _, fragment = filled([(0.0, frame("camera", True)), (0.0, frame("audio"))])
    assert runs(fragment) == {mp4.PICTURE: (0, [3000]), mp4.SOUND: (0, [960])}


def test_parameter_sets_are_in_the_header_alone_and_others_do_not_fit() -> None:
    _, fragment = filled([(0.0, frame("camera", True))], sound=False)
    assert SETS.sps not in fragment.data and SETS.sps in filled(steady(0.1))[0].data
    other = encoded(1.0, 320)[0]
    assert fits(SETS, KEY) and fits(SETS, DELTA) and not fits(SETS, other)


def test_tracks_that_the_file_has_not_are_left_out() -> None:
    made = Fragments(SETS, "screen", sound=False)
    assert made.add(frame("camera", True), 0.0) == made.add(frame("audio"), 0.0) == []
    assert [kind for kind, _ in boxes(made.close()[0].data)] == [b"ftyp", b"moov"]


@given(st.lists(st.tuples(st.sampled_from(["audio", "camera"]), st.booleans(), st.floats(0, 9)), max_size=120), st.floats(0, 0.4))
@settings(deadline=None)
def test_whatever_comes_when_times_go_on_and_nothing_is_missing(frames: list[tuple[str, bool, float]], shake: float) -> None:
    """Also where capture times jump back, as they do when a first sender report corrects them."""
    ordered = sorted(frames, key=lambda one: one[2] + (shake if one[1] else 0))
    chunks = filled([(at, frame(kind, key)) for kind, key, at in ordered])
    reached = {mp4.PICTURE: 0, mp4.SOUND: 0}
    count = dict.fromkeys(reached, 0)
    for chunk in chunks[1:]:
        for track, (begin, durations) in runs(chunk).items():
            assert begin >= reached[track] and min(durations) > 0, "a decode time is never before the end of what was (8.8.12)"
            reached[track], count[track] = begin + sum(durations), count[track] + len(durations)
        assert chunk.first_ms is not None and chunk.last_ms is not None and chunk.first_ms <= chunk.last_ms
    kinds = [kind for kind, _, _ in frames]
    assert count == {mp4.PICTURE: kinds.count("camera"), mp4.SOUND: kinds.count("audio")}


def test_sets_that_cannot_be_read_make_no_file() -> None:
    with pytest.raises(h264.H264Error):
        Fragments(h264.ParameterSets(b"\x67\x42", (b"\x68",)), "camera", True)
