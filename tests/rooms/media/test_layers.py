"""A camera in layers, and retransmissions on streams of their own."""

from __future__ import annotations

import itertools
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media import rtp, vp8
from rooms.media.encoding import SILENT_AFTER
from rooms.media.forwarding import Track, Uplink
from rooms.media.rewrite import OVERHEAD, Leg
from rooms.media.sent import Sent
from rooms.media.transport_cc import Feedback
from signaling.negotiation import CAMERA, HEAD, TRANSPORT_CC_ID, UplinkTrack
from tests.rooms.media.packets import parse, whole

RTX, RID, REPAIRED = 97, 10, 11
CAMERA_TRACK = UplinkTrack(CAMERA, "1", "vp8", 96, mid_id=4, rtx_type=RTX, layers=("l", "h"), rid_id=RID, repaired_rid_id=REPAIRED)
SSRC = {"l": 100, "h": 200}


def packet(rid: str, sequence: int, timestamp: int, picture: int, *, key: bool = False, rtx: bool = False) -> bytes:
    payload = bytes([0x90, 0x80, 0x80 | picture >> 8 & 0x7F, picture & 0xFF, 0x50 if key else 0x51, 0, 0])
    number, ssrc, of = (RTX, SSRC[rid] + 1, REPAIRED) if rtx else (96, SSRC[rid], RID)
    if rtx:
        payload = struct.pack("!H", sequence & 0xFFFF) + payload
    head = struct.pack("!BBHII", 0x90, 128 | number, (sequence if not rtx else 7) & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    return head + struct.pack("!HHBBBB", 0xBEDE, 1, 0x40, ord("1"), of << 4, ord(rid)) + payload


def camera() -> tuple[Uplink, Track]:
    uplink = Uplink([CAMERA_TRACK])
    return uplink, uplink.tracks[CAMERA]


def leg(line: Sent | None = None) -> Leg:
    return Leg(99, 96, 90000, "7", lambda data: None, lambda data: None, rtx=(98, RTX), line=line)


def ids(data: bytes) -> vp8.PictureIds:
    found = vp8.picture_ids(parse(data).payload)
    assert found is not None
    return found


def test_layers_are_told_apart_by_their_rid() -> None:
    uplink, track = camera()
    uplink.receive(packet("h", 5, 0, 1, key=True), 0)
    uplink.receive(packet("l", 5, 0, 1, key=True), 0)
    assert [e.reception.ssrc for e in track.encodings] == [100, 200]
    with pytest.raises(rtp.RtpError, match="its layer"):
        uplink.receive(packet("h", 1, 0, 1).replace(b"h", b"x", 1).replace(struct.pack("!I", 200), struct.pack("!I", 9)), 0)


def test_a_viewer_moves_at_the_keyframe_and_sees_one_stream() -> None:
    uplink, track = camera()
    viewer, now, seen = leg(), 0.0, []
    track.attach(viewer)
    for frame in range(40):
        now = frame / 30
        if frame == 10:
            track.choose(viewer, 1)
        key = {"l": frame in (0, 30), "h": frame in (0, 15)}
        if frame == 25:
            track.choose(viewer, 0)
        for rid, start in (("l", 1000), ("h", 60000)):
            out = whole(uplink.receive(packet(rid, start + frame, frame * 3000 + start, 500 * len(rid) + frame + start, key=key[rid]), now))
            seen += [(rid, data) for _, data in out]
    assert [rid for rid, _ in seen] == ["l"] * 16 + ["h"] * 15 + ["l"] * 10
    parsed = [parse(data) for _, data in seen]
    numbers = [p.sequence for p in parsed]
    assert [n - numbers[0] for n in numbers] == list(range(len(seen)))
    assert {p.ssrc for p in parsed} == {99}
    steps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in itertools.pairwise(parsed)]
    assert all(0 < step <= 3001 for step in steps)
    pictures = [ids(data).picture for _, data in seen]
    assert [(p - pictures[0]) & 0x7FFF for p in pictures] == list(range(len(seen)))


def test_a_full_line_is_relieved_at_once_and_a_parked_leg_gets_nothing() -> None:
    uplink, track = camera()
    viewer = leg()
    track.attach(viewer, 1)
    uplink.receive(packet("l", 1, 0, 1, key=True), 0)
    assert len(uplink.receive(packet("h", 1, 0, 1, key=True), 0)) == 1
    track.choose(viewer, 0, at_once=True)
    assert uplink.receive(packet("h", 2, 0, 2), 0) == [] and track.encodings[0].keyframe_due(1, muted=False)
    assert len(uplink.receive(packet("l", 2, 0, 2, key=True), 0)) == 1
    track.park(viewer)
    assert uplink.receive(packet("l", 3, 0, 3, key=True), 0) == [] and track.feeds(viewer) and track.target(viewer) is None
    track.choose(viewer, 0)
    assert len(uplink.receive(packet("l", 4, 0, 4, key=True), 0)) == 1


@given(
    actions=st.lists(
        st.sampled_from(["l", "h", "l key", "h key", "to l", "to h", "to l now", "park", "mute", "unmute", "new h", "detach", "attach"]),
        max_size=60,
    )
)
@settings(max_examples=200)
def test_whatever_is_chosen_numbers_go_on_and_nothing_reaches_whoever_is_off(actions: list[str]) -> None:
    uplink, track = camera()
    viewer, sequence, last, now = leg(), {"l": 0, "h": 30000}, None, 0.0
    packets = octets = 0
    track.attach(viewer)
    for action in actions:
        now += 0.01
        word, _, what = action.partition(" ")
        if word in SSRC:
            sequence[word] += 1
            out = whole(uplink.receive(packet(word, sequence[word], int(now * 90000), sequence[word], key=what == "key"), now))
            assert len(out) <= 1
            if out:
                assert track.feeds(viewer) and track.target(viewer) is not None and not track.muted
                number = parse(out[0][1]).sequence
                assert last is None or number == (last + 1) & 0xFFFF
                last = number
                packets, octets = packets + 1, octets + len(out[0][1]) - HEAD
        elif word == "to" and track.feeds(viewer):
            track.choose(viewer, "lh".index(what[0]), at_once=what.endswith("now"))
        elif word == "park" and track.feeds(viewer):
            track.park(viewer)
        elif word in ("mute", "unmute"):
            track.mute(word == "mute", now)
        elif word == "new":
            SSRC_NEW = struct.pack("!I", 300 + len(actions))
            uplink.receive(packet("h", 1, 0, 1).replace(struct.pack("!I", 200), SSRC_NEW), now)
        elif word == "detach":
            track.detach(viewer, now)
        elif word == "attach" and not track.feeds(viewer):
            track.attach(viewer)
        assert (viewer.packets, viewer.octets) == (packets, octets), "counted for each viewer, though it is counted once for all"
        assert sum(viewer in e.legs for e in track.encodings) <= 1
        assert sum(viewer in e.waiting for e in track.encodings) <= 1


def test_a_lost_packet_comes_by_a_stream_of_its_own() -> None:
    uplink, track = camera()
    viewer = leg()
    track.attach(viewer)
    uplink.receive(packet("l", 10, 0, 1, key=True), 0)
    uplink.receive(packet("l", 12, 6000, 3), 0.06)
    assert track.encodings[0].reception.missing.keys() == {11}
    ((_, data),) = whole(uplink.receive(packet("l", 11, 3000, 2, rtx=True), 0.1))
    assert ids(data).picture == 2 and parse(data).payload_type == 96 and parse(data).marker
    assert not track.encodings[0].reception.missing and track.encodings[0].reception.recovered == 1
    # Once more, without need: nobody gets it twice.
    assert uplink.receive(packet("l", 11, 3000, 2, rtx=True), 0.1) == []
    assert uplink.receive(packet("l", 12, 6000, 3), 0.1) == []


def test_padding_on_the_stream_of_retransmissions_is_nothing() -> None:
    uplink, _ = camera()
    whole = packet("l", 11, 0, 1, rtx=True)
    padding = bytes([whole[0] | 0x20]) + whole[1:20] + bytes(9) + b"\x0a"
    assert uplink.receive(padding, 0) == []


def test_repeats_have_numbers_of_their_own() -> None:
    line = Sent()
    viewer, (uplink, track) = leg(line), camera()
    track.attach(viewer)
    sent = [data for n in range(3) for _, data in whole(uplink.receive(packet("l", n, n, n, key=n == 0), 0))]
    assert [rtp.extension(data, TRANSPORT_CC_ID) for data in sent] == [b"\0\0", b"\0\1", b"\0\2"]
    (again,) = track.repeat(viewer, [parse(sent[1]).sequence], 0)
    parsed = parse(again)
    assert (parsed.ssrc, parsed.payload_type) == (98, RTX) and rtp.extension(again, TRANSPORT_CC_ID) == b"\0\3"
    assert parsed.payload == sent[1][2:4] + parse(sent[1]).payload
    padding = viewer.padding(0)
    assert parse(padding).payload == b"" and parse(padding).sequence == parsed.sequence + 1
    lost = Feedback(0, [None] * 5, 5)
    line.told(lost, 0.1)
    numbers = [(parse(data).ssrc, parse(data).sequence) for data in sent]
    assert line.newly_missing() == [*numbers, numbers[1]], "a repetition is known by what it repeats, and padding is nothing to repeat"
    assert line.total() == sum(len(data) for data in (*sent, again, padding)) + 5 * (OVERHEAD - HEAD)


def test_the_tap_follows_the_best_layer_that_arrives() -> None:
    uplink, track = camera()
    taped: list[int] = []
    track.tap = lambda ssrc, stored: taped.append(ssrc)
    now = 0.0

    def second(*rids: str, key: bool = False) -> None:
        nonlocal now
        for n in range(30):
            now += 1 / 30
            for rid in rids:
                uplink.receive(packet(rid, int(now * 30), int(now * 90000), n, key=key and n == 20), now)
            track.look(now)

    second("l")
    assert set(taped) == {100}
    second("l", "h")
    assert track.encodings[1].keyframe_due(now, muted=False), "it asks for a keyframe of the larger one"
    second("l", "h", key=True)
    assert taped[-1] == 200
    second("l")
    assert taped[-1] == 100 and SILENT_AFTER < 1
    changes = sum(a != b for a, b in itertools.pairwise(taped))
    assert changes == 2
