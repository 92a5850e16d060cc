"""A participant without a browser: publishes the test clip as it was encoded, and counts what it receives.

One connection up, one down, as a browser has them. Signalling is given as callables, so that the same peer speaks to a bare media
worker in a test and over the project's websocket in a rehearsal. What arrives is counted per source and kind, and of each source's video the
first picture alone is decoded: the packets are taken where aiortc hands them from SRTP to its receivers, whose decoders would otherwise run
for nothing.
"""

from __future__ import annotations

import asyncio
import fractions
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from rehearsal.clip import FRAME_RATE, SECONDS, Clip
from rehearsal.picture import FirstPicture

Publish = Callable[[str], Awaitable[str]]
"""Takes our offer, gives the server's answer."""


@dataclass(slots=True)
class Received:
    """Counts of one track: `frames` are marked packets for video and packets for audio, `gaps` jumps of the sequence number.

    `picture_at`: when its first picture was decoded, on the monotonic clock in seconds; 0 before.
    """

    packets: int = 0
    octets: int = 0
    frames: int = 0
    gaps: int = 0
    last_sequence: int = -1
    last_at: float = 0.0
    picture_at: float = 0.0

    def count(self, data: bytes) -> None:
        sequence = int.from_bytes(data[2:4], "big")
        if self.last_sequence >= 0 and sequence != (self.last_sequence + 1) & 0xFFFF:
            self.gaps += 1
        self.last_sequence = sequence
        self.packets += 1
        self.octets += len(data)
        self.frames += data[1] >> 7
        self.last_at = time.monotonic()


class _Reel:
    """What both tracks of one peer have skipped of the clip, in pictures, so that picture and sound stay together.

    A browser that is asked for a keyframe encodes one at once; here one was encoded for every second, so the clip goes on with the next.
    """

    def __init__(self) -> None:
        self.skipped = 0
        self.next = 0

    def next_keyframe(self) -> None:
        gap = -self.next % FRAME_RATE
        self.skipped += gap
        self.next += gap


class _ClipTrack(MediaStreamTrack):
    """Plays the clip over and over, in real time, as encoded packets."""

    def __init__(self, kind: str, frames: list[bytes], rate: int, clock_rate: int, reel: _Reel) -> None:
        super().__init__()
        self.kind = kind
        self._reel = reel
        self._frames = frames
        self._rate = rate
        self._clock_rate = clock_rate
        self._number = 0
        self._begun: float | None = None

    async def recv(self) -> Any:
        now = time.monotonic()
        if self._begun is None:
            self._begun = now
        await asyncio.sleep(max(0.0, self._begun + self._number / self._rate - now))
        place = self._number + round(self._reel.skipped * self._rate / FRAME_RATE)
        if self.kind == "video":
            self._reel.next = place + 1
        packet = av.Packet(self._frames[place % (SECONDS * self._rate)])
        packet.pts = packet.dts = self._number * self._clock_rate // self._rate
        packet.time_base = fractions.Fraction(1, self._clock_rate)
        self._number += 1
        return packet


class HeadlessPeer:
    """`seat` is only a label. Use: `await publish(...)`, answer each offer by `handle_offer`, read `received`, `await close()`."""

    def __init__(self, seat: str, clip: Clip) -> None:
        self.seat = seat
        self._clip = clip
        self._up: RTCPeerConnection | None = None
        self._down: RTCPeerConnection | None = None
        self._hooked: set[int] = set()
        self._sources: dict[int, tuple[str, str]] = {}
        self._pictures: dict[tuple[str, str], FirstPicture] = {}
        self.received: dict[tuple[str, str], Received] = {}
        """(source seat, kind) → counts, since the source was first offered."""

    async def publish(self, send: Publish, *, camera: bool = True) -> None:
        """Connect upwards and begin to send. A second call replaces the connection, as a browser that reconnects does."""
        former, self._up = self._up, _new_connection()
        reel = _Reel()
        self._up.addTrack(_ClipTrack("audio", list(self._clip.audio), 50, 48000, reel))
        if camera:
            sender = self._up.addTrack(_ClipTrack("video", [data for data, _ in self._clip.video], FRAME_RATE, 90000, reel))
            sender._send_keyframe = reel.next_keyframe  # type: ignore[method-assign]
        await self._up.setLocalDescription(await self._up.createOffer())
        answer = await send(self._up.localDescription.sdp)
        await self._up.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        if former is not None:
            await former.close()

    async def handle_offer(self, sdp: str, *, fresh: bool = False) -> str:
        """Answer an offer for the downlink; `fresh` when it is the first one of a new connection."""
        if self._down is None or fresh:
            if self._down is not None:
                await self._down.close()
            self._down = _new_connection()
        for ssrc, seat, kind in re.findall(r"a=ssrc:(\d+) msid:\S+ ([\w-]+):(\w+)", sdp):
            self._sources[int(ssrc)] = (seat, kind)
        await self._down.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self._down.setLocalDescription(await self._down.createAnswer())
        for transceiver in self._down.getTransceivers():
            transport = transceiver.receiver.transport
            if id(transport) not in self._hooked:
                self._hooked.add(id(transport))
                transport._handle_rtp_data = self._count  # type: ignore[method-assign]
        return str(self._down.localDescription.sdp)

    async def drop_uplink(self) -> None:
        """Vanish upwards, as a browser tab that is closed."""
        if self._up is not None:
            await self._up.close()
            self._up = None

    async def close(self) -> None:
        for connection in (self._up, self._down):
            if connection is not None:
                await connection.close()
        self._up = self._down = None

    def packets_from(self, seat: str) -> int:
        """Packets received from a source so far, all kinds together."""
        return sum(counts.packets for (source, _), counts in self.received.items() if source == seat)

    def sees_since(self, seat: str) -> float:
        """When the first picture of that source's camera was decoded, on the monotonic clock; 0 if none was."""
        counts = self.received.get((seat, "camera"))
        return counts.picture_at if counts else 0.0

    async def _count(self, data: bytes, arrival_time_ms: int) -> None:
        source = self._sources.get(int.from_bytes(data[8:12], "big"))
        if source is None:
            return
        counts = self.received.setdefault(source, Received())
        counts.count(data)
        if source[1] != "audio" and not counts.picture_at and self._pictures.setdefault(source, FirstPicture()).add(data) is not None:
            counts.picture_at = time.monotonic()
            del self._pictures[source]


def _new_connection() -> RTCPeerConnection:
    # An empty list, since aiortc's default asks a public STUN server.
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))
