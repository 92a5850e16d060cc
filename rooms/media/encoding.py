"""One encoding of a track: a stream of packets with its own numbers, kept for a while, and the legs that it feeds. Pure.

A microphone or a screen has one, a camera that sends in layers one for each. A leg waits here until it may begin: with the next packet
of sound, or with the next keyframe of a picture.
"""

from __future__ import annotations

from collections.abc import Iterable

from rooms.media import rtcp, rtp, vp8
from rooms.media.reception import Reception
from rooms.media.rewrite import HISTORY, Copy, Leg, Stored, Tally, fan_out, send_time_word
from signaling.negotiation import CLOCK_RATES, VP8

KEYFRAME_PAUSE = 0.5
"""Seconds between two keyframe requests for one encoding: a keyframe weighs as much as ten other frames."""
SILENT_AFTER = 0.7
"""Seconds without a packet after which a layer counts as not sent: a browser stops the large one when its line is too narrow."""
RATE_EVERY = 0.5
"""Seconds over which a rate is measured."""
_MASK = HISTORY - 1
_UNPACK = rtp.HEADER.unpack_from


class Encoding:
    """`layer` counts from 0, the smallest picture. `rate` is what arrives, in bit/s with overhead; `ids` the numbers of its newest picture."""

    __slots__ = (
        "_key_asked_at",
        "_key_wanted",
        "_measured_at",
        "_octets",
        "_repair",
        "_ring",
        "codec",
        "heard_at",
        "ids",
        "layer",
        "layered",
        "legs",
        "rate",
        "reception",
        "tally",
        "timestamp",
        "video",
        "waiting",
    )

    def __init__(self, codec: str, layer: int, *, video: bool, layered: bool, repair: bool) -> None:
        self.codec = codec
        self._repair = repair
        self.layer = layer
        self.video = video
        self.layered = layered
        self.legs: list[Leg] = []
        self.waiting: list[Leg] = []
        self.timestamp = 0
        self.ids: vp8.PictureIds | None = None
        self.heard_at = float("-inf")
        self.tally = Tally()
        self.rate = 0
        self._key_wanted = False
        self._key_asked_at = float("-inf")
        self.begin(0)

    def begin(self, ssrc: int) -> None:
        """Go on with another stream, whose numbers have nothing to do with the former one's."""
        self.reception = Reception(ssrc, CLOCK_RATES[self.codec], repair=self._repair)
        self._ring: list[Stored | None] = [None] * HISTORY
        self._octets, self._measured_at = 0, 0.0
        self.ids = None

    def take(self, data: bytes, now: float) -> Stored | None:
        """Count a packet and keep it; None for one that came already. Raises `RtpError`."""
        first, second, sequence, timestamp = _UNPACK(data)
        if first == 0x90 and len(data) > 16:
            # Nearly every packet of a browser: one header extension, no padding, no contributing source.
            start = 16 + 4 * ((data[14] << 8) | data[15])
            if start > len(data):
                raise rtp.RtpError("a header extension beyond the packet")
            payload = data[start:]
        else:
            start, end = rtp.payload_span(data)
            payload = data[start:end]
        newest = self.reception.take(sequence, timestamp, len(payload), now)
        ids = vp8.picture_ids(payload) if self.layered and self.codec == VP8 else None
        if newest:
            self.timestamp, self.heard_at = timestamp, now
            if ids is not None:
                self.ids = ids
        elif self.stored(sequence) is not None or (self.reception.highest - sequence) & 0xFFFF >= HISTORY:
            # Repeated without need, or too late: a viewer must not get one number twice, nor SRTP seal it twice.
            return None
        stored = (sequence, second & 128, timestamp, send_time_word(now), payload, ids)
        self._ring[sequence & _MASK] = stored
        return stored

    def feed(self, stored: Stored, now: float) -> list[Copy]:
        """A packet for all legs."""
        return fan_out(self.legs, stored, now, self.tally)

    def drop(self, leg: Leg) -> None:
        """Feed `leg` no longer, and let it wait no longer."""
        if leg in self.waiting:
            self.waiting.remove(leg)
        if leg in self.legs:
            self.legs.remove(leg)
            leg.stop(self.reception.highest, self.timestamp, self.heard_at, self.ids)

    def may_begin(self, stored: Stored) -> bool:
        """Whether those who wait can begin with this packet."""
        return not self.video or rtp.begins_keyframe(self.codec, stored[4])

    def stored(self, sequence: int) -> Stored | None:
        """A packet that is still kept, by the source's number."""
        found = self._ring[sequence & _MASK]
        return found if found is not None and found[0] == sequence else None

    def find(self, leg: Leg, lost: Iterable[int]) -> list[Stored]:
        """What a viewer asks for again, by its own numbers; what is no longer kept, or of an earlier part of its stream, is left out."""
        if leg not in self.legs:
            return []
        newest = self.reception.highest
        sequences = ((number - leg.sequence_offset) & 0xFFFF for number in lost)
        recent = (s for s in sequences if (newest - s) & 0xFFFF < HISTORY)
        return [found for s in recent if (found := self.stored(s)) is not None and leg.covers(s)]

    def want_keyframe(self) -> None:
        if self.video:
            self._key_wanted = True

    def keyframe_due(self, now: float, *, muted: bool) -> bool:
        """Whether to ask the source for a keyframe now; at most once per `KEYFRAME_PAUSE`, repeated while a viewer still waits."""
        wanted = self._key_wanted or (self.video and bool(self.waiting) and not muted) or (self.video and self.reception.given_up)
        if not wanted or now - self._key_asked_at < KEYFRAME_PAUSE or self.reception.highest < 0:
            return False
        self._key_wanted = self.reception.given_up = False
        self._key_asked_at = now
        return True

    def active(self, now: float) -> bool:
        """Whether it is being sent."""
        return now - self.heard_at < SILENT_AFTER

    def measure(self, now: float) -> None:
        """Keep `rate` up to date; may be called as often as one likes."""
        if now - self._measured_at < RATE_EVERY:
            return
        octets = self.reception.octets + 64 * self.reception.packets
        if self._measured_at and octets >= self._octets:
            measured = int((octets - self._octets) * 8 / (now - self._measured_at))
            # Down slowly: a layer that is cheap for a moment must not make room for another picture.
            self.rate = max(measured, self.rate * 3 // 4)
        self._octets, self._measured_at = octets, now

    def sender_reports(self, report: rtcp.SenderReport, now: float) -> list[tuple[Leg, bytes]]:
        """A source's sender report, made anew for each leg: the source's clock, the leg's timestamps and counts."""
        self.reception.sender_report(report.ntp, now)
        out = []
        for leg in self.legs:
            leg.sr_key, leg.sr_at = (report.ntp >> 16) & 0xFFFFFFFF, now
            timestamp = (report.rtp + leg.timestamp_offset) & 0xFFFFFFFF
            out.append((leg, rtcp.sender_report(leg.ssrc, report.ntp, timestamp, leg.packets, leg.octets)))
        return out
