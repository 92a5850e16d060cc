"""From RTP packets back to encoded frames, for the recorder (RFC 7741 VP8, RFC 6184 H.264, RFC 7587 Opus). Pure; nothing is decoded.

Packets are put in order within a window that leaves time for repair. When one is given up, the frame it belonged to is dropped, and
for video everything up to the next keyframe too, since it could not be decoded; `gaps` counts such holes and `wants_keyframe` asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from rooms.media import rtp
from rooms.media.h264 import START, SetsInForce
from signaling.negotiation import AUDIO, VP8

VIDEO_WINDOW = 96
"""Packets held back while an earlier one is missing: about a second of 360p video."""
AUDIO_WINDOW = 16
MAX_FRAME = 2 << 20
"""Bytes. A frame beyond this is dropped as a hole."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded frame. `timestamp` counts on the stream's clock, modulo 2³²; `size` is (width, height) where the frame tells it. H.264 is a byte
    stream with start codes, and a keyframe brings its parameter sets."""

    kind: str
    data: bytes
    timestamp: int
    keyframe: bool
    size: tuple[int, int] | None = None


class Assembler:
    """One track of one seat. A new SSRC (the source reconnected) begins anew."""

    def __init__(self, kind: str, codec: str) -> None:
        self.kind = kind
        self.codec = codec
        self.gaps = 0
        self.wants_keyframe = kind != AUDIO
        self._window = AUDIO_WINDOW if kind == AUDIO else VIDEO_WINDOW
        self._ssrc: int | None = None
        self._next = 0
        self._held: dict[int, tuple[bool, int, bytes]] = {}
        self._parts: list[bytes] = []
        self._part_bytes = 0
        self._timestamp: int | None = None
        self._skipping = False
        self._sets = SetsInForce()

    def push(self, ssrc: int, sequence: int, marker: bool, timestamp: int, payload: bytes) -> list[Frame]:
        """Take one packet; the frames that are complete now."""
        if ssrc != self._ssrc:
            self._begin(ssrc, sequence)
        if sequence == self._next and not self._held:
            # As nearly all of them come.
            self._next = (sequence + 1) & 0xFFFF
            frame = self._add(marker, timestamp, payload)
            return [frame] if frame is not None else []
        if (sequence - self._next) & 0xFFFF >= 0x8000:
            return []
        self._held[sequence] = (marker, timestamp, payload)
        frames: list[Frame] = []
        while self._held:
            ready = self._held.pop(self._next, None)
            if ready is None:
                if len(self._held) < self._window:
                    break
                self._give_up()
                continue
            self._next = (self._next + 1) & 0xFFFF
            if (frame := self._add(*ready)) is not None:
                frames.append(frame)
        return frames

    def _begin(self, ssrc: int, sequence: int) -> None:
        if self._ssrc is not None:
            self._hole()
        self._skipping = False
        self._sets = SetsInForce()
        self._ssrc = ssrc
        self._next = sequence
        self._held = {}

    def _give_up(self) -> None:
        """Skip to the oldest packet that is held."""
        self._next = min(self._held, key=lambda s: (s - self._next) & 0xFFFF)
        self._hole()

    def _hole(self) -> None:
        self.gaps += 1
        self._parts = []
        self._part_bytes = 0
        if self.kind != AUDIO:
            self.wants_keyframe = self._skipping = True

    def _add(self, marker: bool, timestamp: int, payload: bytes) -> Frame | None:
        if not payload:
            return None
        if self.kind == AUDIO:
            return Frame(self.kind, payload, timestamp, True)
        if self._skipping:
            # The rest of the frame with the hole ends with a marker, or with another timestamp when the marker was lost too.
            if marker:
                self._skipping = False
            elif not rtp.begins_keyframe(self.codec, payload):
                return None
            if marker and not rtp.begins_keyframe(self.codec, payload):
                return None
            self._skipping = False
        if timestamp != self._timestamp:
            self._parts, self._part_bytes = [], 0
            self._timestamp = timestamp
        part = _vp8_part(payload) if self.codec == VP8 else _h264_part(payload)
        self._parts.append(part)
        self._part_bytes += len(part)
        if self._part_bytes > MAX_FRAME:
            self._hole()
            return None
        return self._finish(timestamp) if marker else None

    def _finish(self, timestamp: int) -> Frame | None:
        data = b"".join(self._parts)
        self._parts, self._part_bytes = [], 0
        if self.codec == VP8:
            keyframe, size = _vp8_keyframe(data)
        else:
            data, sets = self._sets.complete(data)
            keyframe, size = sets is not None, sets.size if sets is not None else None
        if not data or (self.wants_keyframe and not keyframe):
            return None
        self.wants_keyframe = False
        return Frame(self.kind, data, timestamp, keyframe, size)


def _vp8_part(payload: bytes) -> bytes:
    head = rtp.vp8_head(payload)
    return payload[head:] if head is not None else b""


def _vp8_keyframe(data: bytes) -> tuple[bool, tuple[int, int] | None]:
    """Frame tag and start code of RFC 6386 section 9.1; width and height have 14 bits each."""
    if len(data) < 10 or data[0] & 1 or data[3:6] != b"\x9d\x01\x2a":
        return False, None
    return True, (int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF)


def _h264_part(payload: bytes) -> bytes:
    """One payload as Annex B bytes: single unit, aggregation (24) or fragment (28); others carry nothing for us."""
    kind = payload[0] & 31
    if 0 < kind < 24:
        return START + payload
    if kind == 24:
        units, position = b"", 1
        while position + 2 < len(payload):
            length = int.from_bytes(payload[position : position + 2], "big")
            units += START + payload[position + 2 : position + 2 + length]
            position += 2 + length
        return units
    if kind == 28 and len(payload) > 2:
        if payload[1] & 0x80:
            return START + bytes([payload[0] & 0xE0 | payload[1] & 31]) + payload[2:]
        return payload[2:]
    return b""
