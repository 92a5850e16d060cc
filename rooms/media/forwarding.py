"""Selective forwarding (RFC 7667 section 3.7) of one source's tracks to its legs: encoded packets in, encoded packets out. Pure.

`Uplink.receive` is the hot path. It finds the encoding by SSRC, or for a new SSRC by the MID and RID extensions, the offer's a=ssrc
lines, or the payload type (in this order); it returns what is to be sent. Nothing is decoded. A viewer of video starts at a keyframe, and
changes between the layers of a camera at a keyframe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rooms.media import rtp
from rooms.media.encoding import Encoding
from rooms.media.rewrite import Copy, Leg, Stored
from signaling.negotiation import AUDIO, UplinkTrack

MAX_STREAMS = 16
"""SSRCs of one uplink. A browser that toggles its camera makes new ones now and then; the oldest give way."""


Tap = Callable[[int, Stored], None]
"""Takes the SSRC and the packet."""


class Track:
    """One kind of media of one seat. `tap` gets the packets of the best encoding as they came, for the recorder; `muted` stops
    forwarding and tap. `encodings` are from the smallest picture to the largest."""

    __slots__ = (
        "_targets",
        "codec",
        "encodings",
        "kind",
        "layers",
        "level",
        "level_id",
        "mid",
        "muted",
        "payload_type",
        "tap",
        "taped",
        "video",
    )

    def __init__(self, description: UplinkTrack) -> None:
        self.kind = description.kind
        self.mid = description.mid
        self.codec = description.codec
        self.payload_type = description.payload_type
        self.level_id = description.level_id
        self.layers = description.layers
        self.video = description.kind != AUDIO
        layered = len(description.layers) > 1
        self.encodings = [
            Encoding(self.codec, layer, video=self.video, layered=layered, repair=description.nacks)
            for layer in range(max(1, len(description.layers)))
        ]
        self.taped = self.encodings[0]
        """The encoding that `tap` follows."""
        self.level = 127
        self.muted = False
        self.tap: Tap | None = None
        self._targets: dict[Leg, Encoding | None] = {}
        """Every attached leg, and the encoding that feeds it or that it waits for; None while it is parked."""

    @property
    def layered(self) -> bool:
        return len(self.encodings) > 1

    @property
    def legs(self) -> list[Leg]:
        """Those that are fed now."""
        return [leg for encoding in self.encodings for leg in encoding.legs]

    def attach(self, leg: Leg, layer: int = 0) -> None:
        """Feed `leg` from now on: audio with the next packet, video with the next keyframe, which is asked for."""
        target = self._targets[leg] = self.encodings[min(layer, len(self.encodings) - 1)]
        target.waiting.append(leg)
        target.want_keyframe()

    def detach(self, leg: Leg, now: float) -> None:
        """Feed `leg` no longer; not one packet more reaches it."""
        self._targets.pop(leg, None)
        for encoding in self.encodings:
            encoding.drop(leg)

    def feeds(self, leg: Leg) -> bool:
        return leg in self._targets

    def target(self, leg: Leg) -> int | None:
        """The layer that a leg gets or waits for; None while it is parked."""
        encoding = self._targets[leg]
        return None if encoding is None else encoding.layer

    def park(self, leg: Leg) -> None:
        """Send an attached leg nothing for the time being."""
        self._targets[leg] = None
        for encoding in self.encodings:
            encoding.drop(leg)

    def choose(self, leg: Leg, layer: int, *, at_once: bool = False) -> None:
        """Move an attached leg to another layer, at that one's next keyframe. What it gets now goes on until then, unless `at_once`: a line
        that is full must not carry what it cannot."""
        target, former = self.encodings[layer], self._targets[leg]
        if target is former:
            return
        if former is not None and leg in former.waiting:
            former.waiting.remove(leg)
        if at_once:
            self.park(leg)
        self._targets[leg] = target
        if leg not in target.legs:
            target.waiting.append(leg)
            target.want_keyframe()

    def mute(self, muted: bool, now: float) -> None:
        """Stop or resume all legs at once."""
        if muted and not self.muted:
            for encoding in self.encodings:
                self._wait_again(encoding)
        elif self.muted and not muted:
            for encoding in self.encodings:
                if encoding.waiting:
                    encoding.want_keyframe()
        self.muted = muted

    def _wait_again(self, encoding: Encoding) -> None:
        """Take all legs off an encoding; each waits where it was to go."""
        for leg in list(encoding.legs):
            encoding.drop(leg)
            target = self._targets[leg]
            if target is not None and leg not in target.waiting:
                target.waiting.append(leg)
                target.want_keyframe()

    def new_stream(self, encoding: Encoding, ssrc: int) -> None:
        """The source goes on under another SSRC, with numbers of its own."""
        self._wait_again(encoding)
        encoding.begin(ssrc)

    def receive(self, encoding: Encoding, data: bytes, now: float) -> list[Copy]:
        """One packet of an encoding's current stream. Raises `RtpError`."""
        if data[1] & 127 != self.payload_type:
            raise rtp.RtpError("another payload type than was negotiated")
        stored = encoding.take(data, now)
        if self.level_id:
            value = rtp.extension(data, self.level_id)
            self.level = value[0] & 127 if value else 127
        if self.muted or stored is None:
            return []
        if self.tap is not None:
            if encoding.layer > self.taped.layer and encoding.may_begin(stored):
                self.taped = encoding
            if encoding is self.taped:
                self.tap(encoding.reception.ssrc, stored)
        if encoding.waiting and encoding.may_begin(stored):
            self._start_waiting(encoding, stored, now)
        return encoding.feed(stored, now)

    def repeat(self, leg: Leg, lost: Iterable[int], now: float) -> list[bytes]:
        """The packets a viewer asks for again, by its own sequence numbers."""
        wanted = list(lost)
        return [leg.repeat(stored, now) for encoding in self.encodings for stored in encoding.find(leg, wanted)]

    def want_keyframe(self, leg: Leg | None = None) -> None:
        """Of what `leg` is fed from, or of what the tap follows."""
        for encoding in self.encodings:
            if (leg in encoding.legs) if leg is not None else encoding is self.taped:
                encoding.want_keyframe()

    def look(self, now: float) -> None:
        """Every tick: measure, and let the tap follow the best layer that arrives. It moves up at a keyframe, down at once."""
        for encoding in self.encodings:
            encoding.measure(now)
        if self.tap is None or not self.layered:
            return
        best = next((e for e in reversed(self.encodings) if e.active(now)), self.taped)
        if best.layer > self.taped.layer and self.taped.active(now):
            best.want_keyframe()
        elif best is not self.taped:
            self.taped = best
            best.want_keyframe()

    def _start_waiting(self, encoding: Encoding, stored: Stored, now: float) -> None:
        for leg in encoding.waiting:
            for former in self.encodings:
                if former is not encoding:
                    former.drop(leg)
            leg.start(stored, now, encoding.tally)
        encoding.legs += encoding.waiting
        encoding.waiting = []


class Uplink:
    """All tracks of one seat's connection up."""

    def __init__(self, tracks: Iterable[UplinkTrack]) -> None:
        self.tracks: dict[str, Track] = {}
        self._described: dict[str, UplinkTrack] = {}
        self._by_ssrc: dict[bytes, tuple[Track, Encoding]] = {}
        self._repairs: dict[bytes, tuple[Track, Encoding] | None] = {}
        """The same for streams of retransmissions (RFC 4588); None for those of a stream that has ended."""
        self._declared: dict[int, Track] = {}
        self.renegotiate(tracks)

    def renegotiate(self, tracks: Iterable[UplinkTrack]) -> None:
        """Take a new set of tracks. A track of the same kind, MID, codec and layers keeps its legs and its numbers."""
        self._described = {t.kind: t for t in tracks}
        for kind in [k for k in self.tracks if k not in self._described]:
            self._forget(self.tracks.pop(kind))
        for kind, description in self._described.items():
            track = self.tracks.get(kind)
            if track is None or (track.mid, track.codec, track.payload_type, track.layers) != (
                description.mid,
                description.codec,
                description.payload_type,
                description.layers,
            ):
                if track is not None:
                    self._forget(track)
                track = self.tracks[kind] = Track(description)
            track.level_id = description.level_id
        self._declared = {ssrc: self.tracks[kind] for kind, d in self._described.items() for ssrc in d.ssrcs}

    def receive(self, data: bytes, now: float) -> list[Copy]:
        """One decrypted RTP packet; what to send to whom. Raises `RtpError`."""
        key = data[8:12]
        found = self._by_ssrc.get(key)
        if found is None:
            if key in self._repairs or data[1] & 127 in self._rtx_types():
                return self._restore(key, data, now)
            found = self._new_stream(data)
        return found[0].receive(found[1], data, now)

    def by_ssrc(self, ssrc: int) -> tuple[Track, Encoding] | None:
        """The track and the encoding whose current stream this is."""
        found = self._by_ssrc.get(ssrc.to_bytes(4, "big"))
        return found if found is not None and found[1].reception.ssrc == ssrc else None

    def _rtx_types(self) -> set[int]:
        return {t.rtx_type for t in self._described.values() if t.rtx_type}

    def _restore(self, key: bytes, data: bytes, now: float) -> list[Copy]:
        """A retransmitted packet as it was: its payload begins with the number it had (RFC 4588 section 4)."""
        start, end = rtp.payload_span(data)
        if key not in self._repairs:
            self._repairs[key] = self._repaired(data)
            while len(self._repairs) > MAX_STREAMS:
                del self._repairs[next(iter(self._repairs))]
        found = self._repairs[key]
        if found is None or end - start < 2 or found[1].reception.highest < 0:
            # Of what has ended; or padding, by which a sender tries whether the line takes more.
            return []
        track, encoding = found
        number = track.payload_type | data[1] & 128
        original = bytes([0x80, number]) + data[start : start + 2] + data[4:8] + encoding.reception.ssrc.to_bytes(4, "big")
        return track.receive(encoding, original + data[start + 2 : end], now)

    def _repaired(self, data: bytes) -> tuple[Track, Encoding]:
        """Whose retransmissions these are."""
        ssrc, number = int.from_bytes(data[8:12], "big"), data[1] & 127
        for kind, description in self._described.items():
            streams = [stream for stream, repair in description.repairs if repair == ssrc]
            found = self.by_ssrc(streams[0]) if streams else None
            if found is not None and found[0] is self.tracks[kind]:
                return found
        track = self._by_mid(data) or self._only([k for k, d in self._described.items() if d.rtx_type == number])
        return track, self._layer(track, data, self._described[track.kind].repaired_rid_id)

    def _new_stream(self, data: bytes) -> tuple[Track, Encoding]:
        rtp.payload_span(data)
        track = self._identify(data)
        encoding = self._layer(track, data, self._described[track.kind].rid_id)
        while len(self._by_ssrc) >= MAX_STREAMS:
            del self._by_ssrc[next(iter(self._by_ssrc))]
        # An encoding has one stream at a time: the former SSRC is unknown from now on, and would have to identify itself anew.
        for key in [k for k, found in self._by_ssrc.items() if found[1] is encoding]:
            del self._by_ssrc[key]
        # What is repeated of it later has the numbers of the former stream, which mean other packets in this one.
        paired = {repair for stream, repair in self._described[track.kind].repairs if stream.to_bytes(4, "big") == data[8:12]}
        for key, found in self._repairs.items():
            if found is not None and found[1] is encoding and int.from_bytes(key, "big") not in paired:
                self._repairs[key] = None
        self._by_ssrc[data[8:12]] = track, encoding
        track.new_stream(encoding, int.from_bytes(data[8:12], "big"))
        return track, encoding

    def _identify(self, data: bytes) -> Track:
        if (track := self._by_mid(data)) is not None:
            return track
        declared = self._declared.get(int.from_bytes(data[8:12], "big"))
        if declared is not None and declared.payload_type == data[1] & 127:
            return declared
        return self._only([k for k, t in self.tracks.items() if t.payload_type == data[1] & 127])

    def _by_mid(self, data: bytes) -> Track | None:
        for kind, description in self._described.items():
            value = rtp.extension(data, description.mid_id) if description.mid_id else None
            if value is not None and value.decode("ascii", "replace") == description.mid:
                return self.tracks[kind]
        return None

    def _only(self, kinds: list[str]) -> Track:
        if len(kinds) != 1:
            raise rtp.RtpError("a stream that belongs to no track")
        return self.tracks[kinds[0]]

    def _layer(self, track: Track, data: bytes, rid_id: int) -> Encoding:
        if not track.layered:
            return track.encodings[0]
        value = rtp.extension(data, rid_id) if rid_id else None
        rid = value.decode("ascii", "replace") if value is not None else ""
        if rid not in track.layers:
            raise rtp.RtpError("a stream that does not tell its layer")
        return track.encodings[track.layers.index(rid)]

    def _forget(self, track: Track) -> None:
        for key in [k for k, found in self._by_ssrc.items() if found[0] is track]:
            del self._by_ssrc[key]
        for key in [k for k, found in self._repairs.items() if found is not None and found[0] is track]:
            del self._repairs[key]
