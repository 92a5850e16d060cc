"""What is recorded of somebody whose line up loses: a relay drops 5 % both ways and delays by up to 50 ms more; the sender repeats what it is asked for."""

from __future__ import annotations

import asyncio
import io
import itertools
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from benchmarks.figures import Figure, figure
from benchmarks.line_relay import Fate, LineRelay
from benchmarks.load import LoadPeer
from benchmarks.media_clip import AUDIO_RATE, clip
from rooms.media import rtcp
from rooms.media.segments import read_segment, recover
from rooms.media.worker_process import MediaWorkerProcess

ROOM, SEAT, KEY = "uplink", "a", bytes(range(32))
ROUNDS, SECONDS = 3, 20.0
KEPT = 1024
"""Packets of each stream that can be repeated."""


class RepairingPeer(LoadPeer):
    """Repeats the packets that it is asked for, of sound too."""

    def __init__(self) -> None:
        super().__init__()
        self.repeated = 0
        self._kept: dict[tuple[int, int], bytes] = {}

    def offer(self, kinds: str = "audio video", direction: str = "sendonly") -> str:
        opus = "a=rtpmap:111 opus/48000/2\r\n"
        return super().offer(kinds, direction).replace(opus, opus + "a=rtcp-fb:111 nack\r\n")

    def datagram_received(self, data: bytes, addr: object) -> None:
        super().datagram_received(data, addr)
        if data[0] >= 128 and 192 <= data[1] <= 223:
            for report in rtcp.parse(self._secure.unprotect_rtcp(data)):
                if isinstance(report, rtcp.Nack):
                    for sequence in report.lost:
                        if (kept := self._kept.get((report.ssrc, sequence))) is not None:
                            self.send(kept)
                            self.repeated += 1

    def _packet(self, ssrc: int, number: int, mid: bytes, sequence: int, timestamp: int, payload: bytes) -> bytes:
        data = super()._packet(ssrc, number, mid, sequence, timestamp, payload)
        self._kept[ssrc, sequence & 0xFFFF] = data
        self._kept.pop((ssrc, (sequence - KEPT) & 0xFFFF), None)
        return data


@dataclass(frozen=True, slots=True)
class Recorded:
    """`audio_gap`: longest time without sound, in s; `errors`: packets that did not decode; `pictures` of those in `seconds`; `repeated` packets."""

    audio_gap: float
    errors: int
    pictures: int
    seconds: float
    repeated: int


async def recorded(seconds: float, seed: int, loss: float = 0.05) -> Recorded:
    """Record one sender over such a line, and read the recording."""
    clip()
    fate, peer = Fate(loss, 0.0, 0.05), RepairingPeer()
    with tempfile.TemporaryDirectory(prefix="heyi-uplink-") as name:
        media = await MediaWorkerProcess.start(lambda event: None, tcp=False)
        relay = await LineRelay(("127.0.0.1", media.port), fate, fate, seed).open()
        try:
            await media.open_room(ROOM)
            await media.set_routes(ROOM, 1, {}, [SEAT])
            await media.start_recording(ROOM, "s1", [SEAT], name, KEY)
            await peer.connect(relay.through((await media.publish(ROOM, SEAT, peer.offer())).answer))
            peer.play(0)
            await asyncio.sleep(seconds)
            await media.stop_recording(ROOM, "s1")
        finally:
            await peer.close()
            relay.close()
            await media.stop()
        return await asyncio.to_thread(_read, Path(name), peer.repeated)


def _read(folder: Path, repeated: int) -> Recorded:
    sounds: list[float] = []
    shown: list[float] = []
    errors = 0
    (segment,) = recover(folder)
    data = b"".join(read_segment(segment.path, KEY))
    container: Any = av.open(io.BytesIO(data))
    with container:
        for stream in container.streams:
            stream.codec_context.options = {"err_detect": "explode"}
        for packet in container.demux():
            if packet.pts is None:
                continue
            at = float(packet.pts * packet.time_base)
            if packet.stream.type == "audio":
                sounds.append(at)
            try:
                shown += [at for frame in packet.decode() if isinstance(frame, av.VideoFrame)]
            except av.FFmpegError:
                errors += 1
    gap = max(b - a for a, b in itertools.pairwise(sounds)) - 1 / AUDIO_RATE
    return Recorded(gap, errors, len(shown), shown[-1] - shown[0], repeated)


async def losses(rounds: int = ROUNDS, seconds: float = SECONDS) -> list[Figure]:
    found = [await recorded(seconds, seed) for seed in range(rounds)]
    return [
        figure("recording.loss5.audio_gap", "ms", [max(0.0, 1000 * one.audio_gap) for one in found], goal=60.0, digits=0),
        figure("recording.loss5.errors", "packets", [one.errors for one in found], goal=0.0, digits=0),
    ]
