from __future__ import annotations

import random
import struct

import av
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal import clip
from rooms.media.assembly import AUDIO_WINDOW, VIDEO_WINDOW, Assembler, Frame
from rooms.media.rtp import RtpError
from tests.rooms.media.packets import parse


def rtp(sequence: int, timestamp: int, payload: bytes, *, marker: bool, ssrc: int = 1) -> bytes:
    return struct.pack("!BBHII", 0x80, 96 | marker << 7, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def _packets(encoder: Vp8Encoder | H264Encoder, frames: list[bytes], start: int, ssrc: int = 1) -> list[bytes]:
    """Packetised by another implementation."""
    out = []
    for number, data in enumerate(frames):
        source = av.Packet(data)
        source.pts, source.time_base = number * 3000, 1
        payloads, _ = encoder.pack(source)
        for place, payload in enumerate(payloads):
            out.append(rtp(start + len(out), number * 3000, payload, marker=place == len(payloads) - 1, ssrc=ssrc))
    return out


FRAMES = [data for data, _ in clip.load().video[:70]]


def _push(assembler: Assembler, packets: list[bytes]) -> list[Frame]:
    return [frame for data in packets for frame in push(assembler, data)]


def push(assembler: Assembler, data: bytes) -> list[Frame]:
    packet = parse(data)
    return assembler.push(packet.ssrc, packet.sequence, packet.marker, packet.timestamp, packet.payload)


@given(seed=st.integers(0, 1000), start=st.integers(0, 65535))
@settings(max_examples=15, deadline=None)
def test_frames_come_back_whatever_the_order(seed: int, start: int) -> None:
    packets = _packets(Vp8Encoder(), FRAMES, start)
    shuffle = random.Random(seed)
    places = {data: place + shuffle.random() * 12 for place, data in enumerate(packets)}
    late = [packets[0], *sorted(packets[1:], key=lambda data: places[data])]
    frames = _push(Assembler("camera", "vp8"), late)
    assert [f.data for f in frames] == FRAMES
    assert [n for n, f in enumerate(frames) if f.keyframe] == [0, 30, 60]
    assert frames[0].size == (clip.WIDTH, clip.HEIGHT)


@given(lost=st.sets(st.integers(1, 120), min_size=1, max_size=6))
@settings(max_examples=20, deadline=None)
def test_after_a_loss_only_what_can_be_decoded_comes(lost: set[int]) -> None:
    packets = _packets(Vp8Encoder(), FRAMES * 3, 7)
    assembler = Assembler("camera", "vp8")
    frames = _push(assembler, [p for n, p in enumerate(packets) if n not in lost])
    assert assembler.gaps >= 1
    previous = -1
    for frame in frames:
        number = frame.timestamp // 3000
        assert frame.data == (FRAMES * 3)[number]
        assert frame.keyframe or number == previous + 1, "a frame follows its predecessor or is a keyframe"
        previous = number
    assert frames[-1].timestamp // 3000 >= len(FRAMES) * 3 - 31


def test_h264_frames_come_back() -> None:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 320, 180, "yuv420p", 1
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "keyint=10:annexb=1"}
    made = []
    for number in range(25):
        frame = av.VideoFrame(320, 180, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([number * 7 % 255]) * plane.buffer_size)
        frame.pts = number
        made += [bytes(p) for p in encoder.encode(frame)]
    frames = _push(Assembler("camera", "h264"), _packets(H264Encoder(), made, 3))
    assert len(frames) == 25 and [n for n, f in enumerate(frames) if f.keyframe] == [0, 10, 20]
    decoder = av.CodecContext.create("h264", "r")
    assert sum(len(decoder.decode(av.Packet(f.data))) for f in frames) + len(decoder.decode(None)) == 25


def test_audio_goes_on_after_a_loss() -> None:
    assembler = Assembler("audio", "opus")
    packets = [rtp(n, n * 960, bytes([n]), marker=False) for n in range(60)]
    frames = _push(assembler, packets[:10] + packets[11:])
    assert [f.data[0] for f in frames] == [*range(10), *range(11, 60)]
    assert assembler.gaps == 1 and AUDIO_WINDOW < 60


def test_a_new_stream_begins_anew() -> None:
    assembler = Assembler("camera", "vp8")
    _push(assembler, _packets(Vp8Encoder(), FRAMES[:10], 100))
    frames = _push(assembler, _packets(Vp8Encoder(), FRAMES[5:40], 9000, ssrc=2))
    assert frames[0].keyframe and frames[0].data == FRAMES[30]


@given(st.lists(st.binary(max_size=40), max_size=40), st.sampled_from(["vp8", "h264"]))
def test_noise_is_bounded(noise: list[bytes], codec: str) -> None:
    assembler = Assembler("camera", codec)
    for data in noise:
        try:
            push(assembler, b"\x80" + data)
        except RtpError:
            pass
    assert len(assembler._held) <= VIDEO_WINDOW
