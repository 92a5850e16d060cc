"""aiortc's `MediaRecorder` as its documentation shows it: what one participant sends, decoded as aiortc's receiver does, and recorded as WebM.

    python -m benchmarks.peers.media_recorder SECONDS TARGET

Prints the CPU seconds that it took, beginning and end of the file included; nothing waits for a clock. Decoding counts, since it can record nothing
that is not decoded.
"""

from __future__ import annotations

import asyncio
import fractions
import resource
import sys
from collections.abc import Iterator

from aiortc import MediaStreamTrack
from aiortc.codecs.opus import OpusDecoder
from aiortc.codecs.vpx import Vp8Decoder, VpxPayloadDescriptor
from aiortc.contrib.media import MediaRecorder
from aiortc.jitterbuffer import JitterFrame
from aiortc.mediastreams import MediaStreamError
from av.frame import Frame

from benchmarks.media_clip import AUDIO_RATE, FRAME_RATE, clip


class _Received(MediaStreamTrack):
    """A track whose frames are there at once, `after` another has given its first: the recorder cannot set the picture's size once it has written
    sound."""

    def __init__(self, kind: str, frames: Iterator[Frame], after: asyncio.Event | None = None) -> None:
        super().__init__()
        self.kind = kind
        self.ended, self.taken = asyncio.Event(), asyncio.Event()
        self._frames, self._after, self._given = frames, after, 0

    async def recv(self) -> Frame:
        if self._after is not None:
            await self._after.wait()
        # Both tracks take turns, as they would in life.
        await asyncio.sleep(0)
        if self._given:
            self.taken.set()
        self._given += 1
        frame = next(self._frames, None)
        if frame is None:
            self.ended.set()
            raise MediaStreamError
        return frame


def _pictures(seconds: int) -> Iterator[Frame]:
    decoder = Vp8Decoder()
    for number in range(seconds * FRAME_RATE):
        packets = clip().video[number % len(clip().video)]
        data = b"".join(VpxPayloadDescriptor.parse(packet)[1] for packet in packets)
        yield from decoder.decode(JitterFrame(data, number * 90_000 // FRAME_RATE))


def _sounds(seconds: int) -> Iterator[Frame]:
    decoder = OpusDecoder()
    for number in range(seconds * AUDIO_RATE):
        for frame in decoder.decode(JitterFrame(clip().audio[number % len(clip().audio)], number * 48_000 // AUDIO_RATE)):
            frame.time_base = fractions.Fraction(1, 48_000)
            yield frame


async def record(seconds: int, target: str) -> float:
    """CPU seconds of this process for one participant's recording of so many seconds."""
    clip()
    before = resource.getrusage(resource.RUSAGE_SELF)
    recorder = MediaRecorder(target, format="webm")
    pictures = _Received("video", _pictures(seconds))
    tracks = [_Received("audio", _sounds(seconds), after=pictures.taken), pictures]
    for track in tracks:
        recorder.addTrack(track)
    await recorder.start()
    async with asyncio.timeout(20 * seconds):
        for track in tracks:
            await track.ended.wait()
    await recorder.stop()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    print(asyncio.run(record(int(sys.argv[1]), sys.argv[2])))
