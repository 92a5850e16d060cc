"""Which of several media workers takes another room. Pure.

A worker is one process on one core. How busy it is was measured a while ago, so that rooms which came since are counted at what a room of four
is known to take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rooms.media.protocol import MAX_ROOMS

ROOM = 0.02
"""Share of a core that a room of four takes, 30 rooms to 60 % of one (see docs/benchmarks.md)."""
STEP = 0.05
"""Share of a core within which two workers count as equally busy: then the one with fewer rooms is taken."""


@dataclass(frozen=True, slots=True)
class Load:
    """`cpu`: share of a core when it was last measured; `rooms`: how many it has, `fresh` of them since then."""

    cpu: float = 0.0
    rooms: int = 0
    fresh: int = 0


def least_loaded(loads: Mapping[str, Load]) -> str | None:
    """The name of the worker that another room is given to; None where all are full or there is none."""
    open_to_more = [name for name, load in loads.items() if load.rooms < MAX_ROOMS]
    return min(open_to_more, key=lambda name: _weight(loads[name], name), default=None)


def _weight(load: Load, name: str) -> tuple[int, int, str]:
    return int((load.cpu + ROOM * load.fresh) / STEP), load.rooms, name
