"""Silence where nothing was sent, for players that would go on with what comes next. Pure.

A microphone that is muted, or hears nothing (DTX, RFC 6716 section 2.1.9), sends no packets for a while. Browsers play a file's sound without
regard to such pauses, and so ahead of its picture. Here they are filled with packets of silence, which are put between the recorded bytes as a player reads
them, and stand nowhere in the recording. Each pause has packets of its own at its own place, to which the tables point as often as it takes: Chromium
leaves out what lies before the former packet of its track.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

from rooms.media.boxes import BoxError
from rooms.media.mp4_samples import Placed
from rooms.media.silence import LONG, LONG_LASTS, NEAR, SHORT, SHORT_LASTS

_FEW = LONG_LASTS // SHORT_LASTS - 1
PACKETS = LONG + SHORT * _FEW
"""What is put in for one pause."""


class Mp4Silence:
    """See `Filling`. `pauses` are the places of the recorded bytes before which `PACKETS` are put, `chunks` the bytes of each recorded chunk."""

    def __init__(self, pauses: Sequence[int], chunks: Sequence[int]) -> None:
        self._recorded = list(chunks)
        begins = [0, *accumulate(chunks)]
        self._pauses: dict[int, list[int]] = {}
        for pause in pauses:
            # What follows the last one is put at its end.
            number = min(bisect_right(begins, pause) - 1, len(self._recorded) - 1)
            self._pauses.setdefault(number, []).append(pause - begins[number])
        self.sizes = [size + len(self._pauses.get(number, ())) * len(PACKETS) for number, size in enumerate(self._recorded)]

    def filled(self, number: int, chunk: bytes) -> bytes:
        """Raises `BoxError` where the chunk has another size than was said."""
        if len(chunk) != self._recorded[number]:
            raise BoxError("the journal does not fit")
        places = [0, *self._pauses.get(number, ()), len(chunk)]
        return PACKETS.join(chunk[begin:end] for begin, end in pairwise(places))


def filled(sounds: list[Placed], end: int, size: int) -> tuple[list[Placed], list[int]]:
    """Sounds one after the other from 0 to at least `end`, without a pause, and where `PACKETS` are put in: the places of the recorded bytes that follow
    them. Times are samples at 48 kHz, `size` the bytes of all that was recorded; the sounds' new places count what was put in before them. Where
    sounds overlap, which they do where a clock was corrected, those that have no room are left out, as whoever plays them in step would."""
    found: list[Placed] = []
    pauses: list[int] = []
    reached = 0

    def pause(until: int, place: int) -> int:
        pauses.append(place)
        first = place + (len(pauses) - 1) * len(PACKETS)
        return _silence(found, reached, until, first)

    for sound in sounds:
        if sound.time - reached >= NEAR:
            reached = pause(sound.time, sound.place)
        elif reached - sound.time >= NEAR:
            continue
        found.append(sound._replace(time=reached, place=sound.place + len(pauses) * len(PACKETS)))
        reached += sound.duration
    if end - reached >= NEAR:
        pause(end, size)
    return found, pauses


def _silence(found: list[Placed], reached: int, until: int, first: int) -> int:
    """Add silence whose packets lie at `first`. The time that is reached: less than a short packet before `until`."""
    for _ in range((until - reached) // LONG_LASTS):
        found.append(Placed(first, len(LONG), reached, LONG_LASTS, True))
        reached += LONG_LASTS
    for number in range((until - reached) // SHORT_LASTS):
        found.append(Placed(first + len(LONG) + number * len(SHORT), len(SHORT), reached, SHORT_LASTS, True))
        reached += SHORT_LASTS
    return reached
