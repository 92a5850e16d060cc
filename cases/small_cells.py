"""Cells of a table that are too small to be shown (small cell suppression; Hundepool et al., Statistical Disclosure Control, 2012, chapter 4)."""

from __future__ import annotations

SMALL = 3
HIDDEN = "*"
"""Instead of a count. It says nothing of how many: whoever adds up the others finds only what the hidden ones are together."""


def suppress(counts: dict[str, int]) -> dict[str, int | str]:
    """Counts of one table whose sum is known, with those from 1 to 2 hidden. Where that hides a single one, the next larger is hidden with it, or an
    empty one where there is no other: one hidden cell is the sum less the rest."""
    hidden = {name for name, count in counts.items() if 0 < count < SMALL}
    if len(hidden) == 1:
        others = sorted((count == 0, count, name) for name, count in counts.items() if name not in hidden)
        hidden.update(name for _, _, name in others[:1])
    return {name: HIDDEN if name in hidden else count for name, count in counts.items()}
