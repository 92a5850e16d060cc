"""Reception, rewriting and forwarding: what a viewer gets of what a source sends."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.media import rtcp, rtp
from rooms.media.encoding import KEYFRAME_PAUSE
from rooms.media.forwarding import MAX_STREAMS, Track, Uplink
from rooms.media.reception import FIRST_NACK, MAX_MISSING, MAX_TRIES, RETRY_NACK, Reception
from rooms.media.rewrite import HISTORY, Leg, Tally, fan_out, mid_word, send_time_word
from rooms.media.sent import Sent
from signaling.negotiation import AUDIO, CAMERA, MID_ID, SEND_TIME_ID, UplinkTrack
from tests.rooms.media.packets import parse, whole

AUDIO_TRACK = UplinkTrack(AUDIO, "0", "opus", 111, level_id=1, mid_id=4, nacks=False)
VIDEO_TRACK = UplinkTrack(CAMERA, "1", "vp8", 96, mid_id=4)
KEY, INTER = b"\x10\x50\x00", b"\x10\x51\x00"


def packet(sequence: int, payload: bytes = INTER, *, number: int = 96, ssrc: int = 5, timestamp: int = 0, mid: str = "1") -> bytes:
    head = struct.pack("!BBHII", 0x90, number, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    return head + struct.pack("!HHI", 0xBEDE, 1, 0x40000000 | ord(mid) << 16) + payload


def leg(mid: str = "7", number: int = 96) -> Leg:
    return Leg(99, number, 90000, mid, lambda data: None, lambda data: None)


def push(track: Track, data: bytes, now: float) -> list[tuple[Leg, bytes]]:
    return whole(track.receive(track.encodings[0], data, now))


def track_of(uplink: Uplink, ssrc: int) -> Track | None:
    found = uplink.by_ssrc(ssrc)
    return found[0] if found else None


def due(track: Track, now: float) -> bool:
    return track.encodings[0].keyframe_due(now, muted=track.muted)


def video(*legs: Leg) -> Track:
    track = Track(VIDEO_TRACK)
    for one in legs:
        track.attach(one)
    return track


def test_headers_are_rewritten() -> None:
    viewer = leg()
    uplink = Uplink([VIDEO_TRACK])
    uplink.tracks[CAMERA].attach(viewer)
    ((same, data),) = whole(uplink.receive(packet(500, KEY, timestamp=1234), 1.5))
    parsed = parse(data)
    assert same is viewer and (parsed.ssrc, parsed.payload_type, parsed.timestamp, parsed.payload) == (99, 96, 1234, KEY)
    assert parsed.sequence < 0x8000
    assert rtp.extension(data, MID_ID) == b"7"
    assert rtp.extension(data, SEND_TIME_ID) == int(1.5 * 2**18).to_bytes(3, "big")


def test_video_begins_at_a_keyframe_and_asks_for_it() -> None:
    track = video(leg())
    assert push(track, packet(1), 0) == []
    assert due(track, 0) and not due(track, KEYFRAME_PAUSE * 0.9) and due(track, KEYFRAME_PAUSE)
    assert len(push(track, packet(2, KEY), 0)) == 1
    assert not due(track, 9)
    track.want_keyframe()
    assert due(track, 10) and not due(track, 20)


@given(
    actions=st.lists(st.sampled_from(["send", "send", "send", "lose", "detach", "attach", "mute", "unmute", "reconnect"]), max_size=60),
    start=st.integers(0, 65535),
)
@settings(max_examples=150)
def test_a_viewer_never_sees_a_hole_the_server_made(actions: list[str], start: int) -> None:
    """Whatever happens at the source, the numbers a viewer gets have exactly the holes of the packets that were lost on the way."""
    viewer = leg(number=111)
    uplink = Uplink([AUDIO_TRACK])
    track = uplink.tracks[AUDIO]
    track.attach(viewer)
    ssrc, sequence, expected, now, muted, pending, fresh = 1, start, None, 0.0, False, 0, True
    for action in actions:
        now += 0.02
        if action in ("send", "lose"):
            sequence += 1
            if action == "lose":
                # A loss before the stream goes on, or before its new SSRC was seen, leaves no hole.
                pending += viewer.started and not fresh
                continue
            fresh = False
            out = whole(uplink.receive(packet(sequence, b"x", number=111, ssrc=ssrc, timestamp=sequence * 960, mid="0"), now))
            assert bool(out) == (track.feeds(viewer) and not muted)
            for _, data in out:
                number = parse(data).sequence
                if expected is not None:
                    assert number == (expected + pending) & 0xFFFF
                expected, pending = (number + 1) & 0xFFFF, 0
            if not out:
                pending = 0
        elif action == "detach" and track.feeds(viewer):
            track.detach(viewer, now)
            pending = 0
        elif action == "attach" and not track.feeds(viewer):
            track.attach(viewer)
            pending = 0
        elif action in ("mute", "unmute"):
            # Only a change makes the stream begin anew; a loss before it is then no hole any more.
            if muted != (action == "mute"):
                muted, pending = not muted, 0
            track.mute(muted, now)
        elif action == "reconnect":
            ssrc, sequence, pending, fresh = ssrc + 1, start * 7 % 65536, 0, True


def test_a_cut_leg_gets_nothing_not_even_repeats() -> None:
    viewer = leg()
    track = video(viewer)
    ((_, first),) = push(track, packet(1, KEY), 0)
    number = parse(first).sequence
    assert track.repeat(viewer, [number], 9.0) == [first]
    track.detach(viewer, 0)
    assert push(track, packet(2, KEY), 0) == [] and track.repeat(viewer, [number], 9.0) == []


def test_repeats_are_the_same_bytes_and_end_with_the_history() -> None:
    viewer = leg()
    track = video(viewer)
    sent = [data for n in range(HISTORY + 5) for _, data in push(track, packet(n, KEY + bytes([n & 255])), n / 100)]
    numbers = [parse(data).sequence for data in sent]
    assert track.repeat(viewer, numbers, 9.0) == sent[5:]
    assert track.repeat(viewer, [(numbers[0] - 3) & 0xFFFF, (numbers[-1] + 3) & 0xFFFF], 9.0) == []


def test_packets_from_before_the_start_are_not_sent() -> None:
    track = video(leg())
    push(track, packet(9), 0)
    push(track, packet(11, KEY), 0)
    assert push(track, packet(10), 0) == []


@pytest.mark.parametrize(("step", "packets"), [(1, 200_000), (0x7FFF, 2_000), (0x4001, 2_000)])
def test_a_leg_is_fed_however_long_it_lasts(step: int, packets: int) -> None:
    """Numbers wrap again and again, also when the source leaves some out, without the leg falling silent or taking what was before it."""
    viewer = leg(number=111)
    track = Uplink([AUDIO_TRACK]).tracks[AUDIO]
    track.attach(viewer)
    for number in range(packets):
        assert len(push(track, packet(step * number, number=111, mid="0"), number / 50)) == 1, number
    newest = step * (packets - 1)
    assert push(track, packet(newest - HISTORY, number=111, mid="0"), packets / 50) == []


def test_what_is_long_past_is_not_repeated_under_a_new_beginning() -> None:
    """A packet from before a jump of the source may still be kept; sealed with the new offset it would take a number that was used."""
    viewer = leg(number=111)
    track = Uplink([AUDIO_TRACK]).tracks[AUDIO]
    track.attach(viewer)
    push(track, packet(0, number=111, mid="0"), 0)
    push(track, packet(20_001, number=111, mid="0"), 0.1)
    track.detach(viewer, 0.1)
    track.attach(viewer)
    ((_, data),) = push(track, packet(20_002, number=111, mid="0"), 0.2)
    assert track.repeat(viewer, [(parse(data).sequence - 20_002) & 0xFFFF], 0.3) == []


def test_sender_reports_are_made_anew() -> None:
    viewer = leg()
    track = video(viewer)
    push(track, packet(1, KEY, timestamp=1000), 0)
    ((_, data),) = track.encodings[0].sender_reports(rtcp.SenderReport(5, 1 << 33, 1500), 4.0)
    assert rtcp.parse(data) == [rtcp.SenderReport(99, 1 << 33, 1500 + viewer.timestamp_offset)]
    viewer.reported(0.25, (1 << 33) >> 16, 0.5, 5.0)
    assert (viewer.loss, viewer.round_trip) == (0.25, 0.5)


def test_streams_are_found_by_mid_declaration_or_payload_type() -> None:
    second = UplinkTrack("screen", "2", "vp8", 96, (777,), mid_id=4)
    uplink = Uplink([VIDEO_TRACK, second])
    uplink.receive(packet(1, ssrc=1, mid="2"), 0)
    assert track_of(uplink, 1) is uplink.tracks["screen"]
    uplink.receive(packet(1, ssrc=777, mid="x"), 0)
    assert track_of(uplink, 777) is uplink.tracks["screen"] and track_of(uplink, 1) is None
    with pytest.raises(rtp.RtpError, match="no track"):
        uplink.receive(packet(1, ssrc=3, mid="x"), 0)
    with pytest.raises(rtp.RtpError, match="payload type"):
        uplink.receive(packet(1, ssrc=4, mid="1", number=100), 0)


@given(st.lists(st.binary(max_size=60), max_size=60))
def test_noise_is_refused_and_bounded(noise: list[bytes]) -> None:
    uplink = Uplink([AUDIO_TRACK, VIDEO_TRACK])
    for data in noise:
        if len(data) >= 12:
            try:
                uplink.receive(b"\x90" + data[1:], 0)
            except rtp.RtpError:
                pass
    assert len(uplink._by_ssrc) <= MAX_STREAMS


def test_renegotiation_keeps_what_stays() -> None:
    uplink = Uplink([AUDIO_TRACK, VIDEO_TRACK])
    audio = uplink.tracks[AUDIO]
    uplink.renegotiate([AUDIO_TRACK])
    assert uplink.tracks == {AUDIO: audio}


def test_mids_fit_one_word() -> None:
    assert mid_word("12").to_bytes(4, "big") == b"\x4112\0"
    assert send_time_word(64.5) == send_time_word(0.5)
    with pytest.raises(ValueError, match="1 to 3"):
        mid_word("1234")


@given(st.lists(st.integers(0, 400), min_size=1, max_size=200, unique=True), st.integers(0, 65535))
def test_loss_is_counted_right(order: list[int], base: int) -> None:
    """In any order within half the number space: lost = expected − received, and what is missing is exactly that (video)."""
    reception = Reception(1, 90000, repair=True)
    for index in order:
        reception.take((base + order[0] + (index - order[0])) & 0xFFFF, 0, 1, 0.0)
    newest = max(order)
    expected = newest - order[0] + 1
    assert reception.lost == max(0, expected - len(order))
    if not reception.given_up:
        missing = {(base + i) & 0xFFFF for i in range(order[0], newest) if i not in order}
        assert reception.missing.keys() <= {(base + i) & 0xFFFF for i in range(order[0], newest + 1)}
        assert missing <= reception.missing.keys() or len(reception.missing) == len(missing)


def test_nacks_wait_repeat_and_end() -> None:
    reception = Reception(1, 90000, repair=True)
    reception.take(10, 0, 1, 0.0)
    reception.take(12, 0, 1, 0.0)
    assert reception.due_nacks(FIRST_NACK / 2, 0) == []
    now = FIRST_NACK
    for _ in range(MAX_TRIES):
        assert reception.due_nacks(now, 0) == [11]
        assert reception.due_nacks(now + RETRY_NACK * 0.9, 0) == []
        now += RETRY_NACK
    assert reception.due_nacks(now, 0) == [] and reception.given_up and not reception.missing
    reception.take(12 + MAX_MISSING + 5, 0, 1, now)
    assert not reception.missing and reception.given_up


def test_report_blocks() -> None:
    reception = Reception(1, 90000, repair=False)
    for sequence in (65534, 65535, 0, 2):
        reception.take(sequence, 0, 10, 0.0)
    reception.sender_report(0x1234_5678_9ABC_DEF0, 1.0)
    block = reception.report(3.0)
    assert (block.fraction_lost, block.lost_total, block.highest, block.lsr, block.delay) == (51, 1, 65538, 0x56789ABC, 2 * 65536)
    assert reception.report(3.0).fraction_lost == 0


def test_what_is_repeated_of_a_stream_that_has_ended_is_not_taken_for_the_one_that_followed() -> None:
    """The source has changed its SSRC: numbers of the former stream mean other packets now."""
    uplink, viewer = Uplink([UplinkTrack(CAMERA, "1", "vp8", 96, mid_id=4, rtx_type=97)]), leg()
    uplink.tracks[CAMERA].attach(viewer)

    def repeated(ssrc: int, original: int) -> bytes:
        return packet(1, original.to_bytes(2, "big") + INTER, number=97, ssrc=ssrc)

    uplink.receive(packet(10, KEY), 0.0)
    uplink.receive(packet(12), 0.01)
    assert [one for one, *_ in uplink.receive(repeated(6, 11), 0.02)] == [viewer]
    uplink.receive(packet(500, KEY, ssrc=8), 0.1)
    reception = uplink.tracks[CAMERA].encodings[0].reception
    assert uplink.receive(repeated(6, 13), 0.11) == [] and reception.highest == 500
    uplink.receive(packet(502, ssrc=8), 0.12)
    assert [one for one, *_ in uplink.receive(repeated(9, 501), 0.13)] == [viewer], "the new stream has repairs of its own"


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.sampled_from([0, 128]),
    st.binary(max_size=60),
    st.integers(0, 127),
    st.booleans(),
)
def test_what_is_fanned_out_is_what_a_leg_writes(
    sequence: int, timestamp: int, marker: int, payload: bytes, number: int, lined: bool
) -> None:
    """The loop over viewers says once more what `Leg.write` says of one."""
    stored = (sequence, marker, timestamp, send_time_word(1.0), payload, None)
    legs, tally = [leg("7", number), leg("12", 96)], Tally()
    for one in legs:
        one.line = Sent() if lined else None
        one.start(stored, 1.0, tally)
    fanned = whole(fan_out(legs, stored, 1.0, tally))
    assert [(one.packets, one.octets) for one in legs] == [(1, len(payload))] * 2
    lines = [one.line for one in legs]
    for one in legs:
        one.line = Sent() if lined else None
    assert fanned == [(one, one.write(stored, 1.0)) for one in legs]
    for one, line in zip(legs, lines, strict=True):
        if line is not None and one.line is not None:
            assert (line.next, line.marks[0], line.streams[0]) == (one.line.next, one.line.marks[0], one.line.streams[0])
