"""Silence where nothing was sent, for players that would go on with what comes next. Pure.

A microphone that is muted, or hears nothing (DTX, RFC 6716 section 2.1.9), sends no packets for a while. Browsers play a file's sound without
regard to such pauses, and so ahead of its picture. Here they are filled with packets of silence, which are put between the recorded bytes as a player reads
them, and stand nowhere in the recording. Each pause has packets of its own at its own place, to which the tables point as often as it takes: Chromium
leaves out what lies before the former packet of its track.
"""

from __future__ import annotations

from rooms.media.mp4_samples import Placed

_LONG, _SHORT = bytes.fromhex("f8fffe"), bytes.fromhex("e0fffe")
"""Opus packets of 20 and of 2.5 ms that decode to silence: CELT, full band, whose silence flag is set (RFC 6716 sections 3.1 and 4.3)."""
_LONG_LASTS, _SHORT_LASTS = 960, 120
_FEW = _LONG_LASTS // _SHORT_LASTS - 1
PACKETS = _LONG + _SHORT * _FEW
"""What is put in for one pause."""
NEAR = 480
"""Samples at 48 kHz, 10 ms, by which a sound may lie beside its time."""


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
    for _ in range((until - reached) // _LONG_LASTS):
        found.append(Placed(first, len(_LONG), reached, _LONG_LASTS, True))
        reached += _LONG_LASTS
    for number in range((until - reached) // _SHORT_LASTS):
        found.append(Placed(first + len(_LONG) + number * len(_SHORT), len(_SHORT), reached, _SHORT_LASTS, True))
        reached += _SHORT_LASTS
    return reached
