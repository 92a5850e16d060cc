"""A person's microphone and camera in simulated time: packets and sender reports of the test clip, from clocks of which no two run alike.

The camera's clock counts true seconds. The microphone's runs fast or slow beside it, and so does the time of day that sender reports tell, which may be
wrong by years. What is seen and heard happens at the same true moment nevertheless, as in life: a microphone whose clock is fast has a packet
more now and then, so that a beep begins within 10 ms of its flash.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.clip import FRAME_RATE, SECONDS, Clip
from rooms.media import rtcp
from rooms.media.rewrite import Stored

PACKET_RATE = 50
MAX_PAYLOAD = 1100
AUDIO_REPORTS, CAMERA_REPORTS = 5.0, 1.0
"""Seconds between two sender reports, as browsers send them."""
SSRC = {"audio": 1, "camera": 2}
KINDS = {"audio": "opus", "camera": "vp8"}
_EPOCH = 2_208_988_800  # seconds from 1900 to 1970 (RFC 5905 section 6)

Arrival = tuple[float, str, Stored | rtcp.SenderReport]
"""(seconds since the beginning, kind, what arrived)"""


@dataclass(frozen=True, slots=True)
class Sender:
    """`ppm`: how much faster the microphone's clock runs than the camera's; `day_ppm` and `day_wrong` (s): how the sender's time of day goes.
    `delay` and `jitter` in s of the line."""

    clip: Clip
    began: float = 1_780_000_000.0
    ppm: float = 0.0
    day_ppm: float = 0.0
    day_wrong: float = 0.0
    delay: float = 0.02
    jitter: float = 0.01
    seed: int = 1

    def arrivals(self, seconds: float) -> Iterator[Arrival]:
        """In the order of their arrival."""
        chance, latest = random.Random(self.seed), 0.0  # noqa: S311  (a line that shakes the same each time)
        for sent, kind, what in heapq.merge(self._pictures(seconds), self._sounds(seconds), self._reports(seconds), key=lambda one: one[0]):
            # What was sent first comes first.
            latest = max(latest, sent + self.delay + chance.random() * self.jitter)
            yield latest, kind, what

    def _pictures(self, seconds: float) -> Iterator[Arrival]:
        sequence = 0
        for number in range(int(seconds * FRAME_RATE)):
            data, _ = self.clip.video[number % (SECONDS * FRAME_RATE)]
            for at in range(0, len(data), MAX_PAYLOAD):
                # The VP8 descriptor, with the S bit in the first packet of a picture (RFC 7741).
                payload = (b"\x00" if at else b"\x10") + data[at : at + MAX_PAYLOAD]
                marker = 128 if at + MAX_PAYLOAD >= len(data) else 0
                yield number / FRAME_RATE, "camera", (sequence & 0xFFFF, marker, _camera(number / FRAME_RATE), 0, payload, None)
                sequence += 1

    def _sounds(self, seconds: float) -> Iterator[Arrival]:
        for number in itertools.count():
            at = number / PACKET_RATE / (1 + self.ppm / 1e6)
            if at >= seconds:
                return
            payload = self.clip.audio[round(at * PACKET_RATE) % (SECONDS * PACKET_RATE)]
            yield at, "audio", (number & 0xFFFF, 0, number * 960 & 0xFFFFFFFF, 0, payload, None)

    def _reports(self, seconds: float) -> Iterator[Arrival]:
        camera = ((at * CAMERA_REPORTS, "camera") for at in range(1, int(seconds / CAMERA_REPORTS)))
        audio = ((0.7 + at * AUDIO_REPORTS, "audio") for at in range(int(seconds / AUDIO_REPORTS)))
        for at, kind in heapq.merge(camera, audio):
            day = self.began + self.day_wrong + at * (1 + self.day_ppm / 1e6) + _EPOCH
            clock = _camera(at) if kind == "camera" else int(at * 48000 * (1 + self.ppm / 1e6)) & 0xFFFFFFFF
            yield at, kind, rtcp.SenderReport(SSRC[kind], int(day * (1 << 32)), clock)


def _camera(at: float) -> int:
    return round(at * 90000) & 0xFFFFFFFF
