"""Selective forwarding (RFC 7667 section 3.7) of one source's tracks to its legs: encoded packets in, encoded packets out. Pure.

`Uplink.receive` is the hot path. It finds the track by SSRC, or for a new SSRC by the MID extension, the offer's a=ssrc lines, or
the payload type (in this order); it returns what is to be sent. Nothing is decoded. A viewer of video starts at a keyframe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rooms.media import rtcp, rtp
from rooms.media.reception import Reception
from rooms.media.rewrite import HISTORY, Leg, Stored, send_time_word
from signaling.negotiation import AUDIO, CLOCK_RATES, UplinkTrack

MAX_STREAMS = 16
"""SSRCs of one uplink. A browser that toggles its camera makes a new one now and then; the oldest gives way."""
KEYFRAME_PAUSE = 0.5
"""Seconds between two keyframe requests for one track: a keyframe weighs as much as ten other frames."""
_UNPACK = rtp.HEADER.unpack_from
_MASK = HISTORY - 1


class Track:
    """One kind of media of one seat. `tap` gets every packet as it came, for the recorder; `muted` stops forwarding and tap."""

    __slots__ = (
        "_key_asked_at",
        "_key_wanted",
        "_ring",
        "_timestamp",
        "_waiting",
        "codec",
        "kind",
        "legs",
        "level",
        "level_id",
        "mid",
        "muted",
        "payload_type",
        "reception",
        "tap",
        "video",
    )

    def __init__(self, description: UplinkTrack) -> None:
        self.kind = description.kind
        self.mid = description.mid
        self.codec = description.codec
        self.payload_type = description.payload_type
        self.level_id = description.level_id
        self.video = description.kind != AUDIO
        self.reception = Reception(0, CLOCK_RATES[self.codec], repair=self.video)
        self.legs: list[Leg] = []
        self.level = 127
        self.muted = False
        self.tap: Callable[[bytes, float], None] | None = None
        self._waiting: list[Leg] = []
        self._ring: list[Stored | None] = [None] * HISTORY
        self._timestamp = 0
        self._key_wanted = False
        self._key_asked_at = float("-inf")

    def attach(self, leg: Leg) -> None:
        """Feed `leg` from now on: audio with the next packet, video with the next keyframe, which is asked for."""
        self._waiting.append(leg)
        if self.video:
            self._key_wanted = True

    def detach(self, leg: Leg, now: float) -> None:
        """Feed `leg` no longer; not one packet more reaches it."""
        if leg in self._waiting:
            self._waiting.remove(leg)
        elif leg in self.legs:
            self.legs.remove(leg)
            leg.stop(self.reception.highest, self._timestamp, now)

    def feeds(self, leg: Leg) -> bool:
        return leg in self.legs or leg in self._waiting

    def mute(self, muted: bool, now: float) -> None:
        """Stop or resume all legs at once."""
        if muted and not self.muted:
            for leg in list(self.legs):
                self.detach(leg, now)
                self.attach(leg)
        elif self.muted and not muted and self.video and self._waiting:
            self._key_wanted = True
        self.muted = muted

    def new_stream(self, ssrc: int, now: float) -> None:
        """The source goes on under another SSRC, with numbers of its own."""
        for leg in list(self.legs):
            self.detach(leg, now)
            self.attach(leg)
        self.reception = Reception(ssrc, CLOCK_RATES[self.codec], repair=self.video)
        self._ring = [None] * HISTORY

    def receive(self, data: bytes, now: float) -> list[tuple[Leg, bytes]]:
        """One packet of this track's current stream. Raises `RtpError`."""
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
        if second & 127 != self.payload_type:
            raise rtp.RtpError("another payload type than was negotiated")
        if self.reception.take(sequence, timestamp, len(payload), now):
            self._timestamp = timestamp
        if self.level_id:
            value = rtp.extension(data, self.level_id)
            self.level = value[0] & 127 if value else 127
        if self.muted:
            return []
        if self.tap is not None:
            self.tap(data, now)
        stored = (sequence, second & 128, timestamp, send_time_word(now), payload)
        self._ring[sequence & _MASK] = stored
        if self._waiting:
            self._start_waiting(stored, now)
        size = len(payload)
        out = []
        for leg in self.legs:
            if not leg.covers(sequence):
                continue
            leg.packets += 1
            leg.octets += size
            out.append((leg, leg.write(stored)))
        return out

    def repeat(self, leg: Leg, lost: Iterable[int]) -> list[bytes]:
        """The packets a viewer asks for again, by its own sequence numbers; those no longer held, or of an earlier part, are left out."""
        if leg not in self.legs:
            return []
        found: list[bytes] = []
        for number in lost:
            sequence = (number - leg.sequence_offset) & 0xFFFF
            stored = self._ring[sequence & _MASK]
            if stored is not None and stored[0] == sequence and leg.covers(sequence):
                found.append(leg.write(stored))
        return found

    def want_keyframe(self) -> None:
        if self.video:
            self._key_wanted = True

    def keyframe_due(self, now: float) -> bool:
        """Whether to ask the source for a keyframe now; at most once per `KEYFRAME_PAUSE`, repeated while a viewer still waits."""
        wanted = self._key_wanted or (self.video and bool(self._waiting) and not self.muted) or self.reception.given_up
        if not wanted or now - self._key_asked_at < KEYFRAME_PAUSE or self.reception.highest < 0:
            return False
        self._key_wanted = self.reception.given_up = False
        self._key_asked_at = now
        return True

    def sender_reports(self, report: rtcp.SenderReport, now: float) -> list[tuple[Leg, bytes]]:
        """A source's sender report, made anew for each leg: the source's clock, the leg's timestamps and counts."""
        self.reception.sender_report(report.ntp, now)
        out = []
        for leg in self.legs:
            leg.sr_key, leg.sr_at = (report.ntp >> 16) & 0xFFFFFFFF, now
            timestamp = (report.rtp + leg.timestamp_offset) & 0xFFFFFFFF
            out.append((leg, rtcp.sender_report(leg.ssrc, report.ntp, timestamp, leg.packets, leg.octets)))
        return out

    def _start_waiting(self, stored: Stored, now: float) -> None:
        if self.video and not rtp.begins_keyframe(self.codec, stored[4]):
            return
        for leg in self._waiting:
            leg.start(stored[0], stored[2], now)
        self.legs += self._waiting
        self._waiting = []


class Uplink:
    """All tracks of one seat's connection up."""

    def __init__(self, tracks: Iterable[UplinkTrack]) -> None:
        self.tracks: dict[str, Track] = {}
        self._by_ssrc: dict[bytes, Track] = {}
        self._declared: dict[int, Track] = {}
        self._mid_id = 0
        self.renegotiate(tracks)

    def renegotiate(self, tracks: Iterable[UplinkTrack]) -> None:
        """Take a new set of tracks. A track of the same kind, MID and codec keeps its legs and its numbers."""
        descriptions = {t.kind: t for t in tracks}
        for kind in [k for k in self.tracks if k not in descriptions]:
            self._forget(self.tracks.pop(kind))
        for kind, description in descriptions.items():
            track = self.tracks.get(kind)
            same = track is not None and (track.mid, track.codec, track.payload_type) == (
                description.mid,
                description.codec,
                description.payload_type,
            )
            if not same:
                if track is not None:
                    self._forget(track)
                track = self.tracks[kind] = Track(description)
            assert track is not None
            track.level_id = description.level_id
            self._mid_id = description.mid_id or self._mid_id
            self._declared.update(dict.fromkeys(description.ssrcs, track))

    def receive(self, data: bytes, now: float) -> list[tuple[Leg, bytes]]:
        """One decrypted RTP packet; what to send to whom. Raises `RtpError`."""
        track = self._by_ssrc.get(data[8:12])
        if track is None:
            track = self._new_stream(data, now)
        return track.receive(data, now)

    def by_ssrc(self, ssrc: int) -> Track | None:
        """The track whose current stream this is."""
        track = self._by_ssrc.get(ssrc.to_bytes(4, "big"))
        return track if track is not None and track.reception.ssrc == ssrc else None

    def _new_stream(self, data: bytes, now: float) -> Track:
        rtp.payload_span(data)
        track = self._identify(data)
        if len(self._by_ssrc) >= MAX_STREAMS:
            del self._by_ssrc[next(iter(self._by_ssrc))]
        # A track has one stream at a time: the former SSRC is unknown from now on, and would have to identify itself anew.
        for key in [k for k, t in self._by_ssrc.items() if t is track]:
            del self._by_ssrc[key]
        self._by_ssrc[data[8:12]] = track
        track.new_stream(int.from_bytes(data[8:12], "big"), now)
        return track

    def _identify(self, data: bytes) -> Track:
        if self._mid_id and (value := rtp.extension(data, self._mid_id)) is not None:
            mid = value.decode("ascii", "replace")
            for track in self.tracks.values():
                if track.mid == mid:
                    return track
        declared = self._declared.get(int.from_bytes(data[8:12], "big"))
        if declared is not None and declared.payload_type == data[1] & 127:
            return declared
        same = [t for t in self.tracks.values() if t.payload_type == data[1] & 127]
        if len(same) != 1:
            raise rtp.RtpError("a stream that belongs to no track")
        return same[0]

    def _forget(self, track: Track) -> None:
        self._by_ssrc = {key: t for key, t in self._by_ssrc.items() if t is not track}
        self._declared = {key: t for key, t in self._declared.items() if t is not track}
