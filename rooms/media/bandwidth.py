"""How fast a source may send: a loss-based estimate of its way up, bounded by what its viewers can take. Pure.

The rules for loss are those of Google Congestion Control (draft-ietf-rmcat-gcc-02 section 6): above 10 % loss go down by half the
loss, below 2 % go up by 8 %, in between stay; once a second. Viewers' own estimates come as REMB; since one layer serves all, the
source follows the median viewer: one weak line shall not make everybody's picture poor. A viewer's estimate counts only when its
line is full: it never exceeds one and a half times what arrives, and would otherwise hold every source at its first, low rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

FLOOR = 150_000
"""bit/s. Below it video is not worth sending."""
START = 1_000_000
CEILING = 3_000_000
PATIENCE = 3


class Line:
    """One viewer's way down: whether it is full, judged once a second."""

    def __init__(self) -> None:
        self._full_for = 0

    def update(self, estimate: int, sent: int, loss: float) -> int:
        """What the line bounds all it carries to, in bit/s: the viewer's `estimate` (0: unknown) once `sent` has filled it for
        `PATIENCE` seconds, or when it loses much; else `CEILING`. A browser's estimate dips for a moment at every hiccup."""
        self._full_for = self._full_for + 1 if estimate and estimate < sent else 0
        return estimate if estimate and (self._full_for >= PATIENCE or loss > 0.1) else CEILING


class Budget:
    """The estimate for one uplink, in bit/s."""

    def __init__(self) -> None:
        self._estimate = START

    def update(self, loss: float, received: int, viewers: Sequence[int]) -> int:
        """Once a second: `loss` of 1, `received` bit/s in that second, `viewers` the per-source share of each viewer's REMB in bit/s."""
        if loss > 0.1:
            self._estimate = int(self._estimate * (1 - 0.5 * loss))
        elif loss < 0.02 and received * 2 > self._estimate:
            # Only what was used has proved itself: an idle source does not drive the estimate up.
            self._estimate = int(self._estimate * 1.08) + 1000
        self._estimate = max(FLOOR, min(CEILING, self._estimate))
        return max(FLOOR, min(self._estimate, median_low(viewers))) if viewers else self._estimate
