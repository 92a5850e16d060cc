"""How often Python looks for cycles of garbage, in a process that serves thousands of connections or packets a second.

A fan-out makes a short-lived list for each reader's socket, a packet of media a tuple for each viewer. With Python's own settings seven hundred of them start a
search, in the middle of the loop; none of them is ever part of a cycle.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 50
"""Objects until a search among the young ones, and searches of each generation until one of the next."""


def collect_rarely() -> None:
    """Called once a process has started: what it is made of is never looked through again."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.collect()
    gc.freeze()
