"""Cells of a table that are too small to be shown (small cell suppression; Hundepool et al., Statistical Disclosure Control, 2012, chapter 4).

Whoever reads a table knows its sum and how this works, and may try every table that would look the same. What is hidden here has several answers then:
neither function chooses by the counts what goes beside a small one.
"""

from __future__ import annotations

from collections.abc import Collection

SMALL = 3
HIDDEN = "*"
"""Instead of a count. It says nothing of how many: whoever adds up the others finds only what the hidden ones are together."""
REST = "rest"
"""All that `gather` does not name, in one cell."""


def suppress(counts: dict[str, int]) -> dict[str, int | str]:
    """Counts of one table whose sum is known. Cells belong together by two, in the order of their names, the last three where the number is odd; where
    one of them is from 1 to 2, all of them are hidden. Of two with the sum n each may be the small one, and so it may be 1, 2, n - 1 or n - 2."""
    names = sorted(counts)
    last = max(len(names) // 2 - 1, 0)
    groups = [names[2 * at : None if at == last else 2 * at + 2] for at in range(last + 1)]
    hidden = {name for group in groups if any(0 < counts[one] < SMALL for one in group) for name in group}
    return {name: HIDDEN if name in hidden else count for name, count in counts.items()}


def gather(counts: dict[str, int], most: int, never: Collection[str]) -> dict[str, int | str]:
    """The largest of a table whose sum is known, at most `most` and none below `SMALL`, and all the others as `REST`, without their names. Where the
    others would be from 1 to 2 together, the smallest that was named joins them; if there is none, their sum, the table's own, is hidden. `never`: names
    that go with the others however large they are, one at least: else a rest of twice its cells would say that each is 2."""
    large = sorted((-count, name) for name, count in counts.items() if count >= SMALL and name not in never)
    named = [name for _, name in large[:most]]
    others = sum(counts.values()) - sum(counts[name] for name in named)
    if 0 < others < SMALL and named:
        others += counts[named.pop()]
    shown: dict[str, int | str] = {name: counts[name] for name in named}
    if others:
        shown[REST] = others if others >= SMALL else HIDDEN
    return shown
