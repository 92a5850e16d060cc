"""A synthetic test clip, encoded once and kept: what headless peers send.

VP8 360p at 30 frames a second with a keyframe each second, and Opus, both ten seconds long and free of any person's picture or
voice. The picture carries its frame number as a row of 16 black and white squares; at the first fifth of each second the picture
flashes white and a 880 Hz tone sounds, so that whoever decodes a recording can measure the sync of picture and sound.
"""

from __future__ import annotations

import array
import fractions
import math
import os
import pickle
import tempfile
from dataclasses import dataclass
from pathlib import Path

import av

SECONDS = 10
FRAME_RATE = 30
WIDTH, HEIGHT = 640, 360
_VERSION = 3
_SQUARE = 32
_FLASH_FRAMES = 6


@dataclass(frozen=True, slots=True)
class Clip:
    """Encoded frames in order: video as (data, keyframe), audio as data of 20 ms each."""

    video: tuple[tuple[bytes, bool], ...]
    audio: tuple[bytes, ...]


def load(directory: Path | None = None) -> Clip:
    """The clip, from `directory` (the user's temporary folder by default) or freshly encoded, which takes a few seconds."""
    folder = directory if directory is not None else Path(tempfile.gettempdir()) / f"heyi-clip-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"clip-{_VERSION}.pickle"
    # Only a file of our own is unpickled: somebody else's could run code.
    if path.exists() and path.stat().st_uid == os.getuid() and folder.stat().st_uid == os.getuid():
        video, audio = pickle.loads(path.read_bytes())  # noqa: S301 - see above
        return Clip(video, audio)
    clip = Clip(tuple(_encode_video()), tuple(_encode_audio()))
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(pickle.dumps((clip.video, clip.audio)))
    draft.replace(path)
    return clip


def picture(number: int) -> bytes:
    """The luma plane of frame `number`: height × width bytes."""
    if number % FRAME_RATE < _FLASH_FRAMES:
        body = bytes([235]) * (WIDTH * (HEIGHT - _SQUARE))
    else:
        stripes = bytes((x + 4 * number) % 220 // 2 + 16 for x in range(WIDTH + HEIGHT))
        body = b"".join(stripes[y : y + WIDTH] for y in range(HEIGHT - _SQUARE))
    squares = b"".join(bytes([235 if number >> bit & 1 else 16]) * _SQUARE for bit in range(16))
    return body + squares.ljust(WIDTH, b"\x10") * _SQUARE


def _encode_video() -> list[tuple[bytes, bool]]:
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base = fractions.Fraction(1, FRAME_RATE)
    encoder.bit_rate = 700_000
    encoder.gop_size = FRAME_RATE
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0", "keyint_min": str(FRAME_RATE)}
    packets = []
    for number in range(SECONDS * FRAME_RATE):
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        # A line of a plane may be longer in memory than the picture is wide.
        lines = picture(number)
        pad = bytes(frame.planes[0].line_size - WIDTH)
        frame.planes[0].update(b"".join(lines[y * WIDTH : (y + 1) * WIDTH] + pad for y in range(HEIGHT)))
        for plane in frame.planes[1:]:
            plane.update(b"\x80" * plane.buffer_size)
        frame.pts = number
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return [(bytes(p), bool(p.is_keyframe)) for p in packets]


def _encode_audio() -> list[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "stereo", "s16"
    encoder.bit_rate = 32_000
    encoder.time_base = fractions.Fraction(1, 48000)
    packets = []
    for number in range(SECONDS * 50):
        wave = array.array("h")
        for instant in range(number * 960, number * 960 + 960):
            loud = instant % 48000 < 48000 * _FLASH_FRAMES // FRAME_RATE
            wave.extend([int(12000 * math.sin(instant * 2 * math.pi * 880 / 48000)) if loud else 0] * 2)
        frame = av.AudioFrame("s16", "stereo", 960)
        frame.planes[0].update(wave.tobytes())
        frame.sample_rate, frame.pts = 48000, number * 960
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return [bytes(p) for p in packets]
