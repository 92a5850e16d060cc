"""Cells of a table that are too small to be shown (small cell suppression; Hundepool et al., Statistical Disclosure Control, 2012, chapter 4).

Whoever reads a table knows its sum and how this works, and may try every table that would look the same. What is hidden here has several answers then:
no function chooses by the counts what goes beside a small one.
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


def apart(shown: dict[str, int | str], nothing: Collection[str] = ()) -> dict[str, int | str]:
    """Of a table that nothing else tells of: where only one cell that is shown has anything, it would be known to be the sum of all, and whatever is told of all
    to be its own. Then all are hidden, but those that are known to be `nothing`."""
    some = sum(value not in (HIDDEN, 0) for value in shown.values())
    return {name: value if name in nothing else HIDDEN for name, value in shown.items()} if len(shown) > 1 and some == 1 else shown


def shares(wholes: dict[str, int | str], parts: dict[str, tuple[int, ...]]) -> dict[str, tuple[int | str, ...]]:
    """Of each whole, as it is shown, parts that exclude one another, where the sum of each part is known. The parts and what they leave of their whole are
    cells of one row, shown or hidden together: who knows that parts are no more than their whole would else find what is beside them. A hidden whole hides
    its parts, and those of nothing are nothing: neither can hide anything for another, so that only the others belong together by two."""
    some = {name: int(whole) for name, whole in wholes.items() if whole not in (HIDDEN, 0)}
    least = {name: _least((*parts[name], whole - sum(parts[name]))) for name, whole in some.items()}
    told = {name for name, value in suppress(least).items() if value != HIDDEN}
    told |= {name for name, whole in wholes.items() if whole == 0 and not any(parts[name])}
    return {name: cells if name in told else (HIDDEN,) * len(cells) for name, cells in parts.items()}


def _least(cells: Collection[int]) -> int:
    """The smallest that is there at all; `SMALL` for none."""
    return min((cell for cell in cells if cell), default=SMALL)


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
