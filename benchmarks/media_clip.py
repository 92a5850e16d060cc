"""What the light peers send: packets of a clip that is encoded once, before anything is measured, and replayed.

VP8, 640 × 360, 30 pictures a second, a keyframe each second, 750 kbit/s; the same in a quarter of the size at 90 kbit/s, as the small layer of a camera; Opus,
50 packets a second, 32 kbit/s. The picture is moving noise, since an encoder would spend less on an easy one. Four seconds, over and over.
"""

from __future__ import annotations

import array
import fractions
import functools
import random
from dataclasses import dataclass

import av

SECONDS = 4
WIDTH, HEIGHT, FRAME_RATE, AUDIO_RATE = 640, 360, 30, 50
VIDEO_BITRATE, SMALL_BITRATE, AUDIO_BITRATE = 750_000, 90_000, 32_000
NOISE = 4
"""Grey levels. More, and the encoder does not keep to its rate."""
MAX_PAYLOAD = 1100
"""Bytes of one packet's payload, as browsers cut them."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Payloads in order: `video` by picture, each in packets with their VP8 descriptor (RFC 7741); `audio` one a packet."""

    video: tuple[tuple[bytes, ...], ...]
    audio: tuple[bytes, ...]


@functools.cache
def clip() -> Clip:
    return Clip(tuple(_packets(frame) for frame in _encode_video(WIDTH, HEIGHT, VIDEO_BITRATE)), tuple(_encode_audio()))


@functools.cache
def small() -> tuple[tuple[bytes, ...], ...]:
    """The video in its small layer."""
    return tuple(_packets(frame) for frame in _encode_video(WIDTH // 2, HEIGHT // 2, SMALL_BITRATE))


def _packets(frame: bytes) -> tuple[bytes, ...]:
    parts = [frame[at : at + MAX_PAYLOAD] for at in range(0, len(frame), MAX_PAYLOAD)]
    # The S bit: the first packet of a partition.
    return tuple((b"\x10" if place == 0 else b"\x00") + part for place, part in enumerate(parts))


def _encode_video(width: int, height: int, bitrate: int) -> list[bytes]:
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = fractions.Fraction(1, FRAME_RATE)
    encoder.bit_rate, encoder.gop_size = bitrate, FRAME_RATE
    encoder.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "auto-alt-ref": "0",
        "keyint_min": str(FRAME_RATE),
        "minrate": str(bitrate),
        "maxrate": str(bitrate),
        "bufsize": str(bitrate),
    }
    # Noise of a few grey levels on a slope that moves.
    chance = random.Random(1)
    noise = bytes(96 + place % WIDTH // 8 + chance.randrange(NOISE) for place in range(WIDTH * (HEIGHT + 64)))
    encoded = []
    for number in range(SECONDS * FRAME_RATE):
        frame = av.VideoFrame(width, height, "yuv420p")
        at = number % 60 * (WIDTH + 3)
        for place, plane in enumerate(frame.planes):
            rows = [noise[at + row * WIDTH :][: plane.width].ljust(plane.line_size, b"\0") for row in range(plane.height)]
            plane.update(b"".join(rows) if place == 0 else b"\x80" * plane.buffer_size)
        frame.pts = number
        encoded += encoder.encode(frame)
    encoded += encoder.encode(None)
    return [bytes(p) for p in encoded]


def _encode_audio() -> list[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "stereo", "s16"
    encoder.bit_rate, encoder.time_base = AUDIO_BITRATE, fractions.Fraction(1, 48000)
    encoder.options = {"vbr": "off"}
    noise, encoded = random.Random(2), []
    for number in range(SECONDS * AUDIO_RATE):
        frame = av.AudioFrame("s16", "stereo", 960)
        frame.planes[0].update(array.array("h", [noise.randrange(-6000, 6000) for _ in range(1920)]).tobytes())
        frame.sample_rate, frame.pts = 48000, number * 960
        encoded += encoder.encode(frame)
    encoded += encoder.encode(None)
    return [bytes(p) for p in encoded]
