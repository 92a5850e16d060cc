"""The three words for a seat's connection that people are shown. Pure.

"good", "weak" (loss above 5 % or a round trip above 400 ms), "lost" (nothing heard for 5 s). A worse word is told at once, a better
one only after it has held for 4 s, so that the sign beside a name does not flicker.
"""

from __future__ import annotations

GOOD, WEAK, LOST = "good", "weak", "lost"
WEAK_LOSS = 0.05
WEAK_ROUND_TRIP = 0.4
SILENCE = 5.0
HOLD = 4.0
_ORDER = (GOOD, WEAK, LOST)


def judge(loss: float, round_trip: float, silent_for: float) -> str:
    """`loss` of 1, the other two in seconds."""
    if silent_for > SILENCE:
        return LOST
    return WEAK if loss > WEAK_LOSS or round_trip > WEAK_ROUND_TRIP else GOOD


class Quality:
    """The word now told about one seat. The first one is told too: of who was here before, by the same seat, another may stand on everybody's page."""

    def __init__(self) -> None:
        self.word: str | None = None
        self._better_since: float | None = None

    def update(self, word: str, now: float) -> bool:
        """Take a judgement; whether the told word changes."""
        if self.word is None or _ORDER.index(word) >= _ORDER.index(self.word):
            self._better_since = None
            changed, self.word = word != self.word, word
            return changed
        if self._better_since is None:
            self._better_since = now
        if now - self._better_since < HOLD:
            return False
        self._better_since = None
        self.word = word
        return True
