"""One outgoing stream and the rewriting of headers that makes it one (RFC 3550, RFC 8285, RFC 4588). Pure.

A viewer's decoder must see one stream per slot, whatever happens at the source: a fixed SSRC, sequence numbers without a hole where
the server itself left packets out, and a timestamp that goes on when the source reconnects with another clock or the viewer is moved to
another layer. All of that is two offsets per leg, set when forwarding begins and kept until it stops, so that the hot path is one `pack`
and one concatenation.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Iterable
from typing import Any

from rooms.media import vp8
from rooms.media.sent import PLACES, Sent, Stream
from signaling.negotiation import HEAD, MID_ID, SEND_TIME_ID, TRANSPORT_CC_ID

HISTORY = 512
"""Packets of a source kept for retransmission: about six seconds of 360p video, ten of audio. A power of two."""
_KEPT_BEFORE = 2 * HISTORY
"""Numbers before a leg's newest packet that can still be asked about: a leg may itself begin with a packet that came late."""

_PACK = struct.Struct("!6I").pack
"""Our headers: the first word (version and extension flag, marker and payload type, number), timestamp, SSRC, and the extensions in three. Whole
words pack twice as fast as their parts."""
EXTENSION_HEAD = 0xBEDE0002
"""One-byte header extensions, two words: send time or transport-wide number, and MID."""
OVERHEAD = 20 + 8 + HEAD + 16
"""Bytes that a packet has on the line beside its payload: IPv4, UDP, our headers, the authentication tag of AES-GCM."""
SEND_TIME_HEAD = (SEND_TIME_ID << 4 | 2) << 24
TRANSPORT_CC_HEAD = (TRANSPORT_CC_ID << 4 | 1) << 24
REPEAT_AFTER = 0.04
"""Seconds between two repetitions of one packet to one viewer, where the round trip is not known to be longer."""
PADDING = 224
"""Bytes of one padding packet; the last one tells how many (RFC 3550 section 5.1)."""
_PADDING_BODY = bytes(PADDING - 1) + bytes([PADDING])

Stored = tuple[int, int, int, int, bytes, vp8.PictureIds | None]
"""(sequence, marker bit as 0 or 128, timestamp, send-time word, payload, numbers of a VP8 picture where layers may change)."""


Copy = tuple["Leg", bytes, bytes]
"""A packet to one viewer in two parts, so that a payload is copied once: its head of `HEAD` bytes, and the rest."""


def send_time_word(now: float) -> int:
    """The abs-send-time extension: seconds with 6 bits before and 18 bits after the point, wrapping every 64 s."""
    return SEND_TIME_HEAD | (int(now * 262144.0) & 0xFFFFFF)


def mid_word(mid: str) -> int:
    """The MID extension padded to one word. Raises `ValueError` for a MID longer than three characters."""
    value = mid.encode("ascii")
    if not 1 <= len(value) <= 3:
        raise ValueError("a MID of the server has 1 to 3 characters")
    return int.from_bytes(bytes([MID_ID << 4 | (len(value) - 1)]) + value.ljust(3, b"\0"), "big")


class Tally:
    """What was fanned out of one encoding."""

    __slots__ = ("octets", "packets")

    def __init__(self) -> None:
        self.packets = self.octets = 0


class Leg:
    """One slot of one viewer. `way` is the driver's, which sends by it what is finished here; `send_rtcp` takes finished packets.

    With `rtx` (SSRC, payload type) retransmissions go their own way, and every packet gets a number of `line` for transport-wide
    feedback; without it a packet is repeated byte by byte and carries its send time. `packets` and `octets` count what was fanned out to it.
    """

    __slots__ = (
        "_first",
        "_last_at",
        "_last_ids",
        "_last_sequence",
        "_last_timestamp",
        "_octets",
        "_packets",
        "_repeated_at",
        "_rtx_sequence",
        "_shift",
        "_tally",
        "clock_rate",
        "line",
        "loss",
        "mid",
        "payload_type",
        "repeated",
        "round_trip",
        "rtx_ssrc",
        "rtx_type",
        "send_rtcp",
        "sequence_offset",
        "sr_at",
        "sr_key",
        "ssrc",
        "started",
        "stream",
        "timestamp_offset",
        "way",
    )

    def __init__(
        self,
        ssrc: int,
        payload_type: int,
        clock_rate: int,
        mid: str,
        way: Any,
        send_rtcp: Callable[[bytes], None],
        *,
        rtx: tuple[int, int] = (0, 0),
        line: Sent | None = None,
    ) -> None:
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.clock_rate = clock_rate
        self.mid = mid_word(mid)
        self.way = way
        self.send_rtcp = send_rtcp
        self.rtx_ssrc, self.rtx_type = rtx
        self.line = line
        self.sequence_offset = self.timestamp_offset = 0
        self.started = False
        self._packets = self._octets = self.repeated = 0
        self._tally: Tally | None = None
        self.stream: Stream = (ssrc, 0)
        self.sr_key = 0
        self.sr_at = 0.0
        self.loss = self.round_trip = 0.0
        # RFC 3711: a receiver that misses the first packets must not guess the roll-over counter wrongly, hence the lower half.
        self._last_sequence = secrets.randbelow(0x4000)
        self._rtx_sequence = secrets.randbelow(0x4000)
        self._last_timestamp: int | None = None
        self._last_at = 0.0
        self._last_ids: vp8.PictureIds | None = None
        self._repeated_at: dict[int, float] = {}
        self._first = 0
        self._shift = vp8.NONE

    @property
    def packets(self) -> int:
        return self._packets + (self._tally.packets if self._tally is not None else 0)

    @property
    def octets(self) -> int:
        return self._octets + (self._tally.octets if self._tally is not None else 0)

    def start(self, stored: Stored, now: float, tally: Tally) -> None:
        """Begin, or go on, with this packet of a source as the next one of the stream. `tally` counts what is fanned out with it."""
        self.started, self._tally = True, tally
        self._packets -= tally.packets
        self._octets -= tally.octets
        self._first = (self._last_sequence + 1) & 0xFFFF
        self.sequence_offset = (self._first - stored[0]) & 0xFFFF
        self.stream = (self.ssrc, self.sequence_offset)
        self._shift = vp8.following(self._last_ids, self._shift, stored[5])
        if self._last_timestamp is None:
            self.timestamp_offset = 0
        else:
            passed = max(1, int((now - self._last_at) * self.clock_rate))
            self.timestamp_offset = (self._last_timestamp + passed - stored[2]) & 0xFFFFFFFF

    def stop(self, sequence: int, timestamp: int, at: float, ids: vp8.PictureIds | None = None) -> None:
        """Pause after the source's newest packet, given by its own numbers; `at` is when it arrived."""
        if self.started:
            self._last_sequence = (sequence + self.sequence_offset) & 0xFFFF
            self._last_timestamp = (timestamp + self.timestamp_offset) & 0xFFFFFFFF
            self._last_at = at
            self._last_ids = ids
            self._packets, self._octets, self._tally = self.packets, self.octets, None
            self.started = False

    def spare(self, size: int) -> None:
        """Leave a packet out that its source fans out."""
        self._packets -= 1
        self._octets -= size

    def covers(self, sequence: int) -> bool:
        """Whether a source's packet, one of the last `HISTORY`, belongs to the part of the stream that began with `start`; older ones would
        collide. The beginning moves along behind, or numbers that wrap would come to lie before it."""
        ahead = (sequence + self.sequence_offset - self._first) & 0xFFFF
        if ahead >= 0x10000 - _KEPT_BEFORE:
            return False
        if ahead >= 0x4000:
            self._first = (self._first + ahead - _KEPT_BEFORE) & 0xFFFF
        return True

    def write(self, stored: Stored, now: float) -> bytes:
        """The finished packet, as `fan_out` makes it. Without a line, for the same stored packet always the same bytes, as SRTP's nonce demands of a repetition."""
        sequence, marker, timestamp, word, payload, ids = stored
        number = (sequence + self.sequence_offset) & 0xFFFF
        if self.line is not None:
            word = TRANSPORT_CC_HEAD | self.line.number(len(payload) + OVERHEAD, now, self.stream, sequence) << 8
        if ids is not None and self._shift is not vp8.NONE:
            payload = vp8.shifted(payload, ids, self._shift)
        first = 0x90000000 | (marker | self.payload_type) << 16 | number
        timestamp = (timestamp + self.timestamp_offset) & 0xFFFFFFFF
        return _PACK(first, timestamp, self.ssrc, EXTENSION_HEAD, word, self.mid) + payload

    def repeat(self, stored: Stored, now: float) -> bytes:
        """The packet once more: on the stream of retransmissions (RFC 4588 section 4), or byte by byte as it was."""
        self.repeated += 1
        if not self.rtx_ssrc:
            return self.write(stored, now)
        sequence, marker, timestamp, _, payload, ids = stored
        if ids is not None and self._shift is not vp8.NONE:
            payload = vp8.shifted(payload, ids, self._shift)
        number = (sequence + self.sequence_offset) & 0xFFFF
        head = self._rtx_head(0x90, marker, (timestamp + self.timestamp_offset) & 0xFFFFFFFF, len(payload) + 2, now, number)
        return head + struct.pack("!H", number) + payload

    def worth_repeating(self, lost: Iterable[int], now: float) -> tuple[int, ...]:
        """Those of a viewer's numbers that were not repeated within the last round trip: what is under way need not be sent again."""
        since = now - max(REPEAT_AFTER, self.round_trip)
        wanted = tuple(number for number in lost if self._repeated_at.get(number, 0.0) < since)
        if len(self._repeated_at) > HISTORY:
            self._repeated_at.clear()
        self._repeated_at.update(dict.fromkeys(wanted, now))
        return wanted

    def padding(self, now: float) -> bytes:
        """A packet without content, to learn whether the line takes more. Only for a leg with retransmissions."""
        timestamp = ((self._last_timestamp or 0) + int(now * self.clock_rate)) & 0xFFFFFFFF
        return self._rtx_head(0xB0, 0, timestamp, PADDING, now) + _PADDING_BODY

    def _rtx_head(self, first: int, marker: int, timestamp: int, size: int, now: float, repeated: int | None = None) -> bytes:
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        if self.line is None:
            word = send_time_word(now)
        else:
            stream = None if repeated is None else (self.ssrc, 0)
            word = TRANSPORT_CC_HEAD | self.line.number(size + OVERHEAD, now, stream, repeated or 0) << 8
        whole = first << 24 | (marker | self.rtx_type) << 16 | self._rtx_sequence
        return _PACK(whole, timestamp, self.rtx_ssrc, EXTENSION_HEAD, word, self.mid)

    def reported(self, loss: float, lsr: int, delay: float, now: float) -> None:
        """Take a viewer's report block: `loss` of 1, and the round trip when it answers our last sender report."""
        self.loss = loss
        if lsr and lsr == self.sr_key:
            self.round_trip = max(0.0, now - self.sr_at - delay)


def fan_out(legs: Iterable[Leg], stored: Stored, now: float, tally: Tally) -> list[Copy]:
    """The finished packets of one that has just come, counted: for each leg but those where it belongs to an earlier part of the stream.

    This is done for every packet to every viewer, so what `covers`, `write` and `Sent.number` say of nearly every packet stands here once more, without the
    calls, and what is counted for each leg alike is counted once.
    """
    sequence, marker, timestamp, send_time, payload, ids = stored
    size, first, copies = len(payload), 0x90000000 | marker << 16, []
    mark = (now, size + OVERHEAD, sequence)
    tally.packets += 1
    tally.octets += size
    for leg in legs:
        number = (sequence + leg.sequence_offset) & 0xFFFF
        if (number - leg._first) & 0xFFFF >= 0x4000 and not leg.covers(sequence):
            leg.spare(size)
            continue
        word, line = send_time, leg.line
        if line is not None:
            place = line.next
            line.next = place + 1
            word = TRANSPORT_CC_HEAD | (place & 0xFFFF) << 8
            place &= PLACES
            line.marks[place], line.streams[place] = mark, leg.stream
        head = _PACK(
            first | leg.payload_type << 16 | number,
            (timestamp + leg.timestamp_offset) & 0xFFFFFFFF,
            leg.ssrc,
            EXTENSION_HEAD,
            word,
            leg.mid,
        )
        copies.append((leg, head, payload if ids is None or leg._shift is vp8.NONE else vp8.shifted(payload, ids, leg._shift)))
    return copies
