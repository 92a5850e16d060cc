from __future__ import annotations

import struct

import pytest
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from rooms.media import rtp
from rooms.media.rtp import RtpError
from signaling.negotiation import LEVEL_URI, MID_URI
from tests.rooms.media.packets import Packet, parse

MAP = HeaderExtensionsMap()
MAP.configure(
    RTCRtpParameters(
        headerExtensions=[RTCRtpHeaderExtensionParameters(id=4, uri=MID_URI), RTCRtpHeaderExtensionParameters(id=1, uri=LEVEL_URI)]
    )
)


@given(
    sequence=st.integers(0, 65535),
    timestamp=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=50),
    csrc=st.lists(st.integers(0, 2**32 - 1), max_size=15),
    padding=st.integers(0, 255),
    mid=st.none() | st.text("abc0", min_size=1, max_size=3),
    level=st.none() | st.integers(0, 127),
)
def test_every_packet_of_another_implementation_is_read(sequence, timestamp, payload, csrc, padding, mid, level) -> None:
    packet = RtpPacket(payload_type=96, sequence_number=sequence, timestamp=timestamp, ssrc=7, payload=payload, marker=1)
    packet.csrc = csrc
    packet.padding_size = padding
    packet.extensions.mid = mid
    packet.extensions.audio_level = None if level is None else (True, level)
    data = packet.serialize(MAP)
    assert parse(data) == Packet(True, 96, sequence, timestamp, 7, payload)
    assert rtp.extension(data, 4) == (mid.encode() if mid else None)
    assert rtp.extension(data, 1) == (bytes([128 | level]) if level is not None else None)


@given(st.binary(max_size=60))
def test_noise_is_read_or_refused(data: bytes) -> None:
    for wanted in range(1, 15):
        rtp.extension(data, wanted)
    try:
        start, end = rtp.payload_span(data)
    except RtpError:
        return
    assert 12 <= start <= end <= len(data)


@given(st.sampled_from(["vp8", "h264", "opus"]), st.binary(max_size=12))
def test_keyframe_detection_survives_any_payload(codec: str, payload: bytes) -> None:
    rtp.begins_keyframe(codec, payload)


@given(st.none() | st.integers(0, 32767), st.none() | st.integers(0, 255), st.none() | st.integers(0, 31), st.integers(0, 1))
def test_vp8_descriptors(picture: int | None, tl0: int | None, keyidx: int | None, inter: int) -> None:
    descriptor = VpxPayloadDescriptor(partition_start=1, partition_id=0, picture_id=picture, tl0picidx=tl0, keyidx=keyidx)
    head = bytes(descriptor)
    payload = head + bytes([0x50 | inter]) + b"rest"
    assert rtp.vp8_head(payload) == len(head)
    assert rtp.begins_keyframe("vp8", payload) is (inter == 0)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"\x67\x42", True),
        (b"\x65\x88", True),
        (b"\x41\x9a", False),
        (b"\x78\x00\x02\x67\x42", True),
        (b"\x7c\x85\x00", True),
        (b"\x7c\x05\x00", False),
        (b"", False),
    ],
)
def test_h264_keyframes(payload: bytes, expected: bool) -> None:
    assert rtp.begins_keyframe("h264", payload) is expected


def test_a_packet_of_another_version() -> None:
    with pytest.raises(RtpError):
        parse(struct.pack("!BBHII", 0x40, 96, 1, 1, 1))
