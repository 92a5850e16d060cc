"""Two seats that hear the same room: two phones on one table, which howl as soon as both play sound. From audio levels alone (RFC 6464). Pure.

One voice that two microphones hear makes both levels rise and fall together, whatever the gain of each. People who answer each other are loud in turns; two who
talk at once are loud together, but not in step. So a pair is suspected when both are often loud together and their levels correlate: of one voice they
do by 0.9 and more, of two by 0.4 at most.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, combinations
from math import sqrt
from operator import mul

LOUD = 60
"""−dBov above which a microphone hears somebody."""
FRAMES = 300
"""Ticks of 20 ms that one judgement looks at: six seconds of speech."""
ENOUGH = 100
"""Ticks that a correlation is made of, at least."""
REST = 10
"""Ticks of silence that are still looked at."""
BOTH, TOGETHER = 40, 0.2
"""Ticks in which both must be loud, and which part of those with either loud: a look that is cheap and leaves out whoever speaks in turns. One who stands
farther away, or is late, is loud for less of them."""
IN_STEP = 0.75
"""Correlation from which levels count as those of one voice."""
LAGS = range(-6, 7)
"""Ticks by which one may arrive after the other, since each has its own line."""
DYNAMICS = 3.0
"""dB by which a level must vary (standard deviation) to tell anything: a steady hum is no voice."""
SURE = 3
"""Judgements in a row, a second apart, before it is told."""
FORGET = 20.0
"""Seconds without another suspicion after which it is taken back."""

Pair = tuple[str, str]


class Echo:
    """`hear` every tick, `judge` once a second."""

    def __init__(self) -> None:
        self._frames: deque[Mapping[str, int]] = deque(maxlen=FRAMES)
        self._quiet = REST
        self._streaks: Counter[Pair] = Counter()
        self._told: dict[Pair, float] = {}

    def hear(self, levels: Mapping[str, int]) -> None:
        """The level of every microphone that is on, −dBov, at this tick."""
        self._quiet = 0 if any(level <= LOUD for level in levels.values()) else self._quiet + 1
        # The rest after a word is kept, since what is late falls into it.
        if self._quiet <= REST:
            self._frames.append(levels)

    def forget(self, seat: str) -> None:
        """A seat is muted or gone, or hears others than before."""
        self._frames = deque(({s: level for s, level in frame.items() if s != seat} for frame in self._frames), FRAMES)

    def judge(self, now: float) -> tuple[list[Pair], list[Pair]]:
        """Pairs that are suspected from now on, and those that are no longer."""
        told: dict[str, Levels] = {}
        suspected = {pair for pair in self._candidates() if self._in_step(pair, told)}
        self._streaks = Counter({pair: self._streaks[pair] + 1 for pair in suspected})
        sure = [pair for pair, streak in self._streaks.items() if streak >= SURE]
        fresh = [pair for pair in sure if pair not in self._told]
        self._told.update(dict.fromkeys(sure, now))
        gone = [pair for pair, at in self._told.items() if now - at > FORGET]
        for pair in gone:
            del self._told[pair]
        return fresh, gone

    def _candidates(self) -> Iterable[Pair]:
        """Pairs that are mostly loud together, found without looking at their levels."""
        alone: Counter[str] = Counter()
        together: Counter[Pair] = Counter()
        for frame in self._frames:
            loud = sorted(seat for seat, level in frame.items() if level <= LOUD)
            alone.update(loud)
            if len(loud) > 1:
                together.update(combinations(loud, 2))
        for pair, both in together.items():
            either = alone[pair[0]] + alone[pair[1]] - both
            if both >= BOTH and both >= TOGETHER * either:
                yield pair

    def _in_step(self, pair: Pair, told: dict[str, Levels]) -> bool:
        """`told`: the levels of each seat, made when they are first asked for."""
        for seat in pair:
            if seat not in told:
                told[seat] = Levels([frame.get(seat, 127) for frame in self._frames])
        first, second = (told[seat] for seat in pair)
        return any(first.correlation(second, lag) >= IN_STEP for lag in LAGS)


class Levels:
    """One seat's levels of some ticks, with what a correlation asks of them: sums over any part in one step, so that a room in which all speak at once costs no
    other room a moment."""

    def __init__(self, values: Sequence[int]) -> None:
        self.values = values
        self._sums = list(accumulate(values, initial=0))
        self._squares = list(accumulate(map(mul, values, values), initial=0))

    def correlation(self, other: Levels, lag: int) -> float:
        """Pearson's with another's, whose ticks lie `lag` before these, of as many ticks as both have; 0 where one of them hardly varies."""
        mine, theirs = max(0, lag), max(0, -lag)
        count = min(len(self.values) - mine, len(other.values) - theirs)
        if count < ENOUGH:
            return 0.0
        sum_a, spread_a = self._spread(mine, count)
        sum_b, spread_b = other._spread(theirs, count)
        if min(spread_a, spread_b) < (count * DYNAMICS) ** 2:
            return 0.0
        products = sum(map(mul, self.values[mine : mine + count], other.values[theirs : theirs + count]))
        return (count * products - sum_a * sum_b) / sqrt(spread_a * spread_b)

    def _spread(self, start: int, count: int) -> tuple[int, int]:
        """The sum of `count` levels, and their variance times count², whole numbers."""
        total = self._sums[start + count] - self._sums[start]
        return total, count * (self._squares[start + count] - self._squares[start]) - total * total
