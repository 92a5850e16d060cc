"""Silence in the clusters of a WebM where nothing was sent, for players that would go on with what comes next. Pure.

Chromium plays the packets of a file's sound one after the other, whatever their times are, and so ahead of the picture after each pause (`mp4_silence.py`).
Here a pause gets simple blocks of silence (RFC 9559 section 10.3): up to the next cluster's beginning at the end of each cluster that it covers, so
that sound and picture of one moment lie together and a player can begin anywhere, and the rest just before the sound that ends it. How many there
are follows from where the sound lies alone, and so the length of each cluster is known before any is decrypted.

No sound is left out. Where the sender's clock was set back, what follows is played late until the next pause has taken that up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rooms.media.heard import Heard
from rooms.media.matroska import CLUSTER, MatroskaError, size_of, time_of
from rooms.media.opus import RATE
from rooms.media.silence import LONG, LONG_LASTS, NEAR, SHORT, SHORT_LASTS
from rooms.media.webm_sound import heard

_PER_MS = RATE // 1000
_HEAD = 12
"""Bytes of a cluster's id and of its length as it is written here."""
_SIMPLE_BLOCK, _KEY = 0xA3, 0x80
_BLOCK = 2 + 4 + len(LONG)
"""Bytes of a block: id and length; track, time and flags; the packet, of which both have the same size."""
_REACH = 20_000
"""Milliseconds behind a cluster's last frame up to which silence is put into it: a block's time lies within ±32.767 s of its cluster's (section 10.2)."""


class Span(NamedTuple):
    """A chunk as the journal has it: times in ms of its first and last frame, None without any, and bytes."""

    first_ms: int | None
    last_ms: int | None
    size: int


class _Pause(NamedTuple):
    """Silence that is put before the byte `place` of a chunk: `long` and then `short` packets from `begin`, in samples at 48 kHz."""

    place: int
    begin: int
    long: int
    short: int


class WebmSilence:
    """See `Filling`. `sounds` has what each chunk has of the track of sound, which is `track`."""

    def __init__(self, track: int, sounds: Sequence[Heard | None], spans: Sequence[Span]) -> None:
        self._track, self._sounds, self._spans = track, sounds, spans
        self._pauses: dict[int, list[_Pause]] = {}
        self._reached = 0
        self._find()
        self.sizes = [self._size(number) for number in range(len(spans))]

    def filled(self, number: int, chunk: bytes) -> bytes:
        """Raises `MatroskaError` where the chunk's sound does not lie where it was said to: the journal could have been altered."""
        about = self._sounds[number]
        if len(chunk) != self._spans[number].size or heard(chunk, self._track) != about:
            raise MatroskaError("the journal does not fit")
        pauses = self._pauses.get(number)
        if about is None or not pauses:
            return chunk
        base = time_of(chunk, about.body, about.end)
        made: list[bytes] = []
        at = about.body
        for pause in pauses:
            made += [chunk[at : pause.place], self._packets(pause, base)]
            at = pause.place
        content = b"".join([*made, chunk[at : about.end]])
        return chunk[: about.head] + CLUSTER.to_bytes(4, "big") + size_of(len(content)) + content + chunk[about.end :]

    def _size(self, number: int) -> int:
        about, size = self._sounds[number], self._spans[number].size
        if about is None or number not in self._pauses:
            return size
        count = sum(pause.long + pause.short for pause in self._pauses[number])
        return size - (about.body - about.head) + _HEAD + count * _BLOCK

    def _find(self) -> None:
        behind = 0
        """The chunk at whose end a pause can begin."""
        for number, about in enumerate(self._sounds):
            for run in about.runs if about is not None else ():
                until = run.at_ms * _PER_MS
                if until - self._reached >= NEAR:
                    self._cover(behind, number, until)
                    self._rest(number, run.place, until)
                self._reached += run.samples
                behind = number
        last = max((span.last_ms for span in self._spans if span.last_ms is not None), default=0) * _PER_MS
        if last - self._reached >= NEAR:
            self._cover(behind, len(self._sounds), last)

    def _cover(self, first: int, end: int, until: int) -> None:
        """Fill the pause at the ends of the chunks from `first` up to but without `end`."""
        for number in range(first, end):
            about, span = self._sounds[number], self._spans[number]
            if about is None or span.last_ms is None:
                continue
            following = self._spans[number + 1].first_ms if number + 1 < len(self._spans) else None
            bound = min(until, (span.last_ms + _REACH) * _PER_MS, until if following is None else following * _PER_MS)
            # Up to or beyond the next cluster's beginning, before which no block in it should lie; never beyond the pause.
            long = min(-(-(bound - self._reached) // LONG_LASTS), (until - self._reached) // LONG_LASTS)
            self._note(number, about.end, max(0, long), 0)

    def _rest(self, number: int, place: int, until: int) -> None:
        """Fill what is left of the pause before the sound at `place`."""
        first = self._spans[number].first_ms or 0
        # Beyond a block's reach nothing can be filled.
        self._reached = max(self._reached, (first - _REACH) * _PER_MS)
        long, left = divmod(max(0, until - self._reached), LONG_LASTS)
        self._note(number, place, long, left // SHORT_LASTS)

    def _note(self, number: int, place: int, long: int, short: int) -> None:
        if long or short:
            self._pauses.setdefault(number, []).append(_Pause(place, self._reached, long, short))
            self._reached += long * LONG_LASTS + short * SHORT_LASTS

    def _packets(self, pause: _Pause, base: int) -> bytes:
        """The pause's blocks in a cluster whose time is `base` in ms."""
        found: list[bytes] = []
        at = pause.begin
        for packet, count, lasts in ((LONG, pause.long, LONG_LASTS), (SHORT, pause.short, SHORT_LASTS)):
            for _ in range(count):
                found.append(self._block(at // _PER_MS - base, packet))
                at += lasts
        return b"".join(found)

    def _block(self, time: int, packet: bytes) -> bytes:
        if not -0x8000 <= time < 0x8000:
            raise MatroskaError("a cluster that is too long to be filled")
        head = bytes([_SIMPLE_BLOCK, 0x80 | 4 + len(packet), 0x80 | self._track])
        return head + time.to_bytes(2, "big", signed=True) + bytes([_KEY]) + packet
