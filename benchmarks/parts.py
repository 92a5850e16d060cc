"""Benchmarks in parts: chosen by the names of their figures, each bounded in time, one that fails costs the others nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

import uvloop
from rich.console import Console

from benchmarks import figures
from benchmarks.figures import Figure

PART_WITHIN = 400.0

Part = Callable[[], Awaitable[list[Figure]]]

console = Console(stderr=True)


def chosen(parts: dict[str, Part], only: Sequence[str]) -> dict[str, Part]:
    """The parts whose name begins with one of `only`, or that make a figure of that name. All without `only`."""
    return {name: part for name, part in parts.items() if not only or any(name.startswith(o) or o.startswith(name) for o in only)}


def each_once(picked: dict[str, Part]) -> dict[str, Part]:
    """A part that stands under several names, under the last of them."""
    once = {part: name for name, part in picked.items()}
    return {name: part for part, name in once.items()}


async def measure(parts: dict[str, Part]) -> tuple[list[Figure], list[str]]:
    """The figures, and a sentence for each part that could not be measured; the others are not lost with it."""
    found, failed = [], []
    for name, part in parts.items():
        console.print(f"[dim]{name} …[/dim]")
        try:
            async with asyncio.timeout(PART_WITHIN):
                found += await part()
        except (TimeoutError, AssertionError, OSError) as error:
            failed.append(f"{name} could not be measured: {error or type(error).__name__}")
    return found, failed


def run_parts(parts: dict[str, Part]) -> list[Figure]:
    """Measure them all. Ends the program when a part failed, after it has shown the others' figures."""
    found, failed = uvloop.run(measure(parts))
    if failed:
        figures.show(found)
        sys.exit("\n".join(failed))
    return found
