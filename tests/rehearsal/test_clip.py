from __future__ import annotations

import inspect
from pathlib import Path

import av
from aiortc import RTCDtlsTransport

from rehearsal import clip


def test_the_clip_plays_and_counts_its_frames(tmp_path: Path) -> None:
    made = clip.load(tmp_path)
    assert clip.load(tmp_path) == made
    assert [n for n, (_, key) in enumerate(made.video) if key] == list(range(0, clip.SECONDS * clip.FRAME_RATE, clip.FRAME_RATE))
    assert abs(len(made.audio) - clip.SECONDS * 50) <= 1
    decoder = av.CodecContext.create("vp8", "r")
    for number, (data, _) in enumerate(made.video[:40]):
        (frame,) = decoder.decode(av.Packet(data))
        line = bytes(frame.planes[0])[(clip.HEIGHT - 16) * frame.planes[0].line_size :][: clip.WIDTH]
        assert sum(1 << bit for bit in range(16) if line[bit * 32 + 16] > 128) == number


def test_the_peer_takes_packets_where_aiortc_hands_them_over() -> None:
    assert list(inspect.signature(RTCDtlsTransport._handle_rtp_data).parameters) == ["self", "data", "arrival_time_ms"]
