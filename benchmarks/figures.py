"""The one shape of every figure that a benchmark prints, and their table.

A figure is a cost, less is better, unless it says `at_least`. `value` is the median of `samples["ours"]`, or another quantile that its name
tells; where something else was measured in the same run, `peer` names it with its own median and `samples["peer"]` holds what it was made of.
`goal` is the value not to be exceeded, or with `at_least` to be reached.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table


class Peer(msgspec.Struct, frozen=True):
    name: str
    value: float


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """`name`, `value` in `unit`; `goal` and `held` where there is a goal, `peer` where one was measured beside it."""

    name: str
    value: float
    unit: str
    samples: dict[str, list[float]]
    goal: float | None = None
    held: bool | None = None
    peer: Peer | None = None
    at_least: bool = False


def figure(
    name: str,
    unit: str,
    ours: Sequence[float],
    *,
    peer: str = "",
    theirs: Sequence[float] = (),
    goal: float | None = None,
    at_least: bool = False,
    digits: int = 3,
    quantile: float = 0.5,
) -> Figure:
    """Put a figure together from raw samples. `quantile`: the share of them that is not above the value (nearest rank)."""
    value = round(statistics.median(ours) if quantile == 0.5 else sorted(ours)[math.ceil(quantile * len(ours)) - 1], digits)
    samples = {"ours": [round(s, digits) for s in ours], "peer": [round(s, digits) for s in theirs]}
    beside = Peer(peer, round(statistics.median(theirs), digits)) if theirs else None
    held = None if goal is None else value >= goal if at_least else value <= goal
    return Figure(name, value, unit, samples, goal, held, beside, at_least)


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(f) for f in figures]


def show(figures: Sequence[Figure]) -> None:
    """The table, on standard error."""
    table = Table(show_edge=False)
    for title, right in (("figure", False), ("value", True), ("unit", False), ("goal", True), ("peer", False), ("samples", False)):
        table.add_column(title, justify="right" if right else "left", overflow="fold")
    for f in figures:
        mark = "" if f.held is None else " ✓" if f.held else " ✗"
        peer = f"{f.peer.name}: {f.peer.value:g}" if f.peer else ""
        samples = " ".join(f"{s:g}" for s in f.samples["ours"][:5])
        if f.samples["peer"]:
            samples += " | " + " ".join(f"{s:g}" for s in f.samples["peer"][:5])
        table.add_row(
            f.name, f"{f.value:g}{mark}", f.unit, "" if f.goal is None else f"{'≥' if f.at_least else '≤'} {f.goal:g}", peer, samples
        )
    Console(stderr=True).print(table)
