"""Recordings as phones and browsers make them, some seconds long, made by PyAV."""

from __future__ import annotations

import array
import io
import math
from fractions import Fraction

import av

SAMPLES = 960
TONE = array.array("h", [int(8000 * math.sin(n * 0.05)) for n in range(SAMPLES)]).tobytes()


def recording(
    container: str = "webm",
    picture: str = "libvpx",
    sound: str = "libopus",
    seconds: float = 2,
    side: int = 160,
    stretch: int = 1,
    options: dict[str, str] | None = None,
) -> bytes:
    """`stretch`: so much slower than it was recorded, by its timestamps."""
    out = io.BytesIO()
    with av.open(out, "w", format=container, options=options or {}) as made:
        video = made.add_stream(picture, rate=10) if picture else None
        audio = made.add_stream(sound, rate=48000, layout="mono") if sound else None
        if video is not None:
            video.width, video.height, video.pix_fmt = side, side, "yuv420p"  # type: ignore[union-attr]
            for n in range(int(seconds * 10)):
                frame = av.VideoFrame(side, side, "yuv420p")
                for plane in frame.planes:
                    plane.update(bytes([n % 256]) * plane.buffer_size)
                frame.pts, frame.time_base = n, Fraction(1, 10)
                made.mux(_stretched(video.encode(frame), stretch))  # type: ignore[union-attr]
            made.mux(_stretched(video.encode(None), stretch))  # type: ignore[union-attr]
        if audio is not None:
            for n in range(int(seconds * 48000 / SAMPLES)):
                heard = av.AudioFrame("s16", "mono", SAMPLES)
                heard.planes[0].update(TONE)
                heard.sample_rate, heard.pts, heard.time_base = 48000, n * SAMPLES, Fraction(1, 48000)
                made.mux(_stretched(audio.encode(heard), stretch))  # type: ignore[union-attr]
            made.mux(_stretched(audio.encode(None), stretch))  # type: ignore[union-attr]
    return out.getvalue()


def _stretched(packets: list[av.Packet], stretch: int) -> list[av.Packet]:
    for packet in packets:
        packet.pts, packet.dts = (None if at is None else at * stretch for at in (packet.pts, packet.dts))
    return packets
