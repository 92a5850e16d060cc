"""A light peer that watches as a browser does: asks for what is missing, tells what arrived and when, and notes what could be shown.

It decodes nothing. A picture can be shown when it is whole and those before it were, from a keyframe on; sound when it came within `PLAYOUT`
of its time. Retransmissions come on streams of their own, as the offer says.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from dataclasses import dataclass, field

from benchmarks.load import RTX, LoadPeer
from benchmarks.media_clip import AUDIO_RATE, FRAME_RATE
from rooms.media import rtcp, rtp
from rooms.media.reception import Reception
from signaling.dtls import SrtpError

PLAYOUT = 0.2
"""Seconds for which sound may wait for a packet; what comes later is a gap."""
FROZEN = 0.2
"""Seconds after its time from which a picture counts as frozen."""
STUCK = 0.35
"""Seconds after which a picture that cannot be completed is given up and a keyframe asked for."""
TICK = 0.01


@dataclass
class Watched:
    """One received stream. `shown` lists when each picture could be shown, and its time on the stream's clock in s; `heights` the size of keyframes with their time, `came` the arrival of each
    packet of sound by its whole number."""

    seat: str
    kind: str
    reception: Reception
    came: dict[int, float] = field(default_factory=dict)
    shown: list[tuple[float, float]] = field(default_factory=list)
    heights: list[tuple[float, int]] = field(default_factory=list)
    held: dict[int, tuple[bool, bool]] = field(default_factory=dict)
    begun: int = -1
    next: int = -1
    highest: int = -1
    stuck_since: float = 0.0
    asked_at: float = 0.0

    def whole(self, sequence: int) -> int:
        """A sequence number without wraps."""
        if self.highest < 0:
            self.highest = sequence
            return sequence
        ahead = (sequence - self.highest) & 0xFFFF
        found = self.highest + (ahead if ahead < 0x8000 else ahead - 0x10000)
        self.highest = max(self.highest, found)
        return found


class Watcher(LoadPeer):
    """`watched` by SSRC, filled from the offers it answered."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: dict[int, Watched] = {}
        self.received_bytes: list[tuple[float, int]] = []
        self._repairs: dict[int, int] = {}

    def answer(self, offer: str) -> str:
        for ssrc, seat, kind in re.findall(r"a=ssrc:(\d+) msid:\S+ ([\w-]+):(\w+)", offer):
            rate = 48_000 if kind == "audio" else 90_000
            self.watched.setdefault(int(ssrc), Watched(seat, kind, Reception(int(ssrc), rate, repair=True)))
        self._repairs.update({int(rtx): int(ssrc) for ssrc, rtx in re.findall(r"a=ssrc-group:FID (\d+) (\d+)", offer)})
        return super().answer(offer)

    async def connect(self, remote: str) -> None:
        await super().connect(remote)
        self._tasks.append(asyncio.create_task(self._ask()))

    def of(self, seat: str, kind: str) -> Watched:
        return next(w for w in self.watched.values() if (w.seat, w.kind) == (seat, kind))

    def datagram_received(self, data: bytes, addr: object) -> None:
        super().datagram_received(data, addr)
        if data[0] < 128 or 192 <= data[1] <= 223:
            return
        now = time.monotonic()
        self.received_bytes.append((now, len(data)))
        if not self._secure.connected:
            return
        try:
            plain = self._secure.unprotect(data)
        except SrtpError:
            return  # sound that was asked for again, and then came twice
        start, end = rtp.payload_span(plain)
        _, second, sequence, timestamp = rtp.HEADER.unpack_from(plain)
        ssrc, payload = int.from_bytes(plain[8:12], "big"), plain[start:end]
        if second & 127 in RTX:
            if len(payload) < 2:
                return
            ssrc, sequence, payload = self._repairs.get(ssrc, 0), int.from_bytes(payload[:2], "big"), payload[2:]
        stream = self.watched.get(ssrc)
        if stream is None:
            return
        stream.reception.take(sequence, timestamp, len(payload), now)
        number_whole = stream.whole(sequence)
        if stream.kind == "audio":
            stream.came.setdefault(number_whole, now)
        else:
            self._picture(stream, number_whole, timestamp, payload, now, marker=second > 127)

    def _picture(self, stream: Watched, number: int, timestamp: int, payload: bytes, now: float, *, marker: bool) -> None:
        if stream.begun < 0:
            stream.begun = timestamp
        begins = rtp.begins_keyframe("vp8", payload)
        if begins:
            head = rtp.vp8_head(payload) or 0
            stream.heights.append((now, int.from_bytes(payload[head + 8 : head + 10], "little") & 0x3FFF))
        if number < stream.next:
            return
        stream.held[number] = (marker, begins)
        if stream.next < 0 or (begins and number > stream.next and now - stream.stuck_since > STUCK):
            if not begins:
                return
            stream.next = number  # a decoder begins, or goes on, at a keyframe
        while stream.next in stream.held:
            if stream.held.pop(stream.next)[0]:
                stream.shown.append((now, ((timestamp - stream.begun) & 0xFFFFFFFF) / 90_000))
            stream.next += 1
            stream.stuck_since = now
        if len(stream.held) > 600:
            stream.held = {n: v for n, v in stream.held.items() if n >= stream.next}

    async def _ask(self) -> None:
        """Every 10 ms what is missing."""
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            for ssrc, stream in self.watched.items():
                if stream.reception.missing and (due := stream.reception.due_nacks(now, 0.0)):
                    self._tell(rtcp.nack(1, ssrc, due))
                stuck = stream.kind != "audio" and stream.held and now - stream.stuck_since > STUCK
                if stuck and now - stream.asked_at > 0.5:
                    stream.asked_at = now
                    self._tell(rtcp.picture_loss(1, ssrc))

    def _tell(self, packet: bytes) -> None:
        self.send(self._secure.protect_rtcp(packet))


def frozen_share(stream: Watched, since: float, until: float) -> float:
    """Share of the pictures between two times that were shown more than `FROZEN` after their time, or never."""
    shown = [(at, clock) for at, clock in stream.shown if since <= at <= until]
    if not shown:
        return 1.0
    # The time of a picture is that of the quickest one.
    begun = min(at - clock for at, clock in shown)
    in_time = sum(at - begun - clock <= FROZEN for at, clock in shown)
    return max(0.0, 1 - in_time / ((until - since) * FRAME_RATE))


def longest_pause(stream: Watched, since: float, until: float) -> float:
    """Seconds."""
    shown = [since, *(at for at, _ in stream.shown if since <= at <= until), until]
    return max(b - a for a, b in itertools.pairwise(shown))


def longest_silence(stream: Watched, since: float, until: float) -> float:
    """Seconds of the longest run of sound that was not there in time."""
    inside = {n: at for n, at in stream.came.items() if since <= at <= until}
    if not inside:
        return until - since
    first = min(inside)
    # The time of a packet is that of the quickest: what waits longer than the playout is late.
    begun = min(at - (n - first) / AUDIO_RATE for n, at in inside.items())
    run = longest = 0
    for number in range(first, max(inside) + 1):
        at = stream.came.get(number)
        good = at is not None and at - (begun + (number - first) / AUDIO_RATE) <= PLAYOUT
        run = 0 if good else run + 1
        longest = max(longest, run)
    return longest / AUDIO_RATE
