"""Who is speaking, from the audio levels that browsers write into header extensions (RFC 6464). Pure; nothing is decoded.

A level is 0 (loudest) to 127 (silence), in −dBov. It is smoothed per seat; the loudest one above the threshold is the speaker, and
another one takes over only when clearly louder, so that the picture does not jump at a cough.
"""

from __future__ import annotations

from collections.abc import Iterable

SPEECH_LEVEL = 50.0
"""−dBov above which a smoothed level counts as speech."""
LEAD = 6.0
"""dB by which another seat must be louder to take over."""
PAUSE = 0.5
"""Seconds between two changes of speaker, and between two reports of the same one."""
_ATTACK, _DECAY = 0.4, 0.08
_STALE = 1.0


class Loudness:
    """`hear` for each audio packet or on a timer, `poll` a few times a second."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[float, float]] = {}
        self._spoke: dict[str, float] = {}
        self._speaker: str | None = None
        self._told_at = float("-inf")

    def hear(self, seat: str, level: int, now: float) -> None:
        before = self._levels.get(seat, (127.0, now))[0]
        weight = _ATTACK if level < before else _DECAY
        smoothed = before + (level - before) * weight
        self._levels[seat] = (smoothed, now)
        if smoothed <= SPEECH_LEVEL:
            self._spoke[seat] = now

    def latest(self, seats: Iterable[str]) -> str | None:
        """Whoever of these spoke last. What others say makes no difference: they may sit behind a wall."""
        spoke = {seat: at for seat in seats if (at := self._spoke.get(seat)) is not None}
        return max(spoke, key=lambda seat: spoke[seat]) if spoke else None

    def forget(self, seat: str) -> None:
        self._levels.pop(seat, None)
        self._spoke.pop(seat, None)
        if self._speaker == seat:
            self._speaker = None

    def poll(self, now: float) -> tuple[str, int] | None:
        """(seat, level) of the speaker when there is something to tell, else None. A seat without packets for a second is silent."""
        fresh = {seat: level for seat, (level, at) in self._levels.items() if now - at <= _STALE and level <= SPEECH_LEVEL}
        if now - self._told_at < PAUSE or not fresh:
            return None
        loudest = min(fresh, key=lambda seat: fresh[seat])
        if self._speaker in fresh and fresh[loudest] > fresh[self._speaker] - LEAD:
            loudest = self._speaker
        self._speaker = loudest
        self._told_at = now
        return loudest, round(fresh[loudest])
