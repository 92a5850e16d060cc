"""The test clip's pictures and sound as H.264 and Opus, sent as RTP and put together again as the recorder does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import av
from aiortc.codecs.h264 import H264Encoder

from rehearsal import clip
from rooms.media.assembly import Assembler, Frame
from rooms.media.muxer import SegmentMuxer, SegmentPlan
from rooms.media.segments import SegmentIndex, file_of, read_segment

KEY = bytes(range(32))
RATE = clip.FRAME_RATE
Timed = tuple[float, Frame]
"""(seconds, frame)"""


@cache
def encoded(seconds: float, width: int = clip.WIDTH, keyint: int = RATE) -> tuple[bytes, ...]:
    """Access units with start codes, `RATE` a second; parameter sets before each keyframe, as browsers send them."""
    height = width * 9 // 16
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = width, height, "yuv420p", 1  # type: ignore[assignment]
    settings = f"keyint={keyint}:min-keyint={keyint}:scenecut=0:annexb=1:repeat-headers=1"
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "x264-params": settings}
    made = []
    for number in range(round(seconds * RATE)):
        white = number % RATE < RATE // 5
        frame = av.VideoFrame(width, height, "yuv420p")
        luma = frame.planes[0]
        row = bytes([235]) * luma.line_size if white else bytes((x + 4 * number) % 200 // 2 + 16 for x in range(luma.line_size))
        luma.update(row * (luma.buffer_size // luma.line_size))
        for plane in frame.planes[1:]:
            plane.update(b"\x80" * plane.buffer_size)
        frame.pts = number
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(made)


def pictures(units: tuple[bytes, ...], begin: float = 0.0, kind: str = "camera", lost: frozenset[int] = frozenset()) -> Iterator[Timed]:
    """Through packets of another implementation; `lost` are numbers of packets that never arrive."""
    assembler, packer, sequence = Assembler(kind, "h264"), H264Encoder(), 0
    for number, unit in enumerate(units):
        source = av.Packet(unit)
        source.pts, source.time_base = number * 3000, 1  # type: ignore[assignment]
        payloads, _ = packer.pack(source)
        for place, payload in enumerate(payloads):
            if sequence not in lost:
                for frame in assembler.push(1, sequence & 0xFFFF, place == len(payloads) - 1, number * 3000, payload):
                    yield begin + frame.timestamp / 90_000, frame
            sequence += 1


def sounds(begin: float, end: float) -> Iterator[Timed]:
    """The tone of the clip, which begins with each full second of the file."""
    audio = clip.load().audio
    for number in range(round(begin * 50), round(end * 50)):
        yield number / 50, Frame("audio", audio[number % len(audio)], number * 960, True)


def record(
    folder: Path, *timed: Iterator[Timed], name: str = "a-0001", kinds: tuple[str, ...] = ("audio", "camera"), begin: float = 1000.0
) -> Path:
    """One segment of these frames, in the order of their times. Its file."""
    codecs = {kind: "opus" if kind == "audio" else "h264" for kind in kinds}
    muxer = SegmentMuxer(SegmentPlan(folder, name, KEY, codecs, {"session": "s", "seat": "a", "part": "main"}))
    for at, frame in sorted((one for source in timed for one in source), key=lambda one: one[0]):
        assert muxer.takes(frame)
        muxer.add(frame, begin + at, 0)
    muxer.close("ended", 0)
    return file_of(folder, name)


def plain(path: Path) -> bytes:
    """What is exported."""
    return b"".join(read_segment(path, KEY))


def chunks(path: Path) -> list[bytes]:
    return [SegmentIndex(path, KEY).read(number, number)[0] for number in range(len(SegmentIndex(path, KEY).chunks))]
