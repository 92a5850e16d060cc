"""Boxes, headers and fragments, read back by another implementation."""

from __future__ import annotations

import io
from itertools import accumulate, pairwise

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media import h264, mp4, mp4_index, opus
from rooms.media.boxes import BoxError, box, boxes, full_box
from rooms.media.mp4_silence import NEAR, PACKETS
from tests.rooms.media.h264_clip import encoded

SETS = h264.sets_of(encoded(1.0)[0])
assert SETS is not None
KINDS = st.binary(min_size=4, max_size=4)
ROWS = st.lists(st.tuples(st.binary(max_size=60), st.integers(90, 5000)), max_size=12)
"""(content, duration), each of a millisecond at least, as they are recorded."""
PAUSES = st.integers(0, 400_000)


@given(st.lists(st.tuples(KINDS, st.binary(max_size=60))))
def test_boxes_come_back(made: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(box(kind, content) for kind, content in made)
    assert list(boxes(data)) == made
    inner = full_box(b"full", 1, 0x20, data)
    assert list(boxes(inner)) == [(b"full", b"\1\0\0\x20" + data)]


@given(st.binary(max_size=64))
def test_noise_is_no_box(data: bytes) -> None:
    try:
        found = list(boxes(data))
    except BoxError:
        return
    assert b"".join(box(*one) for one in found) == data


def run(track: int, rows: list[tuple[bytes, int]], begin: int) -> list[mp4.Sample]:
    """One sample after the other; the first picture is a keyframe. A reader looks at each unit's kind and the head of its slice, but not
    behind that."""
    made = []
    for number, (content, duration) in enumerate(rows):
        key = track == mp4.SOUND or number == 0
        # The first slice of a picture by itself, and of one that depends on others; 20 ms of sound.
        unit = (b"\x65\x88\x80" if key else b"\x41\xe0") + content
        made.append(mp4.Sample(b"\x78" + content if track == mp4.SOUND else len(unit).to_bytes(4, "big") + unit, begin, duration, key))
        begin += duration
    return made


Found = dict[int, list[tuple[bytes, int, bool]]]


def packets(data: bytes) -> Found:
    """Track → (data, time, whether it is a keyframe), as another reader finds them."""
    found: Found = {mp4.PICTURE: [], mp4.SOUND: []}
    with av.open(io.BytesIO(data)) as file:
        for packet in file.demux():
            if packet.size and packet.pts is not None:
                found[packet.stream.index + 1].append((bytes(packet), packet.pts, packet.is_keyframe))
    return found


@given(st.lists(st.tuples(ROWS, PAUSES, ROWS, PAUSES), min_size=1, max_size=4))
@settings(deadline=None)
def test_another_reader_finds_every_sample(made: list[tuple[list[tuple[bytes, int]], int, list[tuple[bytes, int]], int]]) -> None:
    """Of the fragments as they are recorded, and behind the header that a player is given, in which there is no pause in the sound."""
    fragments, at = [], {mp4.PICTURE: 0, mp4.SOUND: 0}
    wanted: Found = {mp4.PICTURE: [], mp4.SOUND: []}
    for number, (shown, pause, heard, silence) in enumerate(made, 1):
        begins = {mp4.PICTURE: (shown, at[mp4.PICTURE] + pause), mp4.SOUND: (heard, at[mp4.SOUND] + silence)}
        runs = {track: run(track, *rows) for track, rows in begins.items()}
        for track, samples in runs.items():
            wanted[track] += [(sample.data, sample.time, sample.key) for sample in samples]
            at[track] = samples[-1].time + samples[-1].duration if samples else at[track]
        if shown or heard:
            fragments.append(mp4.fragment(number, runs[mp4.PICTURE], runs[mp4.SOUND]))
    header, recorded = mp4.header(SETS, sound=True), b"".join(fragments)
    if not fragments:
        return
    assert packets(header + recorded) == wanted
    head, pauses = mp4_index.index(header, fragments)
    edges = [0, *pauses, len(recorded)]
    found = packets(head + PACKETS.join(recorded[first:last] for first, last in pairwise(edges)))
    assert found[mp4.PICTURE] == wanted[mp4.PICTURE]
    lasts = [opus.samples(data) for data, _, _ in found[mp4.SOUND]]
    assert [time for _, time, _ in found[mp4.SOUND]] == [0, *accumulate(lasts)][: len(lasts)], "one after the other from the beginning on"
    assert sum(lasts) * 90_000 >= (at[mp4.PICTURE] - 900) * 48_000, "until the picture's end"
    sounds = iter(wanted[mp4.SOUND])
    for data, time, _ in found[mp4.SOUND]:
        if data[:1] == b"\x78":
            assert any(one == data and abs(near - time) < NEAR for one, near, _ in sounds), (
                "in their order, at their time; some had no room"
            )


def test_a_header_tells_what_is_in_it() -> None:
    with av.open(io.BytesIO(mp4.header(SETS, sound=True) + mp4.fragment(1, [], []))) as file:
        picture, sound = file.streams
        assert picture.codec_context.name == "h264" and (picture.codec_context.width, picture.codec_context.height) == (640, 360)
        assert picture.codec_context.extradata == mp4.decoder_configuration(SETS)
        assert sound.codec_context.name in {"opus", "libopus"} and sound.codec_context.sample_rate == 48_000
        assert picture.codec_context.codec_tag == "avc1"
    with av.open(io.BytesIO(mp4.header(SETS, sound=False) + mp4.fragment(1, [], []))) as file:
        assert [stream.type for stream in file.streams] == ["video"]


def test_high_profiles_tell_their_depth() -> None:
    told = mp4.decoder_configuration(
        h264.ParameterSets(bytes.fromhex("6764001facd9405005bb016a02020280000003008000001e478c18cb"), (b"\x68\xee",))
    )
    assert told[:4] == b"\1\x64\0\x1f" and told[-4:] == bytes([0xFD, 0xF8, 0xF8, 0])


@pytest.mark.parametrize("bad", [b"", b"no box", box(b"ftyp"), box(b"moov"), box(b"ftyp") + box(b"moov", box(b"trak"))])
def test_an_index_is_made_of_a_header_alone(bad: bytes) -> None:
    with pytest.raises(BoxError):
        mp4_index.index(bad, [])


@pytest.mark.parametrize(
    "bad",
    [
        b"x",
        box(b"moof", box(b"traf")),
        box(b"moof", box(b"traf", full_box(b"tfhd", 0, 0), full_box(b"tfdt", 0, 0), full_box(b"trun", 0, 1, bytes(8)))),
    ],
)
def test_an_index_is_made_of_our_own_fragments(bad: bytes) -> None:
    with pytest.raises(BoxError):
        mp4_index.index(mp4.header(SETS, sound=True), [bad])
